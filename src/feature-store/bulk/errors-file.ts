/** The file for failed records: where it may go, and how its lines are read again. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Context } from '../../context.js';
import { UsageError } from '../../errors.js';
import { nameOf } from '../../files/bytes.js';
import { refuseUnwritableTarget } from '../../files/row-writer.js';
import { userPath, wholePath, whyUnwritable } from '../../files/whole-file.js';
import { isS3 } from '../../s3/address.js';
import { s3Exists } from '../../s3/list.js';
import { isRow, type Row } from '../../utils/json.js';
import type { Failure } from '../records/rows.js';

/**
 * `customers.csv.gz` → `customers.errors.jsonl`, or `customers.errors-2.jsonl` if that exists; likewise if the input is
 * itself an errors file.
 */
export function freeErrorsFile(inputName: string, exists: (path: string) => boolean = existsSync): string {
  const stem = inputName.replace(/\.gz$/i, '').replace(/\.[^./\\]+$/, '');
  return freeFile(`${stem.replace(/\.errors(-\d+)?$/, '')}.errors`, exists);
}

const PATTERN = /[*?[\]{}]+/g;

/**
 * The path in the working directory that an errors file is named after, from that of the input: `data/*.csv` → `data`,
 * `data/day-*.csv` → `day.csv`.
 */
export function besideInput(cwd: string, input: string): string {
  const path = nameOf(wholePath(cwd, input));
  const names = path.split(/[/\\]+/).reverse();
  for (const name of names) {
    const rest = name.replace(PATTERN, '');
    const plain = rest === name ? name : rest.replace(/[-_.]+(?=\.|$)/, '');
    // What is left of `*.csv` says nothing about the input.
    if (plain !== '' && (plain === name || !plain.startsWith('.'))) return resolve(cwd, plain);
  }
  return resolve(cwd, 'records');
}

/** `a--b.differences` → `a--b.differences.jsonl`, or `a--b.differences-2.jsonl` if that exists. */
export function freeFile(stem: string, exists: (path: string) => boolean = existsSync): string {
  const named = (number: number) => `${stem}${number === 1 ? '' : `-${number}`}.jsonl`;
  let number = 1;
  while (exists(named(number))) number += 1;
  return named(number);
}

export interface ErrorsFileOptions {
  /** The value of --errors-file. */
  given?: string;
  /** By default a free name beside this absolute path, such as that of the input. */
  otherwise: string;
  /** A resumed run appends to the file of the earlier one. */
  mayExist?: boolean;
}

/**
 * Chooses the errors file, before the first call; undefined, with a note, where none was given and none can be written.
 * @throws UsageError for a given file that cannot be written, or exists already
 */
export async function errorsFile(
  { given, otherwise, mayExist }: ErrorsFileOptions,
  { cwd, output, aws }: Pick<Context, 'cwd' | 'output' | 'aws'>,
): Promise<string | undefined> {
  if (given === undefined) {
    const path = freeErrorsFile(otherwise);
    const why = whyUnwritable(path);
    if (why === undefined) return path;
    output.warn(`failed records will not be kept, because ${why}: --errors-file names another place.`);
    return undefined;
  }
  if (given === '-')
    throw new UsageError('--errors-file cannot be -, as stdout is for results: name a file or s3://bucket/key.');
  const [zipped] = /\.(?:gz|zst)$/i.exec(given) ?? [];
  if (zipped !== undefined)
    throw new UsageError(`--errors-file ${given}: failed records are not compressed: leave ${zipped} out of the name.`);
  const path = userPath(cwd, given);
  await refuseUnwritableTarget(path, aws.s3);
  if (!mayExist) await refuseExisting(path, aws);
  // A resumed run compares it with what the checkpoint says.
  return wholePath(cwd, given);
}

/**
 * Whether each failure is on disk as soon as it is added. On S3 failures appear only at the end: until then their records
 * do not count as done, and a resumed run processes them again.
 */
export const isKeptAtOnce = (errorsFile: string | undefined): boolean => errorsFile !== undefined && !isS3(errorsFile);

/** @throws UsageError if the file exists: it may contain failures that still have to be handled */
export async function refuseExisting(file: string, aws: Pick<Context['aws'], 's3'>): Promise<void> {
  if (isS3(file) ? await s3Exists(await aws.s3(), file) : existsSync(file))
    throw new UsageError(`${file} already exists: name another file, or remove it first.`);
}

/** Whether a table with these columns may be an errors file, whose rows must be unwrapped. */
export const isErrorsFile = (columns: string[]): boolean => columns.includes('attempts');

/** Where a row came from originally. */
export interface Origin {
  file?: string;
  line: number;
}

/** An input row, the row inside a line of an errors file, or a failure without a row. */
export type Unwrapped = { row: Row; origin?: Partial<Origin> } | { row?: undefined; failure: Failure };

interface FailureLine extends Row {
  code: string;
  message: string;
}

/** Whether a row is a line of an errors file, whose `id` is the identifier. */
export const isFailureLine = (row: Row): row is FailureLine =>
  typeof row.code === 'string' && typeof row.message === 'string' && row.attempts !== undefined;

/** Unwraps a line of an errors file into its row and origin; any other row is returned unchanged. */
export function unwrapFailure(row: Row): Unwrapped {
  if (!isFailureLine(row)) return { row };
  const { code, message, record, raw } = row;
  const line = Number(row.line ?? NaN);
  const origin = line > 0 ? { file: textOf(row.file), line } : undefined;
  if (record === undefined || record === null)
    return { failure: { ...origin, id: textOf(row.id), code, message, attempts: 0, raw: textOf(raw) } };
  return isRow(record) ? { row: record, origin } : { row };
}

const textOf = (cell: Row[string] | undefined) => (typeof cell === 'string' && cell !== '' ? cell : undefined);
