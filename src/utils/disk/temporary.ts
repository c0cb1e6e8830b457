/** Names for files that are not whole yet; the process in them tells the next run what a killed one has left. */
import { createHash, randomBytes } from 'node:crypto';
import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { codeOf } from '../../errors.js';
import { isRunning, PROCESS_ID } from '../../host.js';

const RANDOM_BYTES = 3;
/** Of the machine: a process of another one, which shares the folder, cannot be asked for. */
const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 6);
/** What two runs on one machine share is not theirs alone: containers may have one name and see different processes. */
const FORGOTTEN_AFTER_MS = 15 * 60_000;

/** `out.csv` → `out.csv.1a2b-0f3e21-9c4d5e.tmp` */
export const besides = (path: string): string =>
  `${path}.${PROCESS_ID.toString(36)}-${HOST}-${randomBytes(RANDOM_BYTES).toString('hex')}.tmp`;

/** What another thing was before it was replaced has one more ending. */
const MADE = /^\.([0-9a-z]+)-([0-9a-f]{6})-[0-9a-f]{6}\.tmp(?:\.before)?$/;

/** What killed runs on this machine have left beside this very path, untouched for a while. */
export function leftBeside(path: string): string[] {
  const [folder, name] = [dirname(path), basename(path)];
  return namesIn(folder)
    .filter((each) => each.startsWith(name) && isLeft(each.slice(name.length)))
    .map((each) => join(folder, each))
    .filter((each) => Date.now() - touchedAt(each) > FORGOTTEN_AFTER_MS);
}

function isLeft(ending: string): boolean {
  const [, pid = '', host] = MADE.exec(ending) ?? [];
  return host === HOST && !isRunning(parseInt(pid, 36));
}

/** Removes the files among them. */
export function removeLeftFiles(path: string): void {
  for (const each of leftBeside(path))
    if (lstatSync(each, { throwIfNoEntry: false })?.isFile()) rmSync(each, { force: true });
}

/** Whether the path can be written is for others to say. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (/^E(NOENT|NOTDIR|ACCES|PERM)$/.test(codeOf(error))) return [];
    throw error;
  }
}

/** Of a folder, also by what is in it. */
function touchedAt(path: string): number {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats) return Infinity;
  const within = stats.isDirectory() ? namesIn(path).map((name) => touchedAt(join(path, name))) : [];
  return Math.max(stats.mtimeMs, ...within);
}
