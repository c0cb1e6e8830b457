/** Common to all resumed runs: errors file, earlier failures, completed records. */
import type { Context } from '../../../context.js';
import type { Checkpoint } from './checkpoint.js';
import { counted } from '../../../utils/quantities.js';
import { again, shortPath } from '../../../utils/command-line.js';
import type { Tally } from '../../../utils/tally.js';
import { refuseExisting } from '../errors-file.js';
import { failedRecords } from '../failures.js';

export interface ErrorsFile {
  /** Absolute, or `s3://bucket/key`; undefined for none. */
  path?: string;
  /** Whether it was given by --errors-file. */
  isGiven: boolean;
}

type Earlier = Pick<Checkpoint<never>, 'errorsFile' | 'failed'>;

/** A resumed run appends to the errors file of the earlier one, unless told otherwise. As options of a bulk run. */
export async function continuedErrorsFile(
  { path, isGiven }: ErrorsFile,
  earlier: Earlier | undefined,
  { aws, cwd }: Context,
) {
  const errorsFile = isGiven ? path : (earlier?.errorsFile ?? path);
  const appendErrors = errorsFile !== undefined && errorsFile === earlier?.errorsFile;
  if (isGiven && path !== undefined && !appendErrors) await refuseExisting(shortPath(path, cwd), aws);
  return { errorsFile, appendErrors };
}

/** What is said of an interrupted run that can be resumed, behind what it has done. */
export const toContinue = (argv: readonly string[], done = ''): string[] => [
  `${done}To continue with the rest:`,
  `  ${again(argv, '--resume')}`,
];

/** Counts records completed by the earlier run. */
export function countAlreadyDone(tally: Tally, records: number): void {
  if (records === 0) return;
  tally.skipped += records;
  tally.alreadyDone = (tally.alreadyDone ?? 0) + records;
}

/** @throws PartialFailure (exit 4) where the earlier run had failures */
export function throwEarlierFailures(
  earlier: Earlier | undefined,
  { retry, cwd }: { retry?: (errorsFile: string) => string; cwd: string },
): void {
  if (!earlier?.failed) return;
  const { failed, errorsFile } = earlier;
  throw failedRecords(`${counted(failed, 'record')} failed in the run before`, { failed, errorsFile, retry, cwd });
}
