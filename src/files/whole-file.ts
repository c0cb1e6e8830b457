/** Files and folders of the tool's own, which only their owner may read; and whether a path can be written at all. */
import { closeSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { codeOf, UsageError } from '../errors.js';
import { isS3 } from '../s3/address.js';
import { besides } from '../utils/disk/temporary.js';

/** Records, and what failed of them, are nobody else's business. */
export const OWNER_ONLY = 0o600;

/** Writes a small file under a temporary name and renames it: whoever looks sees the old one or the new one. */
export function writeWhole(file: string, text: string): void {
  const temporary = besides(file);
  try {
    writeFileSync(temporary, text, { mode: OWNER_ONLY, flag: 'wx' });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    // The person knows nothing of the other name.
    throw Object.assign(error as Error, { path: file });
  }
}

/** Makes a folder and those above it that are missing. */
export function makeFolder(folder: string): void {
  // Where a folder that is there takes no other, such as /proc, mkdir of Node goes on for ever with `recursive`.
  const parent = dirname(folder);
  if (isFolder(folder)) return;
  if (parent !== folder) makeFolder(parent);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another run was quicker.
    if (codeOf(error) !== 'EEXIST' || !isFolder(folder)) throw error;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Why a file cannot be written there, in words; undefined where it can. A file that is there is left as it is. */
export function whyUnwritable(path: string): string | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats?.isDirectory()) return 'it is a directory, not a file';
    // To open a pipe would wait for its reader.
    if (stats && !stats.isFile()) return undefined;
    const temporary = besides(path);
    closeSync(openSync(temporary, 'wx', OWNER_ONLY));
    rmSync(temporary);
    return undefined;
  } catch (error) {
    return WORDS[codeOf(error)]?.(folderOf(path)) ?? (error as Error).message;
  }
}

/** A bare name has no folder to name. */
const folderOf = (path: string) => (dirname(path) === '.' ? 'the working directory' : dirname(path));

const WORDS: Record<string, (folder: string) => string> = {
  ENOENT: (folder) => `the directory ${folder} does not exist`,
  ENOTDIR: (folder) => `${folder} is not a directory`,
  EACCES: (folder) => `nothing may be written to ${folder}`,
  EPERM: (folder) => `nothing may be written to ${folder}`,
  EROFS: (folder) => `${folder} is on a read-only file system`,
  ENOSPC: () => 'the disk is full',
  ENAMETOOLONG: () => 'its name is too long',
};

/** @throws UsageError where a file cannot be written: to be asked before the first call */
export function refuseUnwritable(path: string): void {
  const why = whyUnwritable(path);
  if (why !== undefined) throw new UsageError(`${path} cannot be written: ${why}.`);
}

/**
 * A path that works from here, and is how messages name the file: as it was typed, since the process works in `cwd`. It is made
 * absolute only for a caller that works elsewhere. Compare two files by their `wholePath`.
 */
export function userPath(cwd: string, path: string): string {
  const whole = wholePath(cwd, path);
  return whole === resolve(path) ? path : whole;
}

/** Where a path leads, absolute; `-` and s3:// addresses stay as they are. */
export function wholePath(cwd: string, path: string): string {
  return path === '-' || isS3(path) ? path : resolve(cwd, path);
}
