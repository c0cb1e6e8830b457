/** Opens a file, stdin or an S3 object as text, in chunks: decompresses it and detects its encoding. */
import type { S3Client } from '@aws-sdk/client-s3';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { codeOf, CommandError, UsageError, type AwsError } from '../errors.js';
import { isS3 } from '../s3/address.js';
import { unzipZstd, ZSTD } from './zstd.js';
import { s3Bytes } from '../s3/ranges.js';

/** A chunk is turned into rows at once: larger ones cost memory and gain nothing. */
const CHUNK_BYTES = 32 * 1024;
const GZIP = [0x1f, 0x8b];
const UTF16_LE = [0xff, 0xfe];
const UTF16_BE = [0xfe, 0xff];
const PARQUET = [...Buffer.from('PAR1')];

export interface TextSource {
  /** A path, `-` for stdin, or `s3://bucket/key`. */
  path: string;
  stdin: Readable;
  s3?: () => Promise<S3Client>;
  /** Once aborted, the source ends without an error. */
  signal?: AbortSignal;
  /** Kept up to date while the source is read. */
  position?: ReadPosition;
}

/** How far a source has been read. */
export interface ReadPosition {
  /** Bytes before decompression. */
  read: number;
  /** Bytes of the whole file; undefined for a pipe. */
  total?: number;
  /** Which of several files is being read. */
  file?: string;
}

/** The whole text of a small source. Throws the signal's reason once that is aborted: half a text is none. */
export async function readWholeText(source: TextSource): Promise<string> {
  let text = '';
  for await (const piece of readText(source)) text += piece;
  source.signal?.throwIfAborted();
  return text;
}

/** The name of a source in messages. */
export function nameOf(path: string): string {
  return path === '-' ? 'stdin' : path;
}

/**
 * Yields the text of a source; memory does not grow with it. UTF-8 with or without a byte order mark, UTF-16 with one,
 * gzip by its first bytes. Ends early, without an error, when the signal is aborted.
 * @throws UsageError for what is no readable text.
 */
export async function* readText(source: TextSource): AsyncGenerator<string> {
  try {
    yield* decode(unzip(await open(source), source.path), source.path);
  } catch (error) {
    if (!source.signal?.aborted) throw error;
  }
}

async function open({ path, stdin, s3, signal, position }: TextSource): Promise<AsyncIterable<Buffer>> {
  if (s3 && isS3(path)) return s3Bytes(await s3(), path, { signal, position });
  if (path === '-') return counted(withAbort(stdin, signal), position);
  const stats = await stat(path);
  if (stats.isDirectory()) throw new UsageError(`${path} is a directory, not a file.`);
  const stream = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  await once(stream, 'open');
  if (position) position.total ??= stats.size;
  return counted(withAbort(stream, signal), position);
}

async function* counted(bytes: AsyncIterable<Buffer>, position: ReadPosition = { read: 0 }): AsyncGenerator<Buffer> {
  for await (const chunk of bytes) {
    position.read += chunk.length;
    yield chunk;
  }
}

/** Otherwise a silent pipe would keep an aborted run waiting. */
function withAbort(stream: Readable, signal: AbortSignal | undefined): Readable {
  const destroy = () => stream.destroy();
  signal?.addEventListener('abort', destroy, { once: true });
  stream.once('close', () => signal?.removeEventListener('abort', destroy));
  return stream;
}

async function* unzip(bytes: AsyncIterable<Buffer>, path: string): AsyncGenerator<Buffer> {
  const [first, rest] = await peek(bytes);
  if (startsWith(first, ZSTD)) {
    yield* pieces(explainZstd(rest, path));
    return;
  }
  if (/\.zst$/i.test(path)) throw new UsageError(`${path} is named .zst but does not hold Zstandard data.`);
  if (!startsWith(first, GZIP)) {
    if (path.endsWith('.gz')) throw new UsageError(`${path} is named .gz but does not hold gzip data.`);
    yield* rest;
    return;
  }
  // Whoever iterates gunzip meets the error; pipeline only has to carry it there.
  const gunzip = pipeline(Readable.from(rest), createGunzip({ chunkSize: CHUNK_BYTES }), () => {});
  try {
    yield* gunzip as AsyncIterable<Buffer>;
  } catch (error) {
    if (!codeOf(error).startsWith('Z_')) throw error;
    throw new UsageError(`${nameOf(path)} is broken gzip: ${(error as Error).message}.`, { cause: error });
  }
}

/** Whether reading failed, on the disk or in S3, and not what was read: that is told as it is. */
export const isOfSource = (error: unknown): boolean =>
  error instanceof CommandError || Boolean((error as AwsError).$metadata) || /^E[A-Z]+$/.test(codeOf(error));

async function* explainZstd(bytes: AsyncIterable<Buffer>, path: string): AsyncGenerator<Buffer> {
  try {
    yield* unzipZstd(bytes);
  } catch (error) {
    if (isOfSource(error)) throw error;
    throw new UsageError(`${nameOf(path)} is broken Zstandard: ${(error as Error).message}.`, { cause: error });
  }
}

/** A chunk that is decompressed at once would also be parsed at once. */
async function* pieces(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length; at += CHUNK_BYTES) yield chunk.subarray(at, at + CHUNK_BYTES);
  }
}

async function* decode(bytes: AsyncIterable<Buffer>, path: string): AsyncGenerator<string> {
  const [first, rest] = await peek(bytes);
  if (startsWith(first, PARQUET))
    throw new UsageError(`${nameOf(path)} is Parquet: add --format parquet, or name it .parquet.`);
  const encoding = startsWith(first, UTF16_LE) ? 'utf-16le' : startsWith(first, UTF16_BE) ? 'utf-16be' : 'utf-8';
  if (encoding === 'utf-8' && isZeroInFirstLine(first)) {
    throw new UsageError(`${nameOf(path)} is not text: it holds zero bytes (UTF-16 needs a byte order mark).`);
  }
  // The decoder itself removes a byte order mark.
  const decoder = new TextDecoder(encoding, { fatal: true });
  try {
    for await (const chunk of rest) yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
  } catch (error) {
    if (codeOf(error) !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw error;
    throw new UsageError(`${nameOf(path)} is not ${encoding.toUpperCase()} text: save it as UTF-8.`, { cause: error });
  }
}

/** A CSV value may hold a zero byte, but a column name does not. */
function isZeroInFirstLine(first: Buffer): boolean {
  const zero = first.indexOf(0);
  const end = first.indexOf('\n');
  return zero !== -1 && (end === -1 || zero < end);
}

/** The first bytes, enough to detect a format, and the whole content including them. */
async function peek(bytes: AsyncIterable<Buffer>): Promise<[Buffer, AsyncGenerator<Buffer>]> {
  const iterator = bytes[Symbol.asyncIterator]();
  let first = Buffer.alloc(0);
  let ended = false;
  while (first.length < PARQUET.length && !ended) {
    const { value, done } = (await iterator.next()) as IteratorResult<Buffer | string, undefined>;
    ended = done === true;
    if (value !== undefined) first = Buffer.concat([first, Buffer.from(value as Buffer)]);
  }
  async function* all(): AsyncGenerator<Buffer> {
    if (first.length > 0) yield first;
    if (!ended) yield* { [Symbol.asyncIterator]: () => iterator };
  }
  return [first, all()];
}

function startsWith(bytes: Buffer, prefix: number[]): boolean {
  return bytes.length >= prefix.length && prefix.every((byte, index) => bytes[index] === byte);
}
