/** How far a run is: a small file that survives a kill at any moment, and that one run at a time writes. */
import { dirname } from 'node:path';
import { RefusedError } from '../../../errors.js';
import type { Context } from '../../../context.js';
import { isRanges, isWithin, openRanges, sizeOf, type Range } from './ranges.js';
import { lockRun, refuseHeld } from './run-lock.js';
import { openStateFile, removeEmpty, type StateFile } from '../../../files/state-file.js';
import { makeFolder } from '../../../files/whole-file.js';

/** Between two writes of a checkpoint. */
const WRITE_EVERY_MS = 1000;

/** How the errors file stands. */
export interface FailedSoFar {
  errorsFile?: string;
  /** Records that this run put there. */
  failed: number;
}

/** What the file holds. */
interface State<Identity, Notes> {
  /** What the run was about. */
  identity: Identity;
  /** Whatever else a run that goes on has to know. */
  notes: Notes;
  errorsFile?: string;
  /** Records that are in the errors file. */
  failed: number;
  /** Numbers of the records, from 0, that were acknowledged, or are in the errors file. */
  settled: Range[];
}

export interface Checkpoint<Notes> {
  /** What an interrupted run left: how many records it dealt with, and whether it was about the same as this one. */
  readonly left?: { settled: number; isSame: boolean };
  /** Notes of the run that this one continues; undefined for a run from the start. */
  readonly notes?: Notes;
  /** Where that run put its failures. */
  readonly errorsFile?: string;
  /** Failures in there. */
  readonly failed: number;
  /** Records that run has dealt with. */
  readonly settledBefore: number;
  /** Whether there is any. */
  readonly isBegun: boolean;
  /** Whether that run has dealt with the record of this number, counted from 0. */
  isSettled(number: number): boolean;
  /** Before anything is asked or changed. Throws RefusedError (exit 6) where another run is at it. */
  begin(notes: Notes): void;
  /** Keeps something else that a run which goes on has to know. */
  note(change: Partial<Notes>): void;
  /** The records of these numbers were acknowledged, or are in the errors file. */
  settle(numbers: Iterable<number>, failures: FailedSoFar): void;
  /** Writes down how far the run came; the number of records that are dealt with, or undefined where `--resume` cannot go on. */
  keep(failures: FailedSoFar): number | undefined;
  /** Nothing is left to do. */
  remove(): void;
}

export interface CheckpointOptions<Identity> {
  /** Absolute. */
  path: string;
  identity: Identity;
  /** True to continue; otherwise an earlier run is only told of. */
  resume?: boolean;
  /** What is no longer as it was, as a sentence. */
  changed(before: Identity): string | undefined;
}

/**
 * Opens the checkpoint at a path; nothing is written before `begin`.
 * @throws RefusedError (exit 6) where another run is at it, `--resume` would continue something else, or the file is damaged
 */
export function openCheckpoint<Identity, Notes>(
  { path, identity, resume = false, changed }: CheckpointOptions<Identity>,
  { output, onClose }: Pick<Context, 'output' | 'onClose'>,
): Checkpoint<Notes> {
  refuseHeld(lockOf(path));
  const file = openStateFile<State<Identity, Notes>>(path);
  const found = foundIn(file, { resume, path, warn: output.warn });
  const why = found && changed(found.identity);
  if (resume && why) throw new RefusedError(`${why} Run without --resume to start over.`);
  const earlier = resume ? found : undefined;
  const before = earlier?.settled ?? [];
  const settled = openRanges(before);
  let state: State<Identity, Notes> | undefined;
  let isKept = false;
  let writtenAt = performance.now();

  const attempt = (step: () => void) => {
    try {
      step();
    } catch (error) {
      if (error instanceof RefusedError) throw error;
      isKept = false;
      output.warn(`no checkpoint can be written, so --resume will not be possible (${(error as Error).message}).`);
    }
  };
  const write = () => {
    writtenAt = performance.now();
    if (state && isKept) attempt(() => file.write(state!));
  };
  const update = ({ errorsFile, failed }: FailedSoFar) => {
    if (state) state = { ...state, errorsFile, failed: (earlier?.failed ?? 0) + failed, settled: settled.list() };
  };
  return {
    left: found && { settled: sizeOf(found.settled), isSame: why === undefined },
    notes: earlier?.notes,
    errorsFile: earlier?.errorsFile,
    failed: earlier?.failed ?? 0,
    settledBefore: sizeOf(before),
    isBegun: before.length > 0,
    isSettled: (number) => isWithin(before, number),
    begin(notes) {
      if (state) return;
      state = earlier ?? { identity, notes, failed: 0, settled: [] };
      attempt(() => {
        makeFolder(dirname(path));
        const unlock = lockRun(lockOf(path));
        isKept = true;
        onClose(() => {
          unlock();
          removeEmpty(dirname(path));
        });
      });
    },
    note(change) {
      if (state) state = { ...state, notes: { ...state.notes, ...change } };
      write();
    },
    settle(numbers, failures) {
      for (const number of numbers) settled.add(number);
      if (performance.now() - writtenAt < WRITE_EVERY_MS) return;
      update(failures);
      write();
    },
    keep(failures) {
      update(failures);
      write();
      return isKept ? sizeOf(settled.list()) : undefined;
    },
    remove() {
      if (isKept) attempt(() => file.remove());
      isKept = false;
    },
  };
}

const lockOf = (path: string) => `${path}.lock`;

/** What is there, if it is whole: only that can be gone on with. */
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
