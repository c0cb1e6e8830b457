/** The files that hold objects: a name of its own for each, and what is no longer needed goes after the commit. */
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

/** An object's bucket and key, and the paths that its versions have already. */
export interface Place {
  bucket: string;
  key: string;
  taken: readonly string[];
}

/**
 * Paths are relative to the store's folder. All but `temp` and `sweep` are for use inside a write transaction, and no
 * file that the last commit speaks of is touched before the next: a kill leaves the old object or the new one.
 */
export interface ObjectFiles {
  /** A fresh absolute path, on the file system of the objects. */
  temp(): string;
  absolute(path: string): string;
  /** Moves a file to a path that nothing else uses. */
  moveTo(path: string, file: string): void;
  /** Moves a file to where the current version of an object is; returns its path. */
  moveIn(place: Place, file: string): string;
  /** Gives a current version that has been superseded a second path, away from the current ones. */
  setAside(place: Place, path: string): string;
  /** The way back, for a version that is the current one again. */
  bringBack(place: Place, path: string): string;
  isAside(path: string): boolean;
  /** Gives up a file, or a folder with all that is in it. */
  discard(path: string): void;
  /** Removes what committed transactions have discarded, and the folders that this leaves empty. */
  sweep(): Promise<void>;
}

export function openObjectFiles({ dir, env }: Pick<Core, 'dir' | 'env'>): ObjectFiles {
  /** Discarded paths; the value tells one discard of a path from the next. */
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
    // DuckDB makes its files as the umask says.
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

/** Longer than any upload takes, milliseconds. */
const ABANDONED_AFTER = 24 * 60 * 60 * 1000;

/** Removes what killed processes were writing. */
function removeAbandoned(folder: string): void {
  for (const name of readdirSync(folder).filter((each) => isOwn(TEMPORARY, each))) {
    const written = lstatSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs;
    if (written !== undefined && Date.now() - written > ABANDONED_AFTER) rmSync(join(folder, name), { force: true });
  }
}

/** Runs `move`, and once more with the folder made when it was missing. */
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
    // Some file systems have no links.
    if (codeOf(error) === 'ENOENT') throw error;
    copyFileSync(from, to);
  }
}

/** Removes a folder and those above it while they are empty, the bucket's own among them. */
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
