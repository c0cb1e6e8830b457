/** File formats for reading and writing, by file name. Pure. */
import { UsageError } from '../errors.js';
import { refuseUnwritableZstd } from './zstd.js';
import type { TEXT_FORMATS } from './text-formats.js';

/** Values of `--format` for reading. */
export const READABLE_FORMATS = ['csv', 'json', 'jsonl', 'parquet'] as const;
export type Format = (typeof READABLE_FORMATS)[number];

export type WritableFormat = keyof typeof TEXT_FORMATS | 'parquet';
/** Values of `--format` for writing. */
export const WRITABLE_FORMATS: WritableFormat[] = ['json', 'jsonl', 'csv', 'parquet'];

const FORMAT_OF_EXTENSION = new Map<string, Format>([
  ['csv', 'csv'],
  ['tsv', 'csv'],
  ['json', 'json'],
  ['jsonl', 'jsonl'],
  ['ndjson', 'jsonl'],
  ['parquet', 'parquet'],
]);
const ZIPPED = /\.(?:gz|zst)$/i;
const UNREADABLE = new Set(['xlsx', 'xls', 'avro', 'orc', 'zip', 'bz2', 'xz']);
const UNWRITABLE = new Set(['tsv']);

/** The format of a file name; undefined if only the content can tell. */
export function formatOf(path: string): Format | undefined {
  const extension = extensionOf(path);
  if (UNREADABLE.has(extension)) {
    throw new UsageError(
      `${path}: .${extension} files cannot be read; CSV, TSV, JSON and JSON lines can, each also as .gz or .zst, and Parquet.`,
    );
  }
  return FORMAT_OF_EXTENSION.get(extension);
}

/** @throws UsageError where the name is that of a format which cannot be written. */
export function writableFormat(target: string, format?: WritableFormat): WritableFormat {
  const known = format ?? formatOfExtension(target);
  if (known === 'parquet' && ZIPPED.test(target)) {
    throw new UsageError(`${target}: Parquet is compressed by itself; name it without ${ZIPPED.exec(target)![0]}.`);
  }
  if (/\.zst$/i.test(target)) refuseUnwritableZstd(target);
  if (known) return known;
  const extension = writtenExtension(target);
  if (extension === '' || target === '-') return 'json';
  const names = WRITABLE_FORMATS.map((name) => `.${name}`).join(', ');
  throw new UsageError(`${target}: .${extension} files cannot be written; name it ${names}, or add --format.`);
}

/** The format to write, by file name, if it tells one. */
export function formatOfExtension(target: string): WritableFormat | undefined {
  const extension = writtenExtension(target);
  return UNWRITABLE.has(extension) ? undefined : FORMAT_OF_EXTENSION.get(extension);
}

/** The extension of the last path segment without `.gz` or `.zst`, in lower case; may be empty. */
export function extensionOf(path: string): string {
  return /\.([^./\\]+?)(?:\.gz|\.zst)?$/i.exec(path)?.[1]?.toLowerCase() ?? '';
}

const writtenExtension = (target: string) => /\.([^./\\]+)$/.exec(target.replace(ZIPPED, ''))?.[1]?.toLowerCase() ?? '';

/** Whether files with this extension can be read. */
export const isReadable = (extension: string): boolean => FORMAT_OF_EXTENSION.has(extension);
