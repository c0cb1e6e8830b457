/** Records that failed: the first few on stderr, all of them in a file that bulk-put takes back. */
import { closeSync, existsSync, openSync, writeSync } from 'node:fs';
import type { Output } from '../context.js';
import { UsageError } from '../errors.js';
import { isRow, type Row } from './json.js';

/** Failures told on stderr; the rest is in the file. */
const MAX_TOLD = 10;

/** One line of the errors file. */
export interface Failure {
  /** Absent where there was no input to have lines. */
  line?: number;
  id?: string;
  code: string;
  message: string;
  /** Calls that carried the record; 0 when it was never sent. */
  attempts: number;
  /** The row as it was read; absent where it could not be read. */
  record?: Row;
}

export interface Failures {
  count(): number;
  add: (failure: Failure) => void;
  /** Closes the file and returns its path; undefined when there was no failure. */
  close(): string | undefined;
}

/**
 * Tells and keeps failures. The file is made with the first one and written as they come, so that a killed run leaves
 * it whole; undefined keeps none.
 * @param options `append` to a file that an earlier run may have begun
 */
export function openFailures(file: string | undefined, output: Output, options: { append?: boolean } = {}): Failures {
  let count = 0;
  let descriptor: number | undefined;
  return {
    count: () => count,
    add(failure) {
      count += 1;
      if (count <= MAX_TOLD) output.warn(describe(failure));
      if (count === MAX_TOLD + 1) output.warn(`further failures are not shown${file ? `; all are in ${file}` : ''}.`);
      if (!file) return;
      descriptor ??= openSync(file, options.append ? 'a' : 'wx');
      write(descriptor, file, `${JSON.stringify(failure)}\n`);
    },
    close() {
      if (descriptor === undefined) return undefined;
      closeSync(descriptor);
      return file;
    },
  };
}

function describe({ line, id, message }: Failure): string {
  const where = [line !== undefined && `line ${line}`, id !== undefined && `record ${id}`].filter(Boolean);
  return `${where.join(', ')}: ${message}`;
}

function write(descriptor: number, file: string, text: string): void {
  try {
    writeSync(descriptor, text);
  } catch (error) {
    throw Object.assign(error as Error, { path: file });
  }
}

/** `customers.csv.gz` → `customers.errors.jsonl`, or `customers.errors-2.jsonl` where an earlier run left one. */
export function freeErrorsFile(inputName: string, exists: (path: string) => boolean = existsSync): string {
  return freeFile(`${inputName.replace(/\.gz$/i, '').replace(/\.[^./\\]+$/, '')}.errors`, exists);
}

/** `a--b.differences` → `a--b.differences.jsonl`, or `a--b.differences-2.jsonl` where an earlier run left one. */
export function freeFile(stem: string, exists: (path: string) => boolean = existsSync): string {
  const named = (number: number) => `${stem}${number === 1 ? '' : `-${number}`}.jsonl`;
  let number = 1;
  while (exists(named(number))) number += 1;
  return named(number);
}

/** Whether a table of these columns may be an errors file, so that its rows must be looked at. */
export const isErrorsFile = (columns: string[]): boolean => columns.includes('attempts');

/** A line of an errors file → the row in it, or a sentence where it holds none; any other row → itself. */
export function unwrapFailure(row: Row): Row | string {
  if (typeof row.code !== 'string' || typeof row.message !== 'string' || !('attempts' in row)) return row;
  if (row.record === undefined) return `This line of an errors file holds no record (${row.message})`;
  return isRow(row.record) ? row.record : row;
}

/** @throws UsageError when the file is there already: it may hold failures that nobody has dealt with. */
export function refuseExisting(file: string): void {
  if (existsSync(file)) throw new UsageError(`${file} exists already: name another file, or remove it first.`);
}
