/** Identifies an input, to tell whether a file or object has been replaced. */
import type { S3Client } from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { isS3 } from '../../../s3/address.js';
import { wholePath } from '../../../files/whole-file.js';
import { localParts } from '../../../files/parts.js';
import { objectsAt } from '../../../s3/list.js';

/** Samples to hash: small files whole, large ones at the beginning, the end and in between. */
const SAMPLES = 16;
const SAMPLE_BYTES = 64 * 1024;

export interface InputIdentity {
  /** Absolute, so that the same input typed in another way is recognized. */
  path: string;
  size: number;
  /** Nanoseconds since 1970 for a file, ISO-8601 for an object. */
  modified: string;
  /** SHA-256 of samples of a file, or of what identifies the content on S3. */
  content: string;
}

/**
 * Identifies an input; undefined for one that cannot be read twice, such as a pipe, which must not even be opened.
 * @throws the error that keeps it from being read
 */
export async function identifyInput(
  inputs: string[],
  { cwd, s3 }: { cwd: string; s3: () => Promise<S3Client> },
): Promise<InputIdentity | undefined> {
  const identities: InputIdentity[] = [];
  for (const path of inputs) {
    if (path === '-') return undefined;
    const identity = await (isS3(path) ? identifyObjects(path, await s3()) : identifyFiles(path, cwd));
    if (!identity) return undefined;
    identities.push(identity);
  }
  return identities.length === 1
    ? identities[0]
    : together(inputs.map((each) => wholePath(cwd, each)).join(' '), identities);
}

/** A file, or the files of a folder or pattern. */
async function identifyFiles(path: string, cwd: string): Promise<InputIdentity | undefined> {
  const parts = await localParts(path, () => true);
  if (parts.length === 1 && parts[0]!.path === path) return identifyFile(path, cwd);
  const identities: InputIdentity[] = [];
  for (const part of parts) {
    const identity = await identifyFile(part.path, cwd);
    if (identity) identities.push(identity);
  }
  return together(wholePath(cwd, path), identities);
}

function together(path: string, identities: InputIdentity[]): InputIdentity {
  const hash = createHash('sha256');
  for (const identity of identities) hash.update(JSON.stringify(identity));
  const size = identities.reduce((sum, identity) => sum + identity.size, 0);
  return { path, size, modified: '', content: hash.digest('hex') };
}

async function identifyFile(path: string, cwd: string): Promise<InputIdentity | undefined> {
  const stats = await stat(path, { bigint: true });
  if (!stats.isFile()) return undefined;
  const size = Number(stats.size);
  const identity = { path: wholePath(cwd, path), size, modified: String(stats.mtimeNs) };
  return { ...identity, content: await sampled(path, size) };
}

async function sampled(path: string, size: number): Promise<string> {
  const hash = createHash('sha256');
  const bytes = Buffer.allocUnsafe(SAMPLE_BYTES);
  const file = await open(path);
  try {
    const step = Math.max(SAMPLE_BYTES, (size - SAMPLE_BYTES) / (SAMPLES - 1));
    for (let sample = 0; sample < SAMPLES; sample += 1) {
      const { bytesRead } = await file.read(bytes, 0, SAMPLE_BYTES, Math.floor(sample * step));
      if (bytesRead === 0) break;
      hash.update(bytes.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
  return hash.digest('hex');
}

/** An object, or all objects below a prefix, by keys and ETags. */
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
