/** A small file in which a run leaves state for the next one; it is complete or absent, even after a kill. */
import { createHash } from 'node:crypto';
import { readFileSync, rmdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf } from '../errors.js';
import { makeFolder, writeWhole } from './whole-file.js';

/** Where runs keep their state, relative to the working directory. */
export const STATE_FOLDER = '.sagemaker-fs';

/** Version of the file's form; another one counts as damaged. */
const VERSION = 1;

export interface StateFile<T> {
  /** Undefined if there is none; `damaged` if it is not as it was written. */
  read(): T | 'damaged' | undefined;
  write(state: T): void;
  remove(): void;
}

/** Opens a state file; nothing is written before `write`. All functions throw the file system's errors. */
export function openStateFile<T extends object>(path: string): StateFile<T> {
  return {
    read: () => readState(path) as T | 'damaged' | undefined,
    write(state) {
      makeFolder(dirname(path));
      writeWhole(path, stateText(state));
    },
    remove() {
      rmSync(path, { force: true });
      removeEmpty(dirname(path));
    },
  };
}

/** The text of a state, which says itself whether it is whole. */
export const stateText = (state: object): string =>
  JSON.stringify({ version: VERSION, sha256: digestOf(state), ...state });

/** `damaged` where the text is not what `stateText` made. */
export function parseState(text: string): object | 'damaged' {
  try {
    const parsed = JSON.parse(text) as { version?: unknown; sha256?: unknown } | null;
    const { version, sha256, ...state } = parsed ?? {};
    return version === VERSION && sha256 === digestOf(state) ? state : 'damaged';
  } catch (error) {
    if (error instanceof SyntaxError) return 'damaged';
    throw error;
  }
}

/** Over the text, in which nothing depends on the order of anything but what was written. */
const digestOf = (state: object) => createHash('sha256').update(JSON.stringify(state)).digest('hex');

function readState(path: string): object | 'damaged' | undefined {
  try {
    return parseState(readFileSync(path, 'utf8'));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return undefined;
    throw error;
  }
}

const HARMLESS = ['ENOENT', 'ENOTEMPTY', 'ENOTDIR', 'EEXIST', 'EROFS', 'EACCES', 'EPERM', 'EBUSY'];

/** The folder and the one above it. Other files, or the embedded store, may lie there; what may not be removed does no harm. */
export function removeEmpty(folder: string): void {
  for (const each of [folder, dirname(folder)]) {
    try {
      rmdirSync(each);
    } catch (error) {
      if (!HARMLESS.includes(codeOf(error))) throw error;
    }
  }
}
