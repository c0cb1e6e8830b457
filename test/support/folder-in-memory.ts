/** Before all tests: their folders are kept in memory where there is room for them, since stores write to disk all the time. */
import { existsSync, mkdirSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning } from '../../src/host.js';

const MEMORY = '/dev/shm';
/** Several times what the tests have there at a time. */
const ROOM_BYTES = 2 ** 31;
/** Of a folder, with the process that runs the tests; short, for paths are part of what is printed. */
const NAME = /^sfs(\d+)$/;

/** Sets TMPDIR for the workers, which start later; returns what removes the folder. */
export default function useMemory(): (() => void) | undefined {
  if (!existsSync(MEMORY)) return undefined;
  const { bavail, bsize } = statfsSync(MEMORY);
  if (bavail * bsize < ROOM_BYTES) return undefined;
  removeAbandoned();
  const folder = join(MEMORY, `sfs${process.pid}`);
  mkdirSync(folder, { mode: 0o700 });
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}

/** Of runs that were killed. */
function removeAbandoned(): void {
  for (const name of readdirSync(MEMORY)) {
    const pid = Number(NAME.exec(name)?.[1]);
    if (pid === process.pid || (pid && !isRunning(pid))) rmSync(join(MEMORY, name), { recursive: true, force: true });
  }
}
