/** Writes the records of a file: read → shape → check → write → tally, and on from where an earlier run stopped. */
import type { Context } from '../../context.js';
import { CommandError, EXIT, UsageError } from '../../errors.js';
import type { Checkpoint } from './resume/checkpoint.js';
import { nameOf, readRowBatches, type ReadPosition } from '../../files/file-handler.js';
import { again, shortPath } from '../../utils/command-line.js';
import { kindOfMessage } from './failures.js';
import { count, countedWith } from '../../utils/quantities.js';
import { continuedErrorsFile, countAlreadyDone, throwEarlierFailures, type ErrorsFile } from './resume/continued.js';
import { refuseAllBad, runInBulk, type BulkOptions, type BulkRun, type BulkSummary } from './run.js';
import { tableCheck, type TableRules } from './table-check.js';
import { checkedItems, type Check, type CheckedItem } from './checked-items.js';
import type { FeatureGroup } from '../groups/describe.js';
import { writeRecords } from '../online/write/write.js';
import type { WriteOptions, WriteOutcome } from '../online/types.js';
import type { Conversions } from '../records/conversions.js';
import type { TableShaper } from '../records/shape.js';
import { openResume } from './resume/file-checkpoint.js';
import type { Format } from '../../files/formats.js';

export interface FileWrite {
  /** Absolute, `-` or `s3://bucket/key`. */
  path: string;
  /** Where there are several; `path` is then what they are called. */
  inputs?: string[];
  format?: Format;
  /** Objects below a prefix that cannot be read are passed over. */
  ignoreUnreadable?: boolean;
  group: FeatureGroup;
  /** How the group is named in calls. */
  nameOrArn: string;
  shape: TableShaper;
  /** What the columns of the file may be. */
  rules: Pick<TableRules, 'map' | 'ignoreUnknown' | 'fillEventTime'>;
  conversions: Conversions;
  maxErrors?: number;
  /** Of CSV, where it is not a comma. */
  delimiter?: string;
  writing: Omit<WriteOptions, keyof BulkRun['watching']>;
  /** Go on where an earlier run of the same file and group stopped. */
  resume?: boolean;
  errorsFile: ErrorsFile;
}

/**
 * Writes what an earlier run has not dealt with, and leaves a checkpoint where something is left.
 * @param options for `runInBulk`, but for the errors file
 * @throws as `runInBulk`, and PartialFailure where the run that this one continues had failures
 */
export async function writeFileRecords(
  write: FileWrite,
  options: Omit<BulkOptions, 'errorsFile' | 'appendErrors'> & { ended(summary: BulkSummary): void | Promise<void> },
  context: Context,
): Promise<void> {
  const checkpoint = await openResume(write, context);
  const errorsFile = await continuedErrorsFile(write.errorsFile, checkpoint, context);
  let complete = false;
  let run: BulkRun | undefined;
  await runInBulk(
    context,
    {
      ...options,
      input: write.path,
      settledBefore: checkpoint?.settledBefore,
      errorsFile,
      appendErrors: errorsFile !== undefined && checkpoint?.errorsFile === errorsFile,
      async ended(summary) {
        endCheckpoint(checkpoint, { complete: complete && summary.stopped === undefined, run }, context);
        await options.ended(summary);
      },
    },
    async (opened) => {
      run = opened;
      const settle = checkpoint && ((numbers: number[]) => checkpoint.settle(numbers, opened.failures()));
      const skip = checkpoint?.isBegun ? skipper(opened, checkpoint) : undefined;
      const sent = await writeAll(write, { run, settle, skip }, context);
      complete = !run.signal.aborted;
      if (sent === 0 && run.tally.skipped === 0) refuseNothingValid(write, run);
    },
  );
  throwEarlierFailures(checkpoint, { retry: options.retry, cwd: context.cwd });
}

/** Nothing is left of a complete run, and of another all that it takes to go on. */
function endCheckpoint(
  checkpoint: Checkpoint<object> | undefined,
  { complete, run }: { complete: boolean; run?: BulkRun },
  { output, argv }: Context,
): void {
  if (!checkpoint) return;
  if (complete) return checkpoint.remove();
  const reached = checkpoint.keep(run?.failures() ?? { failed: 0 });
  if (reached)
    output.note([
      `${countedWith(reached, 'record', ['is', 'are'])} dealt with. To go on with the rest:`,
      `  ${again(argv, '--resume')}`,
    ]);
  else checkpoint.remove();
}

function skipper({ tally }: BulkRun, checkpoint: Checkpoint<object>) {
  return (number: number) => {
    const isSettled = checkpoint.isSettled(number);
    if (isSettled) countAlreadyDone(tally, 1);
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
      settle?.(numbersOf(outcomes, run));
      sent += outcomes.length;
    }
  } catch (error) {
    throw brokenOff(error, run);
  }
  return sent;
}

/** A loop and no `map`, for the reason that write-calls.ts gives. */
function numbersOf(outcomes: WriteOutcome<CheckedItem>[], { keepsFailures }: BulkRun): number[] {
  const numbers: number[] = [];
  for (const { ok, item } of outcomes) if (ok || keepsFailures) numbers.push(item.number);
  return numbers;
}

/** As it was typed, or nearly so. */
const inputName = ({ path, inputs }: Pick<FileWrite, 'path' | 'inputs'>, cwd: string) =>
  (inputs ?? [path]).map((each) => shortPath(nameOf(each), cwd)).join(' ');

/** The items of the file, array by array; a bad row is a failure of the run and no item. */
export async function* checkedInput(
  { path, inputs, maxErrors, format, ignoreUnreadable, group, shape, rules, conversions, delimiter }: FileWrite,
  { run, settle, skip }: Watch,
  { aws, stdin, cwd, output: { note } }: Context,
): AsyncGenerator<CheckedItem[]> {
  const name = inputName({ path, inputs }, cwd);
  const position: ReadPosition = { read: 0 };
  const rows = readRowBatches(inputs ?? path, {
    format,
    ignoreUnreadable,
    delimiter,
    stdin,
    s3: aws.s3,
    signal: run.signal,
    position,
    isWanted: shape.isWanted,
    isPathColumn: shape.isWanted,
  });
  // Whoever says how many may fail means it.
  let sameReason = maxErrors === undefined ? stopAtSameReason(name) : undefined;
  const check: Check = {
    shape,
    file: () => position.file ?? (path === '-' ? undefined : path),
    table: tableCheck({ ...rules, group, shape, conversions, name, note }),
    identifier: group.recordIdentifier,
    signal: run.signal,
    fail(failure, number) {
      run.fail(failure);
      sameReason?.(failure.message);
      if (run.keepsFailures) settle?.([number]);
    },
    skip,
  };
  for await (const batch of checkedItems(rows, check)) {
    sameReason = undefined;
    if (position.total) run.tally.share = position.read / position.total;
    yield batch;
  }
}

/** Rows that fail before any is right, all for one reason, until the run stops. */
const MAX_SAME_FAILURES = 10_000;

/** @returns what is told each failure; it throws UsageError once there were too many that differ in their values alone */
function stopAtSameReason(name: string): (message: string) => void {
  let reason: string | undefined;
  let failures = 0;
  return (message) => {
    const own = kindOfMessage(message);
    if (own !== reason) [reason, failures] = [own, 0];
    failures += 1;
    if (failures < MAX_SAME_FAILURES) return;
    throw new UsageError(
      `Stopped: ${count(failures)} rows of ${name} failed for one reason and none was right, so nothing was sent. The last of them: ${message} --max-errors lets more of them fail.`,
    );
  };
}

/** Exit 2 promises that nothing was sent, which is no longer so once records are written. */
function brokenOff(error: unknown, { tally }: BulkRun): unknown {
  if (!(error instanceof UsageError) || tally.ok === 0) return error;
  const message = `${error.message} The ${countedWith(tally.ok, 'record', ['before that is', 'before that are'])} written.`;
  return new CommandError(message, EXIT.FAILED, { cause: error });
}

/** @throws UsageError where every row was bad */
export function refuseNothingValid({ path }: Pick<FileWrite, 'path'>, run: BulkRun): void {
  refuseAllBad(run, `No row of ${nameOf(path)} is a valid record; nothing was sent.`);
}
