/** Server-side copies of objects, and their verification against the source. */
import type { CompletedPart, HeadObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { CommandError, isAccessDenied } from '../errors.js';
import { uriOf } from './address.js';
import { explained, explainS3 } from './errors.js';
import type { StoredObject } from './list.js';
import { s3Bytes } from './ranges.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
const MAX_COPY_BYTES = 5 * 2 ** 30;
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MAX_PARTS = 10_000;
const PART_BYTES = 512 * 2 ** 20;
/** A full-object checksum, comparable however many parts the object was uploaded in. */
const CHECKSUM = 'CRC64NVME';
const CHECKSUMS = ['ChecksumCRC64NVME', 'ChecksumCRC32', 'ChecksumCRC32C', 'ChecksumSHA256', 'ChecksumSHA1'] as const;
/** The ETag of a single-part object is its MD5; that of a multipart object is not. */
const MD5 = /^"?[0-9a-f]{32}"?$/;

interface Located {
  bucket: string;
  key: string;
  /** Expected owner of the bucket, where known. */
  owner?: string;
}

export interface Copy {
  source: { bucket: string; owner?: string; object: StoredObject };
  target: Located;
}

const located = ({ bucket, owner, object }: Copy['source']): Located => ({ bucket, owner, key: object.key });

/** S3's limits, lowered in tests, which should not write gigabytes. */
export interface CopyLimits {
  copyBytes?: number;
  partBytes?: number;
}

/**
 * Copies one object within S3, in parts above 5 GiB. Fails if the source was replaced since it was listed.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/CopyingObjectsMPUapi.html
 */
export async function copyObject(
  s3: S3Client,
  copy: Copy,
  { copyBytes = MAX_COPY_BYTES, partBytes = PART_BYTES }: CopyLimits = {},
): Promise<void> {
  const { size } = copy.source.object;
  if (size > copyBytes) return copyParts(s3, copy, Math.max(partBytes, Math.ceil(size / MAX_PARTS)));
  const { CopyObjectCommand } = await import('../sdk/s3.js');
  await explainedCopy(copy, () => s3.send(new CopyObjectCommand({ ...fromOf(copy), ...toOf(copy) })));
}

const fromOf = ({ source }: Copy) => ({
  CopySource: copySourceOf(source),
  CopySourceIfMatch: source.object.etag,
  ExpectedSourceBucketOwner: source.owner,
});

const toOf = ({ target }: Copy) => ({ Bucket: target.bucket, Key: target.key, ExpectedBucketOwner: target.owner });

async function copyParts(s3: S3Client, copy: Copy, partBytes: number): Promise<void> {
  const commands = await import('../sdk/s3.js');
  const { source } = copy;
  const [from, to] = [fromOf(copy), toOf(copy)];
  const call = <T>(send: () => Promise<T>) => explainedCopy(copy, send);
  const { ContentType, Metadata } = await head(s3, located(source));
  const created = { ...to, ContentType, Metadata, ChecksumAlgorithm: CHECKSUM } as const;
  const { UploadId } = await call(() => s3.send(new commands.CreateMultipartUploadCommand(created)));
  try {
    const Parts: CompletedPart[] = [];
    for (let start = 0; start < source.object.size; start += partBytes) {
      const PartNumber = Parts.length + 1;
      const last = Math.min(start + partBytes, source.object.size) - 1;
      const part = { ...from, ...to, UploadId, PartNumber, CopySourceRange: `bytes=${start}-${last}` };
      const { CopyPartResult } = await call(() => s3.send(new commands.UploadPartCopyCommand(part)));
      Parts.push({ PartNumber, ETag: CopyPartResult?.ETag, ChecksumCRC64NVME: CopyPartResult?.ChecksumCRC64NVME });
    }
    const complete = { ...to, UploadId, MultipartUpload: { Parts } };
    await call(() => s3.send(new commands.CompleteMultipartUploadCommand(complete)));
  } catch (error) {
    // S3 bills the parts of an unfinished upload.
    await s3.send(new commands.AbortMultipartUploadCommand({ ...to, UploadId })).catch(() => {});
    throw error;
  }
}

/** A copy reads and writes, and the error of S3 does not say which of the two failed. */
async function explainedCopy<T>({ source, target }: Copy, call: () => Promise<T>): Promise<T> {
  const from = nameOf(located(source));
  try {
    return await call();
  } catch (error) {
    const cause = { cause: error };
    if ((error as Error).name === 'InvalidObjectState') throw explainS3(error, from, 'GetObject');
    if ((error as Error).name === 'PreconditionFailed')
      throw new CommandError(`${from} was replaced while it was copied.`, undefined, cause);
    if (!isAccessDenied(error)) throw explainS3(error, nameOf(target), 'PutObject');
    const needed = 's3:GetObject on the one and s3:PutObject on the other';
    throw new CommandError(
      `Copying ${from} to ${nameOf(target)} is not allowed: it needs ${needed}.`,
      undefined,
      cause,
    );
  }
}

/** S3 wants it percent-encoded, and the SDK sends it as given. */
function copySourceOf({ bucket, object }: Copy['source']): string {
  return [bucket, ...object.key.split('/')].map(encodeURIComponent).join('/');
}

/**
 * Compares a listed copy with its source: by size, then by ETag where both are plain MD5s, else by the checksums S3
 * keeps, else byte by byte.
 * @throws CommandError where they differ, or the copy is missing
 */
export async function verifyCopy(
  s3: S3Client,
  { source, target }: Copy,
  copied: StoredObject | undefined,
): Promise<void> {
  const [from, to] = [nameOf(located(source)), nameOf(target)];
  const { size, etag } = source.object;
  if (!copied) throw new CommandError(`The copy ${to} of ${from} is missing.`);
  if (copied.size !== size) throw new CommandError(`The copy ${to} has ${copied.size} bytes, but ${from} has ${size}.`);
  if (etag !== undefined && MD5.test(etag) && etag === copied.etag) return;
  const heads = await Promise.all([head(s3, located(source)), head(s3, target)]);
  const isEqual = compareChecksums(heads) ?? (await sha256Of(s3, located(source))) === (await sha256Of(s3, target));
  if (!isEqual) throw new CommandError(`The copy ${to} does not hold what ${from} holds.`);
}

/** The metadata of a copy, in the form of a listing. */
export async function headCopy(s3: S3Client, { target }: Copy): Promise<StoredObject> {
  const { ContentLength = 0, ETag } = await head(s3, target);
  return { key: target.key, size: ContentLength, etag: ETag };
}

/** Undefined where the two have no checksum in common. */
function compareChecksums([source, copy]: HeadObjectCommandOutput[]): boolean | undefined {
  const isWhole = [source, copy].every((each) => each?.ChecksumType === 'FULL_OBJECT');
  const shared = isWhole ? CHECKSUMS.find((name) => source?.[name] && copy?.[name]) : undefined;
  return shared && source?.[shared] === copy?.[shared];
}

async function head(s3: S3Client, { bucket, key, owner }: Located): Promise<HeadObjectCommandOutput> {
  const { HeadObjectCommand } = await import('../sdk/s3.js');
  const request = new HeadObjectCommand({
    ...{ Bucket: bucket, Key: key, ExpectedBucketOwner: owner },
    ChecksumMode: 'ENABLED',
  });
  return explained(nameOf({ bucket, key }), 'GetObject', () => s3.send(request));
}

async function sha256Of(s3: S3Client, object: Located): Promise<string> {
  const hash = createHash('sha256');
  for await (const bytes of s3Bytes(s3, nameOf(object), { owner: object.owner })) hash.update(bytes);
  return hash.digest('hex');
}

const nameOf = ({ bucket, key }: Pick<Located, 'bucket' | 'key'>) => uriOf({ bucket, prefix: key });
