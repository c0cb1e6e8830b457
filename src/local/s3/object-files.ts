/** The files of objects: unique names, and deletion only after the commit. */
import { randomBytes, randomUUID } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  rmdirSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { markPath, objectPath } from './object-path.js';
import type { Core } from '../store/core.js';
import { FILE_MODE, FOLDER_MODE, isOwn } from '../store/folder.js';

const CURRENT = 's3';
const ASIDE = 's3-versions';
const TEMPORARY = 's3-temp';

/** Bucket and key of an object, and the paths its versions have. */
export interface Place {
  bucket: string;
  key: string;
  taken: readonly string[];
}

/**
 * Paths are relative to the folder of the store. All functions but `temp` and `sweep` are for use inside a write
 * transaction. No file that the last commit refers to is touched before the next one, so a kill leaves either the old
 * object or the new one.
 */
export interface ObjectFiles {
  /** A new absolute path, on the file system of the objects. */
  temp(): string;
  absolute(path: string): string;
  /** Moves a file to an unused path. */
  moveTo(path: string, file: string): void;
  /** Moves a file to the path of the current version of an object; returns the path. */
  moveIn(place: Place, file: string): string;
  /** Moves a superseded current version to a second path. */
  setAside(place: Place, path: string): string;
  /** The reverse, for a version that becomes the current one again. */
  bringBack(place: Place, path: string): string;
  isAside(path: string): boolean;
  /** Marks a file, or a folder with its content, for deletion. */
  discard(path: string): void;
  /** Deletes what committed transactions have discarded, and folders left empty. */
  sweep(): Promise<void>;
}

export function openObjectFiles({ dir, env }: Pick<Core, 'dir' | 'env'>): ObjectFiles {
  /** Discarded paths; the value distinguishes repeated discards of a path. */
  const garbage = env.openDB<string, string>({ name: 's3-garbage' });
  const absolute = (path: string): string => join(dir, path);
  mkdirSync(absolute(CURRENT), { recursive: true, mode: FOLDER_MODE });
  mkdirSync(absolute(TEMPORARY), { recursive: true, mode: FOLDER_MODE });
  removeAbandoned(absolute(TEMPORARY));
  const foldsCase = existsSync(absolute(CURRENT.toUpperCase()));

  const pathIn = (root: string, { bucket, key }: Place): string =>
    `${root}/${bucket}/${objectPath(key, { foldsCase })}`;
  const freePath = (place: Place): string => {
    const path = pathIn(CURRENT, place);
    const used = place.taken.includes(path) || garbage.doesExist(path);
    return used ? markPath(path, randomBytes(4).toString('hex')) : path;
  };
  const moveTo = (path: string, file: string): void => {
    // DuckDB creates files with the default umask.
    chmodSync(file, FILE_MODE);
    intoFolder(absolute(path), (target) => renameSync(file, target));
  };
  const secondPath = (from: string, to: string): string => {
    intoFolder(absolute(to), (target) => linkOrCopy(absolute(from), target));
    return to;
  };
  const remove = (path: string): void => {
    rmSync(absolute(path), { force: true, recursive: true });
    pruneFolders(dirname(absolute(path)), dir);
  };

  return {
    temp: () => join(dir, TEMPORARY, randomUUID()),
    absolute,
    moveTo,
    moveIn(place, file) {
      const path = freePath(place);
      moveTo(path, file);
      return path;
    },
    setAside: (place, path) => secondPath(path, markPath(pathIn(ASIDE, place), randomBytes(8).toString('hex'))),
    bringBack: (place, path) => secondPath(path, freePath(place)),
    isAside: (path) => path.startsWith(`${ASIDE}/`),
    discard: (path) => void garbage.put(path, randomUUID()),
    async sweep() {
      env.resetReadTxn();
      const committed = [...garbage.getRange()];
      if (committed.length === 0) return;
      await garbage.transaction(() => {
        for (const { key: path, value } of committed) {
          if (garbage.get(path) !== value) continue;
          remove(path);
          void garbage.remove(path);
        }
      });
    },
  };
}

/** Longer than any upload, milliseconds. */
const ABANDONED_AFTER = 24 * 60 * 60 * 1000;

/** Removes leftovers of killed processes. */
function removeAbandoned(folder: string): void {
  for (const name of readdirSync(folder).filter((each) => isOwn(TEMPORARY, each))) {
    const written = lstatSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs;
    if (written !== undefined && Date.now() - written > ABANDONED_AFTER) rmSync(join(folder, name), { force: true });
  }
}

/** Runs `move`; if the folder is missing, creates it and tries again. */
function intoFolder(target: string, move: (target: string) => void): void {
  try {
    move(target);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    mkdirSync(dirname(target), { recursive: true, mode: FOLDER_MODE });
    move(target);
  }
}

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    // Some file systems do not support links.
    if (codeOf(error) === 'ENOENT') throw error;
    copyFileSync(from, to);
  }
}

/** Removes a folder and its parents while they are empty, including that of the bucket. */
function pruneFolders(folder: string, dir: string): void {
  const depth = folder.slice(dir.length + 1).split(/[\\/]/).length;
  if (depth <= 1) return;
  try {
    rmdirSync(folder);
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(codeOf(error) ?? '')) return;
    throw error;
  }
  pruneFolders(dirname(folder), dir);
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;
