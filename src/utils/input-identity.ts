/** Which input a run was about: enough to tell a file, or objects on S3, from those that were there before. */
import type { S3Client } from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { isS3 } from '../s3/address.js';
import { objectsAt } from '../s3/list.js';

/** What is hashed of a file: one that was written anew rarely keeps its length, its time and its beginning. */
const HEAD_BYTES = 64 * 1024;

export interface InputIdentity {
  path: string;
  size: number;
  /** ISO-8601. */
  modified: string;
  /** SHA-256 of a file's first bytes, or what stands for the content on S3. */
  content: string;
}

/**
 * Identifies what is read; undefined for what cannot be read twice, such as a pipe, which must not even be opened.
 * @throws what keeps it from being read
 */
export async function identifyInput(path: string, s3: () => Promise<S3Client>): Promise<InputIdentity | undefined> {
  if (path === '-') return undefined;
  return isS3(path) ? identifyObjects(path, await s3()) : identifyFile(path);
}

async function identifyFile(path: string): Promise<InputIdentity | undefined> {
  const stats = await stat(path);
  if (!stats.isFile()) return undefined;
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { end: HEAD_BYTES - 1 })) hash.update(chunk as Buffer);
  return { path, size: stats.size, modified: stats.mtime.toISOString(), content: hash.digest('hex') };
}

/** An object, or all below a prefix, by their keys and ETags. */
async function identifyObjects(path: string, s3: S3Client): Promise<InputIdentity> {
  const hash = createHash('sha256');
  const identity = { path, size: 0, modified: '' };
  for (const { uri, size, etag, modified = '' } of await objectsAt(s3, path)) {
    hash.update(`${uri}\0${etag}\0`);
    identity.size += size;
    if (modified > identity.modified) identity.modified = modified;
  }
  return { ...identity, content: hash.digest('hex') };
}
