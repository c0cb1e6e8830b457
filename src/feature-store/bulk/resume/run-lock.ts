/** A lock file that names the process holding it; the lock is void once that process is gone. */
import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { RefusedError } from '../../../errors.js';
import { isRunning, PROCESS_ID } from '../../../host.js';
import { OWNER_ONLY } from '../../../files/whole-file.js';

/** For a process on another machine that shares the folder, only the age of the lock can be checked. */
const TOUCH_EVERY_MS = 10_000;
const FORGOTTEN_AFTER_MS = 60_000;

/** Locks held by this process, whose id may once have belonged to another holder. */
const ours = new Set<string>();

/** Whether this process holds the lock. */
export const isOurs = (path: string): boolean => ours.has(path);

/**
 * Takes the lock, and returns the function to release it.
 * @throws RefusedError (exit 6) where another run holds it; errors of creating the file
 */
export function lockRun(path: string): () => void {
  for (;;) {
    try {
      writeNew(path, JSON.stringify({ pid: PROCESS_ID, host: hostname() }));
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

/** Leaves no file behind if the disk is full: an empty lock would keep the next run out for a minute. */
function writeNew(path: string, text: string): void {
  const descriptor = openSync(path, 'wx', OWNER_ONLY);
  try {
    writeFileSync(descriptor, text);
  } catch (error) {
    rmSync(path, { force: true });
    throw Object.assign(error as Error, { path });
  } finally {
    closeSync(descriptor);
  }
}

/** Does not take the lock. @throws RefusedError (exit 6) where another run holds it */
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

/** Longer than a process needs to check a lock and remove it. */
const GUARDED_MS = 10_000;
const LOOK_AGAIN_MS = 10;

/**
 * Removes a void lock. Only one run at a time may do so, holding a guard, and it checks the lock again: if several runs
 * found it void, the first of them may have put its own lock there by now.
 */
function takeAway(path: string): void {
  const guard = `${path}.void`;
  try {
    closeSync(openSync(guard, 'wx', OWNER_ONLY));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const since = statSync(guard, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    // The process that held the guard was killed.
    if (Date.now() - since > GUARDED_MS) rmSync(guard, { force: true });
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_AGAIN_MS);
    return;
  }
  try {
    if (!isHeld(path)) rmSync(path, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

/** A new lock may still be empty; it is treated like one from another machine. */
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
