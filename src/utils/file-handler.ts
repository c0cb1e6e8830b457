/** A path, or `-` for stdin → rows, streamed: CSV, JSON and JSON lines, each also gzipped. */
import type { Readable } from 'node:stream';
import { UsageError } from '../errors.js';
import { nameOf, readText, type ReadPosition } from './files/bytes.js';
import { readCsv } from './files/csv.js';
import { readJsonLines } from './files/json-lines.js';
import { readJsonSequence } from './files/json-sequence.js';
import type { ReadRow, RowReader } from './files/rows.js';
import { fileSlices } from './files/slices.js';
import { readScalarArray, readScalarLines, readTextLines } from './files/scalars.js';

export type { ReadRow } from './files/rows.js';
export { nameOf, type ReadPosition } from './files/bytes.js';

/** Formats by the name that `--format` takes. */
const READERS: Record<string, RowReader> = { csv: readCsv, json: readJsonSequence, jsonl: readJsonLines };
export const READABLE_FORMATS = [...Object.keys(READERS), 'parquet'];
export type Format = 'csv' | 'json' | 'jsonl' | 'parquet';

const FORMAT_OF_EXTENSION: Record<string, Format> = {
  csv: 'csv',
  json: 'json',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  parquet: 'parquet',
};
const UNREADABLE = new Set(['xlsx', 'xls', 'tsv', 'avro', 'orc', 'zip', 'bz2', 'xz', 'zst']);

export interface ReadOptions {
  /** Instead of what the file's extension says. */
  format?: Format;
  stdin: Readable;
  /** Aborted: the rows end, without an error. */
  signal?: AbortSignal;
  /** Kept up to date while the file is read. */
  position?: ReadPosition;
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
  for await (const entries of readRowBatches(path, options)) yield* entries;
}

/** As `readRows`, in arrays of some hundred rows: the way for bulk work, without a promise for each row. */
export async function* readRowBatches(
  path: string,
  { format, stdin, signal, position, scalarColumns }: ReadOptions,
): AsyncGenerator<ReadRow[]> {
  if (path.startsWith('s3://'))
    throw new UsageError(`${path}: reading from S3 is not supported yet; copy the object to a file first.`);
  const known = format ?? formatOf(path);
  if (known === 'parquet') {
    yield* readParquetFile(path, { signal, position });
    return;
  }
  const text = readText({ path, stdin, signal, position });
  const [opening, rest] = await peekText(text);
  if (opening === undefined && !signal?.aborted) throw new UsageError(`${nameOf(path)} is empty.`);
  const scalars = scalarColumns && scalarReader(known, opening ?? '', scalarColumns)?.(scalarColumns[0]);
  const read = scalars ?? READERS[known ?? sniff(opening ?? '')]!;
  yield* read(rest, nameOf(path));
}

async function* readParquetFile(path: string, options: Pick<ReadOptions, 'signal' | 'position'>) {
  if (path === '-') {
    throw new UsageError(
      'Parquet cannot be read from a pipe, since its directory is at its end: save it to a file first.',
    );
  }
  if (/\.gz$/i.test(path)) throw new UsageError(`${path}: gzipped Parquet cannot be read; unzip it first.`);
  const file = await fileSlices(path);
  try {
    const { readParquet } = await import('./files/parquet.js');
    yield* readParquet({ file, name: nameOf(path), ...options });
  } finally {
    await file.close();
  }
}

/** Undefined where the content is rows: objects, or CSV with a header. */
function scalarReader(format: Format | undefined, opening: string, headers: string[]) {
  if (format === 'csv' || /^\s*(?:\[\s*)?\{/.test(opening)) return undefined;
  if (format === 'jsonl') return readScalarLines;
  if (/^\s*\[/.test(opening)) return readScalarArray;
  const [, first = ''] = /^\s*"?([^"\r\n]*)/.exec(opening) ?? [];
  return format === undefined && !first.includes(',') && !headers.includes(first) ? readTextLines : undefined;
}

/** The format that a name stands for; undefined where only the content can tell. */
export function formatOf(path: string): Format | undefined {
  const extension = /\.([^./\\]+?)(?:\.gz)?$/i.exec(path)?.[1]?.toLowerCase() ?? '';
  if (UNREADABLE.has(extension)) {
    throw new UsageError(
      `${path}: .${extension} files cannot be read; CSV, JSON and JSON lines can, each also as .gz, and Parquet.`,
    );
  }
  return FORMAT_OF_EXTENSION[extension];
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
