/** The checkpoint of a run: a small file that survives a kill at any moment, and has one writer at a time. */
import { dirname } from 'node:path';
import { RefusedError } from '../../../errors.js';
import type { Context } from '../../../context.js';
import { isCleared, removeClearedMark } from './cleared.js';
import { isRanges, isWithin, openRanges, sizeOf, type Range } from './number-ranges.js';
import { lockRun, refuseHeld } from './run-lock.js';
import { openStateFile, removeEmpty, type StateFile } from '../../../files/state-file.js';
import { makeFolder } from '../../../files/whole-file.js';

/** Interval between writes. */
const WRITE_EVERY_MS = 1000;

/** State of the errors file. */
export interface FailedSoFar {
  errorsFile?: string;
  /** Records written to it by this run. */
  failed: number;
}

/** Content of the file. */
interface State<Identity, Notes> {
  /** Identifies the run. */
  identity: Identity;
  /** Anything else a resumed run needs. */
  notes: Notes;
  errorsFile?: string;
  /** Number of records in the errors file. */
  failed: number;
  /** Record numbers, from 0, that were acknowledged or are in the errors file. */
  settled: Range[];
}

export type Checkpoint<Notes> = ReturnType<typeof openCheckpoint<unknown, Notes>>;

export interface CheckpointOptions<Identity> {
  /** Absolute. */
  path: string;
  identity: Identity;
  /** Resume an earlier run; if false, only mention it. */
  resume?: boolean;
  /** What has changed since, as a sentence. */
  changed(before: Identity): string | undefined;
}

/**
 * Opens the checkpoint at a path; writes nothing before `begin`.
 * @throws RefusedError (exit 6) where another run is active, `--resume` would continue a different run, or the file is
 * damaged
 */
export function openCheckpoint<Identity, Notes>(
  { path, identity, resume = false, changed }: CheckpointOptions<Identity>,
  { output, onClose }: Pick<Context, 'output' | 'onClose'>,
) {
  refuseHeld(lockOf(path));
  const file = openStateFile<State<Identity, Notes>>(path);
  const found = foundIn(file, { resume, path, warn: output.warn });
  const wasCleared = found !== undefined && isCleared(path);
  const why = wasCleared
    ? `${path} is of a run into a group that was cleared later, so what that had written is gone.`
    : found && changed(found.identity);
  if (resume && why) throw new RefusedError(`${why} Run without --resume to start over.`);
  const earlier = resume ? found : undefined;
  const before = earlier?.settled ?? [];
  const settled = openRanges(before);
  let state: State<Identity, Notes> | undefined;
  /** Whether the folder is writable, and whether the file in it is up to date. */
  let [isLocked, isKept] = [false, false];
  let isOnDisk = found !== undefined;
  let isWarned = false;
  let writtenAt = performance.now();

  const attempt = (step: () => void) => {
    try {
      step();
      isKept = true;
    } catch (error) {
      if (error instanceof RefusedError) throw error;
      isKept = false;
      if (isWarned) return;
      isWarned = true;
      const { message } = error as Error;
      output.warn(
        isLocked && isOnDisk
          ? `the checkpoint cannot be written (${message}): if this run is interrupted, --resume may do again what was done since.`
          : `no checkpoint can be written, so --resume will not be possible (${message}).`,
      );
    }
  };
  const write = () => {
    writtenAt = performance.now();
    if (!state || !isLocked) return;
    attempt(() => {
      file.write(state!);
      isOnDisk = true;
    });
  };
  const update = ({ errorsFile, failed }: FailedSoFar) => {
    if (state) state = { ...state, errorsFile, failed: (earlier?.failed ?? 0) + failed, settled: settled.list() };
  };
  return {
    /**
     * The interrupted run: how many records it completed, whether it was the same as this one, and whether its
     * group was cleared since.
     */
    left: found && { settled: sizeOf(found.settled), isSame: why === undefined, wasCleared },
    /** Notes of the resumed run; undefined for a new run. */
    notes: earlier?.notes,
    /** Errors file of that run. */
    errorsFile: earlier?.errorsFile,
    /** Failures in it. */
    failed: earlier?.failed ?? 0,
    /** Number of records completed by that run. */
    settledBefore: sizeOf(before),
    /** Whether there is any such run. */
    isBegun: before.length > 0,
    /** Whether that run completed the record of this number, from 0. */
    isSettled: (number: number) => isWithin(before, number),
    /** Call before the first request. Throws RefusedError (exit 6) where another run is active. */
    begin(notes: Notes): void {
      if (state) return;
      state = earlier ?? { identity, notes, failed: 0, settled: [] };
      attempt(() => {
        makeFolder(dirname(path));
        const unlock = lockRun(lockOf(path));
        isLocked = true;
        onClose(() => {
          unlock();
          removeEmpty(dirname(path));
        });
        // In this order: without the mark, that run could be resumed.
        if (wasCleared) file.remove();
        removeClearedMark(path);
        isOnDisk &&= !wasCleared;
      });
    },
    /** Stores more notes for a resumed run. */
    note(change: Partial<Notes>): void {
      if (state) state = { ...state, notes: { ...state.notes, ...change } };
      write();
    },
    /** Marks records as acknowledged, or as written to the errors file. */
    settle(numbers: Iterable<number>, failures: FailedSoFar): void {
      for (const number of numbers) settled.add(number);
      // Saved with the first line of that file: a resumed run must append to it, and may be refused a second one of that name.
      const isNew = failures.failed > 0 && state?.errorsFile !== failures.errorsFile;
      if (!isNew && performance.now() - writtenAt < WRITE_EVERY_MS) return;
      update(failures);
      write();
    },
    /** Whether an interrupted run could be resumed as it is now. */
    isKept: () => isKept,
    /** Saves the progress. Returns the number of completed records; undefined where `--resume` will not be possible. */
    keep(failures: FailedSoFar): number | undefined {
      update(failures);
      write();
      return isKept ? sizeOf(settled.list()) : undefined;
    },
    /** Removes the checkpoint: the run is complete. */
    remove(): void {
      // Even if it could no longer be written: left behind, it would look like that of an interrupted run.
      if (isLocked)
        attempt(() => {
          file.remove();
          removeClearedMark(path);
        });
      [isLocked, isKept] = [false, false];
    },
  };
}

const lockOf = (path: string) => `${path}.lock`;

/** The saved state, if it is intact; else it cannot be resumed. */
function foundIn<Identity, Notes>(
  file: StateFile<State<Identity, Notes>>,
  { resume, warn, path }: { resume: boolean; warn(line: string): void; path: string },
): State<Identity, Notes> | undefined {
  const state = file.read();
  if (state === undefined || (state !== 'damaged' && isSound(state))) return state;
  const what = `${path} is damaged, or was left by another version of this tool`;
  if (resume) throw new RefusedError(`${what}: run without --resume to start over, which writes all records again.`);
  warn(`${what}: this run starts over.`);
  return undefined;
}

const isSound = ({ failed, settled, errorsFile = '' }: State<unknown, unknown>) =>
  Number.isSafeInteger(failed) && failed >= 0 && isRanges(settled) && typeof errorsFile === 'string';
