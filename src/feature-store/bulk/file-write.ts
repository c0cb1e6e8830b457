/** Writes the records of a file: read → shape → check → write → tally; can resume an earlier run. */
import type { Context } from '../../context.js';
import { CommandError, EXIT, UsageError } from '../../errors.js';
import { nameOf, readRowBatches, type ReadPosition } from '../../files/file-handler.js';
import { shortPath } from '../../utils/command-line.js';
import { kindOfMessage } from './failures.js';
import { count, countedWith } from '../../utils/quantities.js';
import {
  continuedErrorsFile,
  countAlreadyDone,
  throwEarlierFailures,
  toContinue,
  type ErrorsFile,
} from './resume/continued.js';
import { refuseAllBad, runInBulk, type BulkOptions, type BulkRun, type BulkSummary } from './run.js';
import type { DecidingOptions } from './resume/deciding-options.js';
import { tableCheck } from './table-check.js';
import { checkedItems, type Check, type CheckedItem } from './checked-items.js';
import { writeRecords } from '../online/write/write.js';
import type { Effort, WriteOutcome } from '../online/types.js';
import type { Conversions } from '../records/conversions.js';
import { recordShaper, type TableShaper } from '../records/shape.js';
import { isIndexName } from '../records/offline-columns.js';
import { beginRun, findRun, type FileCheckpoint, type ResumeOptions } from './resume/file-checkpoint.js';

export interface FileWrite extends ResumeOptions {
  /** Name or ARN of the group for calls. */
  nameOrArn: string;
  conversions: Conversions;
  options: DecidingOptions & Effort & { maxErrors?: number };
  errorsFile: ErrorsFile;
}

/**
 * The shaper for the records of the file.
 * @param start the event time of records that have none, if they are to be given one
 * @throws UsageError where `--map` names an unknown feature, or one twice
 */
export function shaperFor({ group, conversions, options }: FileWrite, start: Date, { output }: Context): TableShaper {
  return recordShaper(group, {
    ...options,
    onUnknown: (column) => output.note(`Column ${column} is not a feature of ${group.name}, and is left out.`),
    fillEventTime: options.fillEventTime ? start : undefined,
    timeHint: '--fill-event-time gives such records that of the start of the run',
    conversions,
  });
}

/**
 * Writes what earlier runs have not completed; leaves a checkpoint if something remains.
 * @param options for `runInBulk`, except the errors file
 * @throws as `runInBulk`; PartialFailure where the resumed run had failures
 */
export async function writeFileRecords(
  write: FileWrite,
  options: Omit<BulkOptions, 'errorsFile' | 'appendErrors'> & { ended(summary: BulkSummary): void | Promise<void> },
  context: Context,
): Promise<void> {
  const checkpoint = await findRun(write, context);
  // That of the first run, so that all records of a file have the same.
  const start = new Date(checkpoint?.notes?.start ?? context.serviceNow());
  const shape = shaperFor(write, start, context);
  if (checkpoint) beginRun(checkpoint, { ...write, start }, context);
  const failures = await continuedErrorsFile(write.errorsFile, checkpoint, context);
  let complete = false;
  let run: BulkRun | undefined;
  await runInBulk(
    context,
    {
      ...options,
      input: write.path,
      settledBefore: checkpoint?.settledBefore,
      ...failures,
      async ended(summary) {
        endCheckpoint(checkpoint, { complete: complete && summary.stopped === undefined, run }, context);
        await options.ended(summary);
      },
    },
    async (opened) => {
      run = opened;
      const settle = checkpoint && ((numbers: number[]) => checkpoint.settle(numbers, opened.failures()));
      const skip = checkpoint?.isBegun ? skipper(opened, checkpoint) : undefined;
      const sent = await writeAll(write, { run, shape, settle, skip }, context);
      complete = !run.signal.aborted;
      if (sent === 0 && run.tally.skipped === 0) refuseNothingValid(write, run);
    },
  );
  throwEarlierFailures(checkpoint, { retry: options.retry, cwd: context.cwd });
}

/** Removes the checkpoint of a run that is complete or has written nothing; else keeps what a resume needs. */
function endCheckpoint(
  checkpoint: FileCheckpoint | undefined,
  { complete, run }: { complete: boolean; run?: BulkRun },
  { output, argv }: Context,
): void {
  if (!checkpoint) return;
  const isNothingWritten = !checkpoint.isBegun && run?.tally.ok === 0;
  if (complete || isNothingWritten) return checkpoint.remove();
  const reached = checkpoint.keep(run?.failures() ?? { failed: 0 });
  if (!reached) return checkpoint.remove();
  output.note(toContinue(argv, `${countedWith(reached, 'record', ['is', 'are'])} done. `));
}

function skipper({ tally }: BulkRun, checkpoint: FileCheckpoint) {
  return (number: number) => {
    const isSettled = checkpoint.isSettled(number);
    if (isSettled) countAlreadyDone(tally, 1);
    return isSettled;
  };
}

interface Watch {
  run: BulkRun;
  shape: TableShaper;
  /** Marks these records as done. */
  settle?(numbers: number[]): void;
  skip?: Check['skip'];
}

/** Returns the number of records sent. */
async function writeAll(write: FileWrite, watch: Watch, context: Context): Promise<number> {
  const { group, nameOrArn, options } = write;
  const { run, settle } = watch;
  const target = { runtime: await context.aws.bulkRuntime(), group, nameOrArn };
  const items = checkedInput(write, watch, context);
  let sent = 0;
  try {
    for await (const outcomes of writeRecords(target, items, { ...options, ...run.watching })) {
      run.settle(outcomes);
      settle?.(numbersOf(outcomes, run));
      sent += outcomes.length;
    }
  } catch (error) {
    throw brokenOff(error, run);
  }
  return sent;
}

/** A loop instead of `map`, for the reason given in write-calls.ts. */
function numbersOf(outcomes: WriteOutcome<CheckedItem>[], { keepsFailures }: BulkRun): number[] {
  const numbers: number[] = [];
  for (const { ok, item } of outcomes) if (ok || keepsFailures) numbers.push(item.number);
  return numbers;
}

/** As typed, or nearly so. */
const inputName = ({ path, inputs }: Pick<FileWrite, 'path' | 'inputs'>, cwd: string) =>
  (inputs ?? [path]).map((each) => shortPath(nameOf(each), cwd)).join(' ');

/** The items of the file, batch by batch; an invalid row is a failure instead. */
export async function* checkedInput(
  { path, inputs, group, conversions, options }: FileWrite,
  { run, shape, settle, skip }: Watch,
  { aws, stdin, cwd, output: { note } }: Context,
): AsyncGenerator<CheckedItem[]> {
  const name = inputName({ path, inputs }, cwd);
  const position: ReadPosition = { read: 0 };
  const fileName = () => (position.file === undefined ? name : inputName({ path: position.file }, cwd));
  const { format, ignoreUnreadable, delimiter, maxErrors } = options;
  const table = tableCheck({ ...options, group, shape, conversions, name: fileName, note });
  const rows = readRowBatches(inputs ?? path, {
    format,
    ignoreUnreadable,
    delimiter,
    stdin,
    s3: aws.s3,
    signal: run.signal,
    position,
    isWanted: (column) => shape.isWanted(column) || isIndexName(column),
    isPathColumn: shape.isWanted,
    emptyTable: (columns) => table([], columns),
  });
  // With an explicit --max-errors, that limit alone counts.
  let sameReason = maxErrors === undefined ? stopAtSameReason(name) : undefined;
  const check: Check = {
    shape,
    file: () => position.file ?? (path === '-' ? undefined : path),
    table,
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

/** If no row is valid, and this many fail for the same reason, the run stops. */
const MAX_SAME_FAILURES = 10_000;

/**
 * @returns a function to call with each failure; it throws UsageError after too many that differ only in their values
 */
function stopAtSameReason(name: string): (message: string) => void {
  let reason: string | undefined;
  let failures = 0;
  return (message) => {
    const own = kindOfMessage(message);
    if (own !== reason) [reason, failures] = [own, 0];
    failures += 1;
    if (failures < MAX_SAME_FAILURES) return;
    throw new UsageError(
      `Stopped: the first ${count(failures)} rows of ${name} all failed for the same reason, so nothing was sent. The last of them: ${message} To let more rows fail, add --max-errors N.`,
    );
  };
}

/** Exit 2 means that nothing was sent, which is no longer true once records are written. */
function brokenOff(error: unknown, { tally }: BulkRun): unknown {
  if (!(error instanceof UsageError) || tally.ok === 0) return error;
  const message = `${error.message} The ${countedWith(tally.ok, 'record', ['before that is', 'before that are'])} written.`;
  return new CommandError(message, EXIT.FAILED, { cause: error });
}

/** @throws UsageError where all rows are invalid */
export function refuseNothingValid({ path }: Pick<FileWrite, 'path'>, run: BulkRun): void {
  refuseAllBad(run, `No row of ${nameOf(path)} is a valid record; nothing was sent.`);
}
