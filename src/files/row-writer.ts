/** Rows → stdout, a file or an S3 object, streamed: JSON, JSON lines, CSV, each also as .gz or .zst, and Parquet. */
import type { S3Client } from '@aws-sdk/client-s3';
import { existsSync } from 'node:fs';
import { isS3 } from '../s3/address.js';
import { s3Exists } from '../s3/list.js';
import { refuseUnwritableObject, s3Sink } from '../s3/sink.js';
import { createGzip } from 'node:zlib';
import { refuseUnwritableZstd, zstdCompress } from './zstd.js';
import { abandon, alreadyThere, fileSink, zipped, isPipeOrDevice, stdoutSink, type Sink } from '../utils/disk/sinks.js';
import { TEXT_FORMATS } from './text-formats.js';
import { writableFormat, type WritableFormat } from './formats.js';
import { refuseUnwritable } from './whole-file.js';
import type { OutputColumn, OutputRow } from './output-rows.js';

export interface RowWriterOptions {
  /** Instead of what the name says; JSON where that says nothing. */
  format?: WritableFormat;
  /** In the order of CSV; JSON has what each row has. */
  columns: OutputColumn[];
  /** Writes to standard output. */
  result(bytes: string | Uint8Array): Promise<void>;
  s3(): Promise<S3Client>;
  /** An object that is there already is replaced; for files, ask `mayReplace`. */
  overwrite?: boolean;
}

export interface RowWriter {
  write(rows: OutputRow[]): Promise<void>;
  /** The target is there once this is done, and not before. */
  end(): Promise<void>;
  /** Leaves nothing behind, but for what stdout was given. */
  abort(): Promise<void>;
}

/**
 * Opens a target for rows.
 * @param target a path, `-` for stdout, or `s3://bucket/key`; `.gz` or `.zst` at its end zips
 * @throws UsageError for a name that stands for no format that can be written
 */
export async function openRowWriter(target: string, options: RowWriterOptions): Promise<RowWriter> {
  const format = writableFormat(target, options.format);
  const sink = await openSink(target, options);
  try {
    if (format !== 'parquet') return textRows(sink, format, options);
    return (await import('./parquet/parquet-writer.js')).openParquet(sink, options.columns);
  } catch (error) {
    return abandon(error, sink);
  }
}

function textRows(sink: Sink, format: keyof typeof TEXT_FORMATS, options: RowWriterOptions): RowWriter {
  const encoding = TEXT_FORMATS[format].write(options.columns.map(({ name }) => name));
  let begun = false;
  const opening = () => (begun ? '' : ((begun = true), encoding.begin()));
  return {
    async write(rows) {
      if (rows.length > 0) await sink.write(opening() + encoding.rows(rows));
    },
    async end() {
      await sink.write(opening() + encoding.end());
      await sink.end();
    },
    abort: sink.abort,
  };
}

/** @throws UsageError when the target cannot be written, or is there and may not be replaced; to be asked before the first call. */
export async function mayReplace(
  target: string,
  { overwrite, s3 }: Pick<RowWriterOptions, 'overwrite' | 's3'>,
): Promise<void> {
  if (target === '-' || (await isPipeOrDevice(target))) return;
  if (/\.zst$/i.test(target)) refuseUnwritableZstd(target);
  await refuseUnwritableTarget(target, s3);
  if (!overwrite && (isS3(target) ? await s3Exists(await s3(), target) : existsSync(target)))
    throw alreadyThere(target);
}

/** The same, where a file that is there does no harm. */
export async function refuseUnwritableTarget(target: string, s3: RowWriterOptions['s3']): Promise<void> {
  if (isS3(target)) await refuseUnwritableObject(await s3(), target);
  else if (target !== '-') refuseUnwritable(target);
}

/** Writes a small text as a whole, to a file or an object on S3. */
export async function writeText(
  target: string,
  text: string,
  options: Pick<RowWriterOptions, 's3' | 'overwrite'>,
): Promise<void> {
  const sink = await openSink(target, { ...options, result: () => Promise.resolve() });
  try {
    await sink.write(text);
    await sink.end();
  } catch (error) {
    return abandon(error, sink);
  }
}

type SinkOptions = Pick<RowWriterOptions, 'result' | 's3' | 'overwrite'>;

async function openSink(target: string, { result, s3, overwrite }: SinkOptions): Promise<Sink> {
  const sink = isS3(target)
    ? await s3Sink(await s3(), target, { overwrite })
    : target === '-'
      ? stdoutSink(result)
      : await fileSink(target, { overwrite });
  if (/\.zst$/i.test(target)) return zipped(sink, zstdCompress(target));
  return /\.gz$/i.test(target) ? zipped(sink, createGzip()) : sink;
}
