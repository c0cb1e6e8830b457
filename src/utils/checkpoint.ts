/** How far a run is, in a small file that survives a kill at any moment; and which file it was about. */
import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UsageError } from '../errors.js';

/** Between two writes of a checkpoint. */
const WRITE_EVERY_MS = 1000;
/** What is hashed of an input: a file that was written anew rarely keeps its length, its time and its beginning. */
const HEAD_BYTES = 64 * 1024;

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

/** What tells a file from the one that was there before. */
export interface FileIdentity {
  path: string;
  size: number;
  /** ISO-8601. */
  modified: string;
  /** SHA-256 of the first bytes. */
  head: string;
}

/**
 * Identifies a file by its path, size, time and beginning; undefined for what is none, such as a pipe, which must not even
 * be opened.
 * @throws what keeps the file from being read
 */
export async function identifyFile(path: string): Promise<FileIdentity | undefined> {
  const stats = await stat(path);
  if (!stats.isFile()) return undefined;
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { end: HEAD_BYTES - 1 })) hash.update(chunk as Buffer);
  return { path, size: stats.size, modified: stats.mtime.toISOString(), head: hash.digest('hex') };
}
