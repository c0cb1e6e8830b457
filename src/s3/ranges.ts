/** Reads an object in ranges, which survive a slow consumer; one long download would be cut off. */
import type { S3Client } from '@aws-sdk/client-s3';
import type { Readable } from 'node:stream';
import { ForeignAnswer } from '../errors.js';
import { inTime } from '../sdk/limits.js';
import type { Slices } from '../utils/slices.js';
import { parseS3 } from './address.js';
import { explainS3 } from './errors.js';
import type { S3Object } from './list.js';

/** Bytes per request. Two ranges are in memory: the current one and the next. */
const RANGE_BYTES = 4 * 1024 * 1024;
/** Bytes per yielded piece, since parsed rows stay in memory until they are used. */
const PIECE_BYTES = 32 * 1024;

export interface S3ReadOptions {
  signal?: AbortSignal;
  /** Updated while the object is read. */
  position?: { read: number };
  /** ETag from the listing: an object that was replaced since is refused. */
  etag?: string;
  /** Expected owner of the bucket, where known. */
  owner?: string;
  /** A piece is only valid until the next one is requested: all ranges share two buffers, so that memory stays flat. */
  reuse?: boolean;
}

/**
 * Yields the bytes of an object, and fetches the next range in the meantime.
 * @throws CommandError where the object was replaced meanwhile; else as `explainS3`
 */
export async function* s3Bytes(s3: S3Client, uri: string, options: S3ReadOptions): AsyncGenerator<Buffer> {
  const fetch = await openRanges(s3, uri, options);
  const room = () => (options.reuse ? Buffer.allocUnsafeSlow(RANGE_BYTES) : undefined);
  let [used, free] = [room(), room()];
  let start = 0;
  let next: Promise<Range> | undefined = fetch(0, RANGE_BYTES, used);
  while (next) {
    const { bytes, total }: Range = await next;
    start += bytes.length;
    next = start < total ? fetch(start, start + RANGE_BYTES, free) : undefined;
    [used, free] = [free, used];
    // Awaited in its turn; until then a rejection must not count as unhandled.
    next?.catch(() => {});
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      const piece = bytes.subarray(at, at + PIECE_BYTES);
      if (options.position) options.position.read += piece.length;
      yield piece;
    }
  }
}

/** Random access to an object. */
export async function s3Slices(s3: S3Client, { uri, size, etag }: S3Object, signal?: AbortSignal): Promise<Slices> {
  const fetch = await openRanges(s3, uri, { signal, etag });
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
  /** Size of the whole object. */
  total: number;
}

/**
 * All ranges come from one version of the object: S3 answers 412 once it is replaced. If a connection breaks in the
 * middle of a range, reading resumes at that byte.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
async function openRanges(s3: S3Client, uri: string, { signal: abortSignal, etag, owner }: S3ReadOptions) {
  const { GetObjectCommand } = await import('../sdk/s3.js');
  const address = parseS3(uri);
  let IfMatch = etag;
  return async (start: number, end: number, room?: Buffer): Promise<Range> => {
    let got = 0;
    let total = Infinity;
    const command = new GetObjectCommand({ ...address, IfMatch, ExpectedBucketOwner: owner });
    // Read the body inside the call, so that the client's retries cover it and resume at the byte where it broke.
    command.middlewareStack.add(
      (next) => async (args) => {
        args.input.Range = `bytes=${start + got}-${end - 1}`;
        args.input.IfMatch = IfMatch;
        const result = await next(args);
        const object = result.output;
        const body = object.Body as Readable;
        try {
          const from = Number(/^bytes (\d+)-/.exec(object.ContentRange ?? '')?.[1] ?? 0);
          if (from !== start + got) throw new ForeignAnswer('GetObject', 'another part of the object');
          IfMatch ??= object.ETag;
          total = Number(object.ContentRange?.split('/')[1] ?? object.ContentLength);
          if (Number.isNaN(total)) throw new ForeignAnswer('GetObject', 'an object of unknown size');
          for await (const chunk of inTime(body)) {
            room ??= Buffer.allocUnsafeSlow(Math.min(end, total) - start);
            if (got + chunk.length > room.length)
              throw new ForeignAnswer('GetObject', 'more bytes than were asked for');
            room.set(chunk, got);
            got += chunk.length;
          }
        } finally {
          // What nobody reads would keep its connection.
          body.destroy();
        }
        if (start + got < Math.min(end, total)) throw cutShort(uri, { at: start + got, total });
        return result;
      },
      { step: 'initialize', priority: 'low', name: 'sagemakerFsBody' },
    );
    try {
      await s3.send(command, { abortSignal });
      return { bytes: room?.subarray(0, got) ?? Buffer.alloc(0), total };
    } catch (error) {
      // Every range of an empty object is invalid.
      if ((error as Error).name === 'InvalidRange' && start === 0) return { bytes: Buffer.alloc(0), total: 0 };
      throw explainS3(error, uri, 'GetObject');
    }
  };
}

/** Looks like a broken connection, which is retried. */
const cutShort = (uri: string, { at, total }: { at: number; total: number }) =>
  Object.assign(new Error(`${uri} ended at byte ${at} of ${total}.`), { code: 'ECONNRESET' });
