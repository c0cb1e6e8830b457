/** How far a run is, in a small file that survives a kill at any moment. */
import { mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { UsageError } from '../errors.js';

/** Between two writes of a checkpoint. */
const WRITE_EVERY_MS = 1000;

export interface Checkpoint<T> {
  /** What an earlier run left; undefined where there is nothing. */
  read(): T | undefined;
  /** Writes the state, unless that was done less than a second ago. */
  keep(state: () => T): void;
  /** Writes the state now. */
  write(state: T): void;
  remove(): void;
}

/**
 * Opens the checkpoint at a path; nothing is written before the run has lasted a second.
 * @param onFailure is told, once, that the file cannot be written: the run itself can go on
 */
export function openCheckpoint<T>(path: string, onFailure: (error: Error) => void): Checkpoint<T> {
  let writtenAt = performance.now();
  let failed = false;
  function write(state: T): void {
    writtenAt = performance.now();
    if (failed) return;
    try {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(`${path}.tmp`, JSON.stringify(state));
      renameSync(`${path}.tmp`, path);
    } catch (error) {
      failed = true;
      onFailure(error as Error);
    }
  }
  return {
    read: () => readCheckpoint(path) as T | undefined,
    keep(state) {
      if (performance.now() - writtenAt >= WRITE_EVERY_MS) write(state());
    },
    write,
    remove() {
      rmSync(path, { force: true });
      removeEmpty(dirname(path));
      removeEmpty(dirname(dirname(path)));
    },
  };
}

function readCheckpoint(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (error instanceof SyntaxError) throw new UsageError(`${path} is no checkpoint: remove it.`, { cause: error });
    throw error;
  }
}

/** Other checkpoints, or the embedded store, may lie in the same folder. */
function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
