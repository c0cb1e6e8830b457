/** Writes the records of a file: read → shape → check → write → tally, and on from where an earlier run stopped. */
import type { Context } from '../../context.js';
import { CommandError, EXIT, PartialFailure, UsageError } from '../../errors.js';
import { refuseExisting } from '../../utils/failures.js';
import { nameOf, readRowBatches, type Format, type ReadPosition } from '../../utils/file-handler.js';
import { count } from '../../utils/progress.js';
import { refuseAllBad, runInBulk, type BulkOptions, type BulkRun, type BulkSummary } from './run.js';
import { checkedItems, type Check, type CheckedItem } from './checked-items.js';
import type { FeatureGroup } from '../groups/describe.js';
import { writeRecords } from '../online/write.js';
import type { WriteOptions, WriteOutcome } from '../online/types.js';
import type { TableShaper } from '../records/shape.js';
import { openResume, type Resume } from './checkpoint.js';

export interface FileWrite {
  /** Absolute, `-` or `s3://bucket/key`. */
  path: string;
  format?: Format;
  group: FeatureGroup;
  /** How the group is named in calls. */
  nameOrArn: string;
  shape: TableShaper;
  writing: Omit<WriteOptions, keyof BulkRun['watching']>;
  /** Go on where an earlier run of the same file and group stopped. */
  resume?: boolean;
  errorsFile: { path: string; isGiven: boolean };
}

/**
 * Writes what an earlier run has not dealt with, and leaves a checkpoint where something is left.
 * @param options for `runInBulk`, but for the errors file
 * @throws as `runInBulk`, and PartialFailure where the run that this one continues had failures
 */
export async function writeFileRecords(
  write: FileWrite,
  options: Omit<BulkOptions, 'errorsFile' | 'appendErrors'> & { ended(summary: BulkSummary): Promise<void> },
  context: Context,
): Promise<void> {
  const resume = await openResume({ ...write, ...context });
  const errorsFile = errorsFileOf(write, resume);
  let complete = false;
  await runInBulk(
    context,
    {
      ...options,
      errorsFile,
      appendErrors: resume.errorsFile === errorsFile,
      async ended(summary) {
        resume.end(complete, { errorsFile, failed: summary.failed });
        await options.ended(summary);
      },
    },
    async (run) => {
      const settle = (numbers: number[]) => resume.settle(numbers, { errorsFile, failed: run.tally.failed });
      const sent = await writeAll(
        write,
        { run, settle, skip: resume.isBegun ? skipper(run, resume) : undefined },
        context,
      );
      complete = !run.signal.aborted;
      if (sent === 0 && run.tally.skipped === 0) refuseNothingValid(write, run);
    },
  );
  if (resume.failed === 0) return;
  const failed = resume.failed === 1 ? '1 record' : `${count(resume.failed)} records`;
  throw new PartialFailure(`${failed} failed in the run before; see ${errorsFile}.`);
}

/** Failures of one file belong together: those of a continued run go where the earlier ones are, unless told otherwise. */
function errorsFileOf({ errorsFile: { path, isGiven } }: FileWrite, earlier: Resume): string {
  if (!isGiven) return earlier.errorsFile ?? path;
  if (path !== earlier.errorsFile) refuseExisting(path);
  return path;
}

function skipper({ tally }: BulkRun, resume: Resume) {
  return (number: number) => {
    const isSettled = resume.isSettled(number);
    if (isSettled) tally.skipped += 1;
    return isSettled;
  };
}

interface Watch {
  run: BulkRun;
  /** The records of these numbers are dealt with. */
  settle?(numbers: number[]): void;
  skip?: Check['skip'];
}

/** Returns how many records were sent. */
async function writeAll(write: FileWrite, watch: Watch, context: Context): Promise<number> {
  const { group, nameOrArn, writing } = write;
  const { run, settle } = watch;
  const target = { runtime: await context.aws.bulkRuntime(), group, nameOrArn };
  let sent = 0;
  try {
    for await (const outcomes of writeRecords(target, checkedInput(write, watch, context), {
      ...writing,
      ...run.watching,
    })) {
      run.settle(outcomes);
      settle?.(numbersOf(outcomes));
      sent += outcomes.length;
    }
  } catch (error) {
    throw brokenOff(error, run);
  }
  return sent;
}

/** A loop and no `map`, for the reason that write-calls.ts gives. */
function numbersOf(outcomes: WriteOutcome<CheckedItem>[]): number[] {
  const numbers: number[] = [];
  for (const { item } of outcomes) numbers.push(item.number);
  return numbers;
}

/** The items of the file, array by array; a bad row is a failure of the run and no item. */
export async function* checkedInput(
  { path, format, group, shape }: FileWrite,
  { run, settle, skip }: Watch,
  { aws, stdin }: Context,
): AsyncGenerator<CheckedItem[]> {
  const position: ReadPosition = { read: 0 };
  const rows = readRowBatches(path, {
    format,
    stdin,
    s3: aws.s3,
    signal: run.signal,
    position,
    isWanted: shape.isWanted,
  });
  const check: Check = {
    shape,
    identifier: group.recordIdentifier,
    fail(failure, number) {
      run.fail(failure);
      settle?.([number]);
    },
    skip,
  };
  for await (const batch of checkedItems(rows, check)) {
    if (position.total) run.tally.share = position.read / position.total;
    yield batch;
  }
}

/** Exit 2 promises that nothing was sent, which is no longer so once records are written. */
function brokenOff(error: unknown, { tally }: BulkRun): unknown {
  if (!(error instanceof UsageError) || tally.ok === 0) return error;
  const message = `${error.message} The ${count(tally.ok)} records before that are written.`;
  return new CommandError(message, EXIT.FAILED, { cause: error });
}

/** @throws UsageError where every row was bad */
export function refuseNothingValid({ path }: Pick<FileWrite, 'path'>, run: BulkRun): void {
  refuseAllBad(run, `No row of ${nameOf(path)} is a valid record; nothing was sent.`);
}
