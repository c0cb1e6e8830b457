/** One run at a time: a file that names the process which is at it, and that means nothing once that process is gone. */
import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync, utimesSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { RefusedError } from '../../../errors.js';
import { isRunning, PROCESS_ID } from '../../../host.js';
import { OWNER_ONLY } from '../../../files/whole-file.js';

/** Of a process on another machine, which shares the folder, only the time of its lock can be seen. */
const TOUCH_EVERY_MS = 10_000;
const FORGOTTEN_AFTER_MS = 60_000;

/** Held by runs of this process, which may have the number of one that is gone. */
const ours = new Set<string>();

/**
 * Takes the lock and returns how to give it back.
 * @throws RefusedError (exit 6) where another run holds it; what keeps the file from being made
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
      rmSync(path, { force: true });
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

/** @throws RefusedError (exit 6) where another run holds the lock; nothing is taken */
export function refuseHeld(path: string): void {
  if (!existsSync(path)) return;
  const { pid, host } = holderOf(path);
  const isFresh = () => Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) < FORGOTTEN_AFTER_MS;
  const isHeld = ours.has(path) || (host === hostname() ? pid !== PROCESS_ID && isRunning(pid) : isFresh());
  if (!isHeld) return;
  throw new RefusedError(
    `Another run (process ${pid} on ${host}) is doing this already: wait until it has ended, or remove ${path} if there is no such run.`,
  );
}

/** A lock that was just made may be empty yet: it is as good as that of another machine. */
function holderOf(path: string): { pid: number; host: string } {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as { pid: number; host: string };
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT')
      return { pid: 0, host: 'an unknown machine' };
    throw error;
  }
}

/** A mere hint for other machines: where it cannot be given (removed by hand, a file system that is gone), the run goes on. */
function touch(path: string): void {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    return;
  }
}
