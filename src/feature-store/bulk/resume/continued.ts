/** What runs that go on where an earlier one stopped have in common: its errors file, its failures, what it had done. */
import type { Context } from '../../../context.js';
import { PartialFailure } from '../../../errors.js';
import type { Checkpoint } from './checkpoint.js';
import { counted } from '../../../utils/quantities.js';
import { shortPath } from '../../../utils/command-line.js';
import type { Tally } from '../../../utils/tally.js';
import { refuseExisting } from '../errors-file.js';

export interface ErrorsFile {
  /** Absolute, or `s3://bucket/key`; undefined where none can be kept. */
  path?: string;
  /** Whether --errors-file names it. */
  isGiven: boolean;
}

type Earlier = Pick<Checkpoint<never>, 'errorsFile' | 'failed'>;

/** Failures of one run belong together: those of a continued one go where the earlier ones are, unless told otherwise. */
export async function continuedErrorsFile(
  { path, isGiven }: ErrorsFile,
  earlier: Earlier | undefined,
  { aws }: Context,
): Promise<string | undefined> {
  if (!isGiven) return earlier?.errorsFile ?? path;
  if (path !== undefined && path !== earlier?.errorsFile) await refuseExisting(path, aws);
  return path;
}

/** Counts records that the earlier run has dealt with. */
export function countAlreadyDone(tally: Tally, records: number): void {
  if (records === 0) return;
  tally.skipped += records;
  tally.alreadyDone = (tally.alreadyDone ?? 0) + records;
}

/** @throws PartialFailure (exit 4) where records of the earlier run are in its errors file */
export function throwEarlierFailures(
  earlier: Earlier | undefined,
  { retry, cwd }: { retry?: (errorsFile: string) => string; cwd: string },
): void {
  if (!earlier?.failed) return;
  const { failed, errorsFile } = earlier;
  const what = `${counted(failed, 'record')} failed in the run before`;
  if (errorsFile === undefined) throw new PartialFailure(`${what}.`);
  const file = shortPath(errorsFile, cwd);
  throw new PartialFailure(`${what}; see ${file}. To send ${failed === 1 ? 'it' : 'them'} again:`, {
    next: retry?.(file),
  });
}
