/** The files of objects: unique names, and deletion only after the commit. */
import { randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { markPath, objectPath } from './object-path.js';
import type { Core } from '../store/core.js';
import { FILE_MODE, FOLDER_MODE, isOwn } from '../store/folder.js';

const CURRENT = 's3';
const TEMPORARY = 's3-temp';

export type ObjectFiles = ReturnType<typeof openObjectFiles>;

/**
 * Paths are relative to the folder of the store. All functions but `temp` and `sweep` are for use inside a write
 * transaction. No file that the last commit refers to is touched before the next one, so a kill leaves either the old
 * object or the new one.
 */
export function openObjectFiles({ dir, env }: Pick<Core, 'dir' | 'env'>) {
  /** Discarded paths; the value distinguishes repeated discards of a path. */
  const garbage = env.openDB<string, string>({ name: 's3-garbage' });
  const absolute = (path: string): string => join(dir, path);
  mkdirSync(absolute(CURRENT), { recursive: true, mode: FOLDER_MODE });
  mkdirSync(absolute(TEMPORARY), { recursive: true, mode: FOLDER_MODE });
  removeAbandoned(absolute(TEMPORARY));
  const foldsCase = existsSync(absolute(CURRENT.toUpperCase()));

  return {
    /** A new absolute path, on the file system of the objects. */
    temp: () => join(dir, TEMPORARY, randomUUID()),
    absolute,
    /** Moves a file to an unused path. */
    moveTo(path: string, file: string): void {
      // DuckDB creates files with the default umask.
      chmodSync(file, FILE_MODE);
      mkdirSync(dirname(absolute(path)), { recursive: true, mode: FOLDER_MODE });
      renameSync(file, absolute(path));
    },
    /** The path of a new version of an object; that of its key, unless the file of another version is there. */
    pathOf(bucket: string, key: string, taken: readonly (string | undefined)[]): string {
      const path = `${CURRENT}/${bucket}/${objectPath(key, { foldsCase })}`;
      const used = taken.includes(path) || garbage.doesExist(path);
      return used ? markPath(path, randomBytes(4).toString('hex')) : path;
    },
    /** Marks a file, or a folder with its content, for deletion. */
    discard: (path: string): void => void garbage.put(path, randomUUID()),
    /** Deletes what committed transactions have discarded, and folders left empty. */
    async sweep(): Promise<void> {
      env.resetReadTxn();
      const committed = [...garbage.getRange()];
      if (committed.length === 0) return;
      await garbage.transaction(() => {
        for (const { key: path, value } of committed) {
          if (garbage.get(path) !== value) continue;
          rmSync(absolute(path), { force: true, recursive: true });
          pruneFolders(dirname(absolute(path)), dir);
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

/** Removes a folder and its parents while they are empty, including that of the bucket. */
function pruneFolders(folder: string, dir: string): void {
  const depth = folder.slice(dir.length + 1).split(/[\\/]/).length;
  if (depth <= 1) return;
  try {
    rmdirSync(folder);
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) return;
    throw error;
  }
  pruneFolders(dirname(folder), dir);
}
