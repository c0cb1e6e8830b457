/** Paths, patterns, folders, `-` for stdin, or addresses on S3 → rows, streamed: CSV, JSON and JSON lines, each also zipped, and Parquet. */
import { stat } from 'node:fs/promises';
import { UsageError } from '../errors.js';
import { nameOf, readText, type TextSource } from './bytes.js';
import { hiveColumns, localParts, type Part, recordsOfBackup } from './parts.js';
import { PlacedRow, type ReadRow, type TextOptions } from './rows.js';
import { TEXT_FORMATS } from './text-formats.js';
import { setCell } from '../utils/json.js';
import { isS3 } from '../s3/address.js';
import { objectsAt, type S3Object } from '../s3/list.js';
import { s3Slices } from '../s3/ranges.js';
import { fileSlices } from '../utils/slices.js';
import { readScalarArray, readScalarLines, readTextLines } from './json/scalars.js';

export { placeOf, type ReadRow } from './rows.js';
import { extensionOf, formatOf, isReadable, type Format } from './formats.js';
export { nameOf, type ReadPosition } from './bytes.js';

/** An address such as `s3://bucket/prefix/` stands for all objects below it that have a known format. */
export interface ReadOptions extends Omit<TextSource, 'path'>, TextOptions {
  /** Overrides the file's extension. */
  format?: Format;
  /** Columns for which this is false may be null in every row: Parquet need not read them. */
  isWanted?: (column: string) => boolean;
  /** Files of a folder or prefix whose names stand for no known format are passed over; else each is an entry with a problem. */
  ignoreUnreadable?: boolean;
  /** Whether what a folder named `column=value` says is a column of the rows below it. */
  isPathColumn?: (column: string) => boolean;
  /** Values that stand alone (a JSON array of scalars, a text file) are rows of one column, named like the first of these;
   * each of them is a header where it stands on the first line. */
  scalarColumns?: [string, ...string[]];
}

/**
 * Yields the rows of a file, each with the line that it starts on; what is no row is an entry with a problem. Memory
 * does not grow with the file.
 * @throws UsageError for what cannot be read as a whole: a directory, broken gzip, a truncated array, no header.
 */
export async function* readRows(path: string | string[], options: ReadOptions): AsyncGenerator<ReadRow> {
  for await (const entries of readRowBatches(path, options)) {
    for (const { line, row, problem } of entries) yield row ? { line, row } : { line, problem };
  }
}

/** As `readRows`, in arrays of some hundred rows: the way for bulk work, without a promise for each row. */
export async function* readRowBatches(path: string | string[], options: ReadOptions): AsyncGenerator<ReadRow[]> {
  const parts: Part[] = [];
  for (const each of [path].flat()) parts.push(...(await partsOf(each, options)));
  const { position } = options;
  const isOne = parts.length === 1 && parts[0]!.path === path;
  // The size of a single file is known once it is open.
  if (position && !isOne) position.total = parts.reduce((sum, { size = 0 }) => sum + size, 0) || undefined;
  for (const part of parts.filter(({ isUnreadable }) => !isUnreadable)) {
    if (position && !isOne) position.file = part.path;
    const emptyTable = (columns: string[]) => {
      if (!options.signal?.aborted) options.emptyTable?.([...columns, ...addedTo(columns, part, options)]);
    };
    const read = readOne(part.path, { ...options, emptyTable, size: part.size });
    yield* part.columns ? withColumns(read, part.columns, options.isPathColumn) : read;
  }
  const unread = options.ignoreUnreadable ? [] : parts.filter(({ isUnreadable }) => isUnreadable);
  if (position) position.file = undefined;
  if (unread.length > 0)
    yield unread.map((part, index) => ({ line: index + 1, problem: notRead(part.path), file: part.path }));
}

async function partsOf(path: string, { s3, signal, format }: ReadOptions): Promise<Part[]> {
  if (path === '-') return [{ path }];
  const isKnown = (name: string) => mayBeRead(name, format);
  if (!isS3(path)) return localParts(path, isKnown);
  if (!s3) throw new UsageError(`${path}: S3 cannot be read here; copy the object to a file first.`);
  const below = await objectsAt(await s3(), path, signal);
  const found = recordsOfBackup(below, ({ uri }) => uri.slice(path.length).replace(/^\//, ''));
  const objects = found.filter((object) => object.uri === path || !isMarker(object));
  if (!objects.some(({ uri }) => uri === path || isKnown(uri))) {
    const among = found.length === 0 ? '' : `, apart from ${found.length} of no known format`;
    throw new UsageError(`There is no object ${path}, and none below it${among}.`);
  }
  return objects.map(({ uri, size }) => ({
    path: uri,
    size,
    isUnreadable: uri !== path && !isKnown(uri),
    columns: uri === path ? undefined : hiveColumns(uri.slice(path.length).split('/').slice(0, -1)),
  }));
}

const notRead = (path: string) =>
  `${path} was not read: its name has no extension of a format that can be read (--ignore-unreadable passes over such files).`;

/** Markers such as _SUCCESS, folder placeholders (keys that end in a slash) and empty objects hold no rows. */
const isMarker = ({ uri, size }: S3Object) => size === 0 || /^[._]/.test(uri.slice(uri.lastIndexOf('/') + 1));

/** Parts without an extension, such as those of UNLOAD, are recognized by their content. */
function mayBeRead(name: string, format: Format | undefined): boolean {
  const extension = extensionOf(name);
  return format !== undefined || extension === '' || isReadable(extension);
}

/** The columns of partition folders that a table lacks. */
const addedTo = (own: string[], { columns }: Part, { isPathColumn = () => false }: ReadOptions) =>
  [...(columns?.keys() ?? [])].filter((name) => isPathColumn(name) && !own.includes(name));

/** Adds the columns of partition folders to rows that lack them. */
async function* withColumns(
  batches: AsyncIterable<ReadRow[]>,
  columns: Map<string, string | null>,
  isColumn: (name: string) => boolean = () => false,
): AsyncGenerator<ReadRow[]> {
  let table: { own: string[]; whole: string[]; added: (string | null)[] } | undefined;
  for await (const batch of batches) {
    yield batch.map((entry): ReadRow => {
      if (entry.problem !== undefined) return entry;
      if (!entry.columns || !entry.isTable) {
        const { line, row } = entry;
        for (const [name, value] of columns) if (isColumn(name) && !Object.hasOwn(row, name)) setCell(row, name, value);
        return { line, row };
      }
      if (table?.own !== entry.columns) {
        const own = entry.columns;
        const added = [...columns].filter(([name]) => isColumn(name) && !own.includes(name));
        table = { own, whole: [...own, ...added.map(([name]) => name)], added: added.map(([, value]) => value) };
      }
      return new PlacedRow(entry.line, { columns: table.whole, cells: [...entry.cells, ...table.added] });
    });
  }
}

async function* readOne(path: string, options: ReadOptions & { size?: number }): AsyncGenerator<ReadRow[]> {
  const { format, signal, scalarColumns } = options;
  const known = format ?? formatOf(path);
  if (known === 'parquet' || (known === undefined && (await isParquet(path, options)))) {
    yield* readParquetFile(path, options);
    return;
  }
  const text = readText({ path, ...options });
  const [opening, rest] = await peekText(text);
  if (opening === undefined && !signal?.aborted) throw new UsageError(`${nameOf(path)} is empty.`);
  const scalars = scalarColumns && scalarReader({ path, format: known, opening }, scalarColumns)?.(scalarColumns[0]);
  const read = scalars ?? TEXT_FORMATS[known ?? sniff(opening ?? '')].read;
  const delimiter = options.delimiter ?? (extensionOf(path) === 'tsv' ? '\t' : undefined);
  yield* read(rest, nameOf(path), { delimiter, emptyTable: options.emptyTable });
}

/** Detected by the first bytes; a pipe cannot be read twice, and fails with an error of its own. */
async function isParquet(path: string, options: ReadOptions & { size?: number }): Promise<boolean> {
  if (path === '-' || (!isS3(path) && !(await stat(path)).isFile())) return false;
  const file = await openSlices(path, options);
  try {
    return Buffer.from(await file.slice(0, Math.min(4, file.byteLength))).toString('latin1') === 'PAR1';
  } finally {
    await file.close();
  }
}

async function* readParquetFile(path: string, options: ReadOptions & { size?: number }): AsyncGenerator<ReadRow[]> {
  const { signal, position, isWanted, emptyTable } = options;
  if (/\.(?:gz|zst)$/i.test(path))
    throw new UsageError(`${path}: Parquet within .gz or .zst cannot be read; unzip it first.`);
  const file = await openSlices(path, options).catch((error: Error) => {
    if (!signal?.aborted) throw error;
  });
  if (!file) return;
  try {
    if (position) position.total ??= file.byteLength;
    const { readParquet } = await import('./parquet/parquet.js');
    yield* readParquet({ file, name: nameOf(path), signal, position, isWanted, emptyTable });
  } finally {
    await file.close();
  }
}

/** Parquet has its directory at the end, so a pipe is saved first. */
async function openSlices(path: string, { stdin, s3, size = 0, signal }: ReadOptions & { size?: number }) {
  if (s3 && isS3(path)) return s3Slices(await s3(), { uri: path, size }, signal);
  return path === '-' ? (await import('./spool.js')).spool(stdin, signal) : fileSlices(path);
}

interface Opening {
  path: string;
  format: Format | undefined;
  opening?: string;
}

/** Undefined if the content is rows: objects, or CSV with a header. */
function scalarReader({ path, format, opening = '' }: Opening, headers: string[]) {
  if (format === undefined && extensionOf(path) === 'txt') return readTextLines;
  if (format === 'csv' || /^\s*(?:\[\s*)?\{/.test(opening)) return undefined;
  if (format === 'jsonl') return readScalarLines;
  if (/^\s*\[/.test(opening)) return readScalarArray;
  const [, first = ''] = /^\s*"?([^"\r\n]*)/.exec(opening) ?? [];
  return format === undefined && !first.includes(',') && !headers.includes(first) ? readTextLines : undefined;
}

function sniff(opening: string): 'json' | 'csv' {
  return /^\s*[[{]/.test(opening) ? 'json' : 'csv';
}

/** The first chunk that is not just white space, and the whole text including it; undefined if there is none. */
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
