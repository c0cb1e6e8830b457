/** A lock file with the process that holds it; it is void once that process is gone. */
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { RefusedError } from '../../../errors.js';
import { isRunning, PROCESS_ID } from '../../../host.js';
import { OWNER_ONLY } from '../../../files/whole-file.js';

/** For a process on another machine that shares the folder, only the age of the lock can be checked. */
const TOUCH_EVERY_MS = 10_000;
const FORGOTTEN_AFTER_MS = 60_000;

/** Locks of this process, whose id may be that of a former lock holder. */
const ours = new Set<string>();

/**
 * Takes the lock, and returns the function to release it.
 * @throws RefusedError (exit 6) where another run holds it; errors of creating the file
 */
export function lockRun(path: string): () => void {
  for (;;) {
    try {
      const descriptor = openSync(path, 'wx', OWNER_ONLY);
      writeSync(descriptor, JSON.stringify({ pid: PROCESS_ID, host: hostname() }));
      closeSync(descriptor);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      refuseHeld(path);
      takeAway(path);
    }
  }
  ours.add(path);
  const timer = setInterval(() => touch(path), TOUCH_EVERY_MS).unref();
  return () => {
    clearInterval(timer);
    ours.delete(path);
    rmSync(path, { force: true });
  };
}

/** @throws RefusedError (exit 6) where another run holds the lock, which is not taken */
export function refuseHeld(path: string): void {
  if (!existsSync(path) || !isHeld(path)) return;
  const { pid, host } = holderOf(path);
  throw new RefusedError(
    `Another run (process ${pid} on ${host}) is doing this already: wait until it has ended, or remove ${path} if there is no such run.`,
  );
}

function isHeld(path: string): boolean {
  const { pid, host } = holderOf(path);
  if (ours.has(path)) return true;
  if (host === hostname()) return pid !== PROCESS_ID && isRunning(pid);
  return Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) < FORGOTTEN_AFTER_MS;
}

/** Of several runs that find one void lock, one moves it away; another may move the new lock of that one, and gives it back. */
function takeAway(path: string): void {
  const aside = `${path}.${PROCESS_ID}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return;
  }
  if (isHeld(aside) && !existsSync(path)) renameSync(aside, path);
  rmSync(aside, { force: true });
}

/** A new lock may still be empty; it is treated like one of another machine. */
function holderOf(path: string): { pid: number; host: string } {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as { pid: number; host: string };
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT')
      return { pid: 0, host: 'an unknown machine' };
    throw error;
  }
}

/** Only a hint for other machines; if it fails (file removed, file system gone), the run goes on. */
function touch(path: string): void {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    return;
  }
}
