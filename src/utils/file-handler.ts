/** A path, `-` for stdin, or an address on S3 → rows, streamed: CSV, JSON and JSON lines, each also gzipped, and Parquet. */
import type { S3Client } from '@aws-sdk/client-s3';
import type { Readable } from 'node:stream';
import { UsageError } from '../errors.js';
import { nameOf, readText, type ReadPosition } from './files/bytes.js';
import { readCsv } from './files/csv.js';
import { readJsonLines } from './files/json-lines.js';
import { readJsonSequence } from './files/json-sequence.js';
import { onLine, type ReadRow, type RowReader } from './files/rows.js';
import { isS3 } from '../s3/address.js';
import { objectsAt, type S3Object } from '../s3/list.js';
import { s3Slices } from '../s3/ranges.js';
import { fileSlices } from './files/slices.js';
import { readScalarArray, readScalarLines, readTextLines } from './files/scalars.js';

export type { ReadRow } from './files/rows.js';
export { nameOf, type ReadPosition } from './files/bytes.js';

/** Formats by the name that `--format` takes. */
const READERS: Record<string, RowReader> = { csv: readCsv, json: readJsonSequence, jsonl: readJsonLines };
export const READABLE_FORMATS = [...Object.keys(READERS), 'parquet'];
export type Format = 'csv' | 'json' | 'jsonl' | 'parquet';

const FORMAT_OF_EXTENSION = new Map<string, Format>([
  ['csv', 'csv'],
  ['json', 'json'],
  ['jsonl', 'jsonl'],
  ['ndjson', 'jsonl'],
  ['parquet', 'parquet'],
]);
const UNREADABLE = new Set(['xlsx', 'xls', 'tsv', 'avro', 'orc', 'zip', 'bz2', 'xz', 'zst']);

export interface ReadOptions {
  /** Instead of what the file's extension says. */
  format?: Format;
  stdin: Readable;
  /** For `s3://bucket/key`, and for `s3://bucket/prefix/`: all objects below it that have a known format. */
  s3?: () => Promise<S3Client>;
  /** Aborted: the rows end, without an error. */
  signal?: AbortSignal;
  /** Kept up to date while the file is read. */
  position?: ReadPosition;
  /** Columns for which this is false may be null in every row: Parquet need not read them. */
  isWanted?: (column: string) => boolean;
  /** Objects below a prefix whose names stand for no known format are passed over; else each is an entry with a problem. */
  ignoreUnreadable?: boolean;
  /** Values that stand alone (a JSON array of scalars, a text file) are rows of one column, named like the first of these;
   * each of them is a header where it stands on the first line. */
  scalarColumns?: [string, ...string[]];
}

/**
 * Yields the rows of a file, each with the line that it starts on; what is no row is an entry with a problem. Memory
 * does not grow with the file.
 * @throws UsageError for what cannot be read as a whole: a directory, broken gzip, a truncated array, no header.
 */
export async function* readRows(path: string, options: ReadOptions): AsyncGenerator<ReadRow> {
  for await (const entries of readRowBatches(path, options)) {
    for (const { line, row, problem } of entries) yield row ? { line, row } : { line, problem };
  }
}

/** As `readRows`, in arrays of some hundred rows: the way for bulk work, without a promise for each row. */
export async function* readRowBatches(path: string, options: ReadOptions): AsyncGenerator<ReadRow[]> {
  if (!isS3(path)) {
    yield* readOne(path, options);
    return;
  }
  if (!options.s3) throw new UsageError(`${path}: S3 cannot be read here; copy the object to a file first.`);
  yield* readObjects(path, { ...options, s3: options.s3 });
}

/** The rows of one object after another; lines are counted on, so that each is there once. */
async function* readObjects(
  uri: string,
  { s3, ...options }: ReadOptions & Required<Pick<ReadOptions, 's3'>>,
): AsyncGenerator<ReadRow[]> {
  const found = await objectsAt(await s3(), uri, options.signal);
  const parts = found.filter((object) => object.uri === uri || !isMarker(object));
  const objects = parts.filter((object) => object.uri === uri || isKnown(object, options.format));
  if (objects.length === 0) {
    const among = found.length === 0 ? '' : `, but for ${found.length} of no known format`;
    throw new UsageError(`There is no object ${uri}, and none below it${among}.`);
  }
  if (options.position) options.position.total = objects.reduce((sum, { size }) => sum + size, 0);
  let before = 0;
  for (const object of objects) {
    let last = 0;
    for await (const batch of readOne(object.uri, { ...options, s3, size: object.size })) {
      last = batch.at(-1)!.line;
      yield before === 0 ? batch : batch.map((entry) => onLine(entry, before + entry.line));
    }
    before += last;
  }
  if (options.ignoreUnreadable) return;
  const unread = parts.filter((object) => !objects.includes(object));
  if (unread.length > 0) yield unread.map(({ uri }) => ({ line: (before += 1), problem: notRead(uri) }));
}

const notRead = (uri: string) =>
  `${uri} was not read: its name stands for no format that can be read (--ignore-unreadable passes over such objects).`;

const fileName = (uri: string) => uri.slice(uri.lastIndexOf('/') + 1);

/** Markers such as _SUCCESS, the folders of consoles (a key that ends in a slash) and empty objects hold no rows. */
const isMarker = ({ uri, size }: S3Object) => size === 0 || /^[._]/.test(fileName(uri));

const isKnown = ({ uri }: S3Object, format: Format | undefined) =>
  (format ?? FORMAT_OF_EXTENSION.get(extensionOf(fileName(uri)))) !== undefined;

async function* readOne(path: string, options: ReadOptions & { size?: number }): AsyncGenerator<ReadRow[]> {
  const { format, signal, scalarColumns } = options;
  const known = format ?? formatOf(path);
  if (known === 'parquet') {
    yield* readParquetFile(path, options);
    return;
  }
  const text = readText({ path, ...options });
  const [opening, rest] = await peekText(text);
  if (opening === undefined && !signal?.aborted) throw new UsageError(`${nameOf(path)} is empty.`);
  const scalars = scalarColumns && scalarReader({ path, format: known, opening }, scalarColumns)?.(scalarColumns[0]);
  const read = scalars ?? READERS[known ?? sniff(opening ?? '')]!;
  yield* read(rest, nameOf(path));
}

async function* readParquetFile(path: string, options: ReadOptions & { size?: number }): AsyncGenerator<ReadRow[]> {
  const { signal, position, isWanted } = options;
  if (/\.gz$/i.test(path)) throw new UsageError(`${path}: gzipped Parquet cannot be read; unzip it first.`);
  const file = await openSlices(path, options).catch((error: Error) => {
    if (!signal?.aborted) throw error;
  });
  if (!file) return;
  try {
    if (position) position.total ??= file.byteLength;
    const { readParquet } = await import('./files/parquet.js');
    yield* readParquet({ file, name: nameOf(path), signal, position, isWanted });
  } finally {
    await file.close();
  }
}

/** The directory of Parquet is at its end, so a pipe has to be kept first. */
async function openSlices(path: string, { stdin, s3, size = 0, signal }: ReadOptions & { size?: number }) {
  if (s3 && isS3(path)) return s3Slices(await s3(), { uri: path, size }, signal);
  return path === '-' ? (await import('./files/spool.js')).spool(stdin, signal) : fileSlices(path);
}

interface Opening {
  path: string;
  format: Format | undefined;
  opening?: string;
}

/** Undefined where the content is rows: objects, or CSV with a header. */
function scalarReader({ path, format, opening = '' }: Opening, headers: string[]) {
  if (format === undefined && extensionOf(path) === 'txt') return readTextLines;
  if (format === 'csv' || /^\s*(?:\[\s*)?\{/.test(opening)) return undefined;
  if (format === 'jsonl') return readScalarLines;
  if (/^\s*\[/.test(opening)) return readScalarArray;
  const [, first = ''] = /^\s*"?([^"\r\n]*)/.exec(opening) ?? [];
  return format === undefined && !first.includes(',') && !headers.includes(first) ? readTextLines : undefined;
}

/** The format that a name stands for; undefined where only the content can tell. */
export function formatOf(path: string): Format | undefined {
  const extension = extensionOf(path);
  if (UNREADABLE.has(extension)) {
    throw new UsageError(
      `${path}: .${extension} files cannot be read; CSV, JSON and JSON lines can, each also as .gz, and Parquet.`,
    );
  }
  return FORMAT_OF_EXTENSION.get(extension);
}

function extensionOf(path: string): string {
  return /\.([^./\\]+?)(?:\.gz)?$/i.exec(path)?.[1]?.toLowerCase() ?? '';
}

function sniff(opening: string): Format {
  return /^\s*[[{]/.test(opening) ? 'json' : 'csv';
}

/** The first chunk that holds more than white space, and everything with it; undefined where there is none. */
async function peekText(text: AsyncGenerator<string>): Promise<[string | undefined, AsyncIterable<string>]> {
  const read: string[] = [];
  let opening: string | undefined;
  while (opening === undefined) {
    const next: IteratorResult<string, unknown> = await text.next();
    if (next.done) break;
    read.push(next.value);
    if (/\S/.test(next.value)) opening = next.value;
  }
  async function* all(): AsyncGenerator<string> {
    yield* read;
    yield* text;
  }
  return [opening, all()];
}
