/** Which input a run was about: enough to tell a file, or objects on S3, from those that were there before. */
import type { S3Client } from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { explainS3, isS3, parseS3 } from '../s3/address.js';

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

/** An object by its ETag, a prefix by those of all objects below it. */
async function identifyObjects(path: string, s3: S3Client): Promise<InputIdentity | undefined> {
  try {
    return (await identifyObject(path, s3)) ?? (await identifyPrefix(path, s3));
  } catch (error) {
    throw explainS3(error, path, 'GetObject');
  }
}

async function identifyObject(path: string, s3: S3Client): Promise<InputIdentity | undefined> {
  const { HeadObjectCommand, NotFound } = await import('../sdk/s3.js');
  const { Bucket, Key } = parseS3(path);
  if (Key === '' || Key.endsWith('/')) return undefined;
  try {
    const { ContentLength: size = 0, ETag = '', LastModified } = await s3.send(new HeadObjectCommand({ Bucket, Key }));
    return { path, size, modified: LastModified?.toISOString() ?? '', content: ETag };
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}

async function identifyPrefix(path: string, s3: S3Client): Promise<InputIdentity | undefined> {
  const { paginateListObjectsV2 } = await import('../sdk/s3.js');
  const { Bucket, Key } = parseS3(path);
  const hash = createHash('sha256');
  let [size, modified] = [0, ''];
  const Prefix = Key === '' || Key.endsWith('/') ? Key : `${Key}/`;
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket, Prefix })) {
    for (const object of Contents) {
      hash.update(`${object.Key}\0${object.ETag}\0`);
      size += object.Size ?? 0;
      const time = object.LastModified?.toISOString() ?? '';
      if (time > modified) modified = time;
    }
  }
  return { path, size, modified, content: hash.digest('hex') };
}
