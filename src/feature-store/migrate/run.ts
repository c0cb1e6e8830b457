/** Runs a migration: read → shape → check → mark → write → tally, with a checkpoint throughout; then verifies it. */
import type { Context } from '../../context.js';
import { CommandError, EXIT, PartialFailure, RefusedError } from '../../errors.js';
import { countedWith, counted } from '../../utils/quantities.js';
import { isPassing } from '../../utils/patience/failed-calls.js';
import { whileWaiting } from '../../utils/terminal/progress.js';
import { openPace } from '../../utils/patience/pace.js';
import { GaveUp } from '../../utils/patience/patience.js';
import {
  continuedErrorsFile,
  countAlreadyDone,
  throwEarlierFailures,
  type ErrorsFile,
  toContinue,
} from '../bulk/resume/continued.js';
import { nextCommand, shortPath } from '../../utils/command-line.js';
import { runInBulk, type BulkRun, type BulkSummary } from '../bulk/run.js';
import { expiryAt } from '../records/expiry.js';
import type { Migration } from './check.js';
import type { MigrationCheckpoint } from './checkpoint.js';
import { clearTarget, refuseEmpty } from './clear-target.js';
import type { MigrationPlan } from './plan.js';
import { endMigration, endResumed } from './ending.js';
import { migratedItems } from './rows.js';
import { verifyMigration, type Verification, type VerifyOptions } from './verify.js';
import type { OpenSource, RecordSource } from '../offline/record-source.js';
import type { QueryFailed } from '../offline/athena-run.js';
import { writeRecords } from '../online/write/write.js';
import type { Effort, WriteItem, WriteOutcome, WriteTarget } from '../online/types.js';
import { DEFAULT_READS_PER_SECOND } from '../online/read.js';
import { writeUnitsOf } from '../records/size.js';
import { markStale, withoutUnchanged, type MaybeStale } from '../online/stale.js';
import type { SourceRow } from '../records/rows.js';
import type { Tally } from '../../utils/tally.js';
import { featureValues } from '../records/record-json.js';
import { fromRecord } from '../records/record-rows.js';

export interface MigrationJob {
  migration: Migration;
  plan: MigrationPlan;
  from: RecordSource;
  target: WriteTarget;
  checkpoint: MigrationCheckpoint;
  options: RunOptions;
  /** Clears the target. */
  clearing?: { run(): Promise<void> };
  /** Called at the beginning of each stage. */
  stage(name: MigrationStage): void;
  /** Called once everything is in the target. */
  arrived?(): Promise<void>;
}

export type MigrationStage = 'check' | 'count' | 'clear' | 'write' | 'verify';

export interface RunOptions extends Effort, VerifyOptions {
  maxErrors?: number;
  errorsFile: ErrorsFile;
}

/**
 * Reads, clears the target if requested, writes, verifies. An interrupted run leaves its checkpoint.
 * @throws PartialFailure (exit 4); CommandError with exit 7 where verification finds a difference; what ended the run
 */
export async function runMigration(context: Context, job: MigrationJob): Promise<void> {
  const { checkpoint, options, stage } = job;
  checkpoint.begin(job.plan);
  if (checkpoint.ended) return endResumed(context, job, checkpoint.ended);
  stage('write');
  const opened = await whileWaiting(context, 'asking for the records …', openSource(job));
  if (opened.isEmpty) await refuseEmpty(job, () => opened.remove());
  await clearTarget(job);
  const failure = await carry(context, { ...job, opened });
  if (options.verify !== undefined) stage('verify');
  const verification = options.verify === undefined ? undefined : await verifyMigration(context, { ...job, opened });
  context.summarize({ ...verification });
  const isDifferent = verification !== undefined && verification.different > 0;
  await endMigration(job, { opened, error: isDifferent ? differences(verification, job, context) : failure });
}

/**
 * Once something is written, the query must stay the same; before that, an unusable one is replaced. One that could not
 * be asked for is still there, and the next run asks for it again.
 */
async function openSource({ from, checkpoint }: MigrationJob): Promise<OpenSource> {
  const { token, queryId: id, listing } = checkpoint;
  try {
    return await from.open({ token, id, listing, started: (queryId) => checkpoint.note({ queryId }) });
  } catch (error) {
    if (error instanceof GaveUp || isPassing(error as Error, true)) throw error;
    if (!checkpoint.isBegun) checkpoint.remove();
    else if (isGone(error))
      throw new RefusedError(
        `What the interrupted run was reading is gone: ${(error as Error).message.replace(/\.$/, '')}. Run without --resume to start over.`,
      );
    throw error;
  }
}

/**
 * Whether the query failed, or its result is gone according to S3, Athena or the file system. A denial, a wrong clock,
 * expired credentials or a lost network do not prove that.
 */
function isGone(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { name, message, code, execution, cause } = error as QueryFailed & { code?: string };
  if (execution !== undefined || code === 'ENOENT' || /^NoSuch(Key|Bucket)$/.test(name)) return true;
  // Athena keeps an execution for 45 days; its result lasts as long as its object on S3.
  if (name === 'InvalidRequestException' && /not found|could not find/i.test(message)) return true;
  return isGone(cause);
}

interface OpenJob extends MigrationJob {
  opened: OpenSource;
}

/** Writes the remaining records, and returns those that failed. Throws if it could not finish. */
async function carry(context: Context, job: OpenJob): Promise<PartialFailure | undefined> {
  const { migration, checkpoint, options, target } = job;
  const { targetStores } = migration;
  const failures = await continuedErrorsFile(options.errorsFile, checkpoint, context);
  // Records written to the offline store only do not expire.
  const expired = expiryAt(context.serviceNow(), { group: target.group, targetStores });
  let run: BulkRun | undefined;
  let complete = false;
  const settings = {
    command: 'migrate',
    verb: 'migrated',
    to: target.group.name,
    retry: (file: string) => putCommand(context, { file, target, targetStores }),
    total: job.plan.toWrite,
    settledBefore: checkpoint.settledBefore,
    maxErrors: options.maxErrors,
    ...failures,
    expired: expired && ((item: WriteItem) => item.targetStores === undefined && !item.deletion && expired(item)),
    ended(summary: BulkSummary) {
      context.summarize(summary);
      if (summary.stale)
        context.output.note(
          `${counted(summary.stale, 'record')} not overwritten (stale): ${target.group.name} holds newer ones online.`,
        );
      complete &&= summary.stopped === undefined;
      const reached = checkpoint.keep(run?.failures() ?? { failed: 0 });
      if (!complete && reached !== undefined) context.output.note(toContinue(context.argv));
    },
  };
  try {
    await runInBulk(context, settings, async (opened) => {
      run = opened;
      await write(job, run);
      complete = !run.signal.aborted;
    });
    throwEarlierFailures(checkpoint, { retry: settings.retry, cwd: context.cwd });
  } catch (error) {
    if (!complete || !(error instanceof PartialFailure)) throw error;
    return error;
  }
  return undefined;
}

async function write(job: OpenJob, run: BulkRun): Promise<void> {
  const { migration, checkpoint, options, target, opened } = job;
  const { maxWorkers, retryFor } = options;
  const settled = (numbers: number[]) => checkpoint.settle(numbers, run.failures());
  const rows = unsettled(opened.rows(), job, run.tally);
  const items = migratedItems(migration, rows, (failure) => {
    if (run.signal.aborted) return;
    run.fail(failure);
    if (run.keepsFailures) settled([numberOf(failure)]);
  });
  const pace = openPace(DEFAULT_READS_PER_SECOND);
  // On a first run, unchanged records may be missing from the other store.
  const tellsUnchanged = migration.choice.arrivals?.since !== undefined;
  const marked = markStale(target, items, { ...run.watching, maxWorkers, retryFor, pace, tellsUnchanged });
  const changed = withoutUnchanged(marked, run.tally, (held) => settled(held.map(numberOf)));
  const writing = { ...options, ...run.watching, targetStores: migration.targetStores };
  for await (const outcomes of writeRecords(target, changed, writing)) {
    settle(outcomes, run);
    settled(outcomes.filter(({ ok }) => ok || run.keepsFailures).map(({ item }) => numberOf(item)));
  }
}

/** Lines are numbered from 1, and rows from 0. */
const numberOf = ({ line }: { line: number }) => line - 1;

/** The rows that no earlier run has completed. */
async function* unsettled(
  batches: AsyncIterable<SourceRow[]>,
  { checkpoint }: MigrationJob,
  tally: Tally,
): AsyncGenerator<SourceRow[]> {
  for await (const rows of batches) {
    const rest = checkpoint.isBegun ? rows.filter((row) => !checkpoint.isSettled(numberOf(row))) : rows;
    countAlreadyDone(tally, rows.length - rest.length);
    yield rest;
  }
}

function settle(outcomes: WriteOutcome<MaybeStale>[], run: BulkRun): void {
  const { tally } = run;
  for (const outcome of outcomes) {
    if (outcome.ok && outcome.item.stale) {
      tally.skipped += 1;
      tally.stale = (tally.stale ?? 0) + 1;
      // The service stores it as history, and bills it.
      tally.writeUnits = (tally.writeUnits ?? 0) + writeUnitsOf(outcome.item);
    } else if (outcome.ok) run.settle([outcome]);
    else run.settle([{ ...outcome, item: { ...outcome.item, row: fromRecord(featureValues(outcome.item.json)) } }]);
  }
}

function differences(
  { different, differencesFile = '' }: Verification,
  { target, migration: { targetStores } }: MigrationJob,
  context: Context,
): CommandError {
  const file = shortPath(differencesFile, context.cwd);
  return new CommandError(
    `Verification: ${countedWith(different, 'record', ['differs', 'differ'])}; see ${file}; to fix ${target.group.name}:`,
    EXIT.DIFFERENT,
    { next: putCommand(context, { file, target, targetStores }) },
  );
}

/** The command that writes such a file to the same stores of the target. */
function putCommand(
  { options }: Context,
  { file, target, targetStores }: { file: string; target: WriteTarget; targetStores?: string[] },
): string {
  const stores = targetStores === undefined ? [] : ['--target-stores', 'online'];
  return nextCommand(options, ['bulk-put', target.nameOrArn ?? target.group.name, file, ...stores]);
}
