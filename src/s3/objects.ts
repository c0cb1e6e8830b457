/** Objects on S3: listed, and read in ranges, which outlast a slow reader where one long download would be cut off. */
import type { S3Client } from '@aws-sdk/client-s3';
import type { ReadPosition } from '../utils/files/bytes.js';
import { explainS3, parseS3, type S3Action } from './address.js';
import type { Slices } from '../utils/files/slices.js';

const RANGE_BYTES = 8 * 1024 * 1024;
/** Bytes handed on at a time: what is parsed and not yet used is held in memory. */
const PIECE_BYTES = 256 * 1024;

export interface S3Object {
  uri: string;
  size: number;
}

/**
 * The object of an address, or all those below it, in the order of their keys.
 * @throws UsageError where there is no such bucket
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 */
export async function objectsAt(s3: S3Client, uri: string, abortSignal?: AbortSignal): Promise<S3Object[]> {
  const { HeadObjectCommand, ListObjectsV2Command } = await import('../sdk/s3.js');
  const { Bucket, Key } = parseS3(uri);
  if (Key !== '' && !Key.endsWith('/')) {
    const found = await s3.send(new HeadObjectCommand({ Bucket, Key }), { abortSignal }).catch(unlessMissing(uri));
    if (found) return [{ uri, size: found.ContentLength ?? 0 }];
  }
  const Prefix = Key === '' || Key.endsWith('/') ? Key : `${Key}/`;
  const objects: S3Object[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await explained(uri, 'ListBucket', () =>
      s3.send(new ListObjectsV2Command({ Bucket, Prefix, ContinuationToken }), { abortSignal }),
    );
    for (const { Key: key = '', Size = 0 } of page.Contents ?? [])
      objects.push({ uri: `s3://${Bucket}/${key}`, size: Size });
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken);
  return objects;
}

/** A HEAD has no body, so a missing bucket looks like a missing object. */
function unlessMissing(uri: string) {
  return (error: { $metadata?: { httpStatusCode?: number } }) => {
    if (error.$metadata?.httpStatusCode === 404) return undefined;
    throw explainS3(error, uri, 'GetObject') as Error;
  };
}

export interface S3ReadOptions {
  signal?: AbortSignal;
  position?: ReadPosition;
}

/** Yields an object's bytes, each range fetched while the one before is used. */
export async function* s3Bytes(s3: S3Client, uri: string, { signal, position }: S3ReadOptions): AsyncGenerator<Buffer> {
  const fetch = await openRanges(s3, uri, signal);
  let start = 0;
  let next: Promise<Range> | undefined = fetch(0, RANGE_BYTES);
  while (next) {
    const { bytes, total }: Range = await next;
    start += bytes.length;
    next = start < total ? fetch(start, start + RANGE_BYTES) : undefined;
    // Awaited in its turn: until then a failure must not count as unhandled.
    next?.catch(() => {});
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      const piece = bytes.subarray(at, at + PIECE_BYTES);
      if (position) position.read += piece.length;
      yield piece;
    }
  }
}

/** An object of which any part can be read. */
export async function s3Slices(s3: S3Client, { uri, size }: S3Object, signal?: AbortSignal): Promise<Slices> {
  const fetch = await openRanges(s3, uri, signal);
  return {
    byteLength: size,
    async slice(start, end = size) {
      const { bytes } = await fetch(start, end);
      return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
    },
    close: async () => {},
  };
}

interface Range {
  bytes: Buffer;
  /** Of the whole object. */
  total: number;
}

/** All ranges are of one version of the object: S3 refuses (412) once it has been replaced. */
async function openRanges(s3: S3Client, uri: string, abortSignal?: AbortSignal) {
  const { GetObjectCommand } = await import('../sdk/s3.js');
  const { Bucket, Key } = parseS3(uri);
  let IfMatch: string | undefined;
  return async (start: number, end: number): Promise<Range> => {
    const Range = `bytes=${start}-${end - 1}`;
    try {
      const object = await s3.send(new GetObjectCommand({ Bucket, Key, Range, IfMatch }), { abortSignal });
      const bytes = Buffer.from(await object.Body!.transformToByteArray());
      IfMatch ??= object.ETag;
      return { bytes, total: Number(object.ContentRange?.split('/')[1] ?? bytes.length) };
    } catch (error) {
      // An empty object has no range.
      if ((error as Error).name === 'InvalidRange' && start === 0) return { bytes: Buffer.alloc(0), total: 0 };
      throw explainS3(error, uri, 'GetObject');
    }
  };
}

/** Runs a call, and explains what it throws. */
export async function explained<T>(uri: string, action: S3Action, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw explainS3(error, uri, action);
  }
}
