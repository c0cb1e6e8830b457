/** A group's online store, emptied: identifiers in, hard deletions out, until the service lists none. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clients } from '../../config.js';
import type { Context } from '../../context.js';
import { CommandError, RefusedError, UsageError } from '../../errors.js';
import { count } from '../../utils/progress.js';
import { readResult, removeResult } from '../offline/athena-result.js';
import { runQuery, type AthenaOptions } from '../offline/athena-run.js';
import { runInBulk, type BulkRun, type BulkSummary } from '../bulk/run.js';
import { distinctIdentifiersSql } from './sql.js';
import type { FeatureGroup } from '../groups/describe.js';
import { hardDelete, type Deletion } from '../online/delete.js';
import { readIdentifiers } from '../bulk/identifiers.js';
import { listIdentifiers } from '../online/list.js';
import type { WriteTarget } from '../online/types.js';
import { plainDecimal } from '../records/plain-decimal.js';
import { readRecords } from '../online/read.js';

/** Where the identifiers come from. Only ListRecords can also prove that none is left. */
export interface IdentifierSource {
  kind: 'ListRecords' | 'ids-file' | 'Athena';
  /** Of ids-file. */
  file?: string;
  /** Why ListRecords is not to be had; undefined where it is. */
  unlisted?: string;
}

export interface OnlineClearOptions extends Pick<AthenaOptions, 'workgroup' | 'output'> {
  /** Calls in flight. */
  maxWorkers: number;
  /** Records handed to a worker at a time. */
  batchSize?: number;
  /** Ceiling on deletions a second. */
  tps?: number;
  /** Patience with throttling, in seconds. */
  retryForSeconds: number;
  /** Stop after so many failed records. */
  maxErrors?: number;
  /** Where failed records go; undefined keeps none. */
  errorsFile?: string;
  /** Refuse to delete more records than this. */
  maxDelete?: number;
  /** How the group is named in calls: an ARN reaches a group of another account. Its name when undefined. */
  nameOrArn?: string;
}

export interface OnlineCleared {
  /** Acknowledged deletions; tombstones count. */
  deleted: number;
  failed: number;
  retried: number;
  seconds: number;
  recordsPerSecond: number;
  /** Whether ListRecords answered at the end that there is none. */
  provedEmpty: boolean;
}

/** A listing may lag behind the deletions; records that keep coming have a writer. */
const MAX_PASSES = 8;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;
/** BatchGetRecord calls in flight: each feeds a hundred deletions. */
const MAX_READERS = 8;

/**
 * Deletes every record, tombstones too, and proves by ListRecords that none is left, where that can be asked.
 * @throws PartialFailure (exit 4) when records failed, CommandError when they keep appearing or are not in the file,
 * RefusedError above `maxDelete`, the signal's reason.
 */
export async function clearOnline(
  context: Context,
  { group, source, expected }: { group: FeatureGroup; source: IdentifierSource; expected?: number },
  options: OnlineClearOptions & { ended?(cleared: OnlineCleared): void },
): Promise<OnlineCleared> {
  const target = { runtime: await context.aws.bulkRuntime(), group, nameOrArn: options.nameOrArn };
  const job: Job = { context, target, source, options };
  let provedEmpty = false;
  const toCleared = ({ ok, failed, retried, seconds, recordsPerSecond }: BulkSummary): OnlineCleared => ({
    ...{ deleted: ok, failed, retried, seconds, recordsPerSecond, provedEmpty },
  });
  const { maxErrors, errorsFile } = options;
  const ended = (summary: BulkSummary) => Promise.resolve(options.ended?.(toCleared(summary)));
  const settings = { command: 'clear', verb: 'deleted', total: expected, maxErrors, errorsFile, ended };
  const summary = await runInBulk(context, settings, async (run) => {
    provedEmpty = await (source.kind === 'ListRecords' ? deleteListed(job, run) : deleteNamed(job, run));
  });
  return toCleared(summary);
}

interface Job {
  context: Context;
  target: WriteTarget;
  source: IdentifierSource;
  options: OnlineClearOptions;
}

/** Lists and deletes, again and again, until a listing is empty. */
async function deleteListed(job: Job, run: BulkRun): Promise<boolean> {
  for (let pass = 1; pass <= MAX_PASSES; pass += 1) {
    const listed = await deletePass(job, run, listAll(job, run));
    if (run.signal.aborted || run.tally.failed > 0) return false;
    if (listed === 0) return true;
    if (pass > 1)
      await sleep(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** pass), undefined, { signal: run.signal });
  }
  throw new CommandError(
    `Records keep appearing in ${job.target.group.name}: something writes to it. Stop the writers, then run this again.`,
  );
}

/** Deletes what a file or the offline store names; ListRecords, where it is to be had, tells whether that was all. */
async function deleteNamed(job: Job, run: BulkRun): Promise<boolean> {
  const { source, context, target } = job;
  const identifiers =
    source.kind === 'ids-file'
      ? idsOfFile(source.file!, { ...job, run })
      : identifiersByAthena(context.aws, target.group, { ...job.options, ...run.watching });
  await deletePass(job, run, identifiers);
  if (run.signal.aborted || run.tally.failed > 0 || source.unlisted) return false;
  let left = 0;
  for await (const page of listAll(job, run)) left += page.length;
  if (left === 0) return true;
  throw new CommandError(`${count(left)} records are left in ${target.group.name}: ${source.file} does not name them.`);
}

const listAll = ({ target, options }: Job, { signal }: BulkRun) =>
  listIdentifiers(target, { ...options, includeSoftDeleted: true, signal });

function idsOfFile(
  file: string,
  { context, target, run }: Pick<Job, 'context' | 'target'> & { run: Pick<BulkRun, 'signal' | 'fail'> },
): AsyncGenerator<string[]> {
  const { stdin, aws } = context;
  return readIdentifiers(file, target.group, { stdin, s3: aws.s3, signal: run.signal, fail: run.fail });
}

/**
 * How many identifiers a file names; what is no identifier in it is left for the run to tell.
 * @throws UsageError where it names none
 */
export async function countIdsFile(
  file: string,
  group: FeatureGroup,
  { stdin, aws, signal }: Context,
): Promise<number> {
  let named = 0;
  const ids = readIdentifiers(file, group, { stdin, s3: aws.s3, signal, fail: () => {} });
  for await (const batch of ids) named += batch.length;
  signal.throwIfAborted();
  if (named === 0) throw new UsageError(`${file} holds no identifier: nothing is deleted.`);
  return named;
}

/** list → read event times → delete → tally; each stage pulls from the one before, so listing and deleting overlap. */
async function deletePass(job: Job, run: BulkRun, identifiers: AsyncIterable<string[]>): Promise<number> {
  const { context, target, options } = job;
  let listed = 0;
  async function* counted() {
    for await (const page of identifiers) {
      listed += page.length;
      // A group that grew since the plan: what the guard rail let through is what it stops at.
      if (listed > (options.maxDelete ?? Infinity)) throw tooMany(options.maxDelete!);
      yield page;
    }
  }
  const deletions = withEventTimes(target, counted(), { ...options, ...run.watching });
  const deleting = { ...options, ...run.watching, now: context.now };
  try {
    for await (const outcomes of hardDelete(target, deletions, deleting)) {
      for (const outcome of outcomes) {
        if (outcome.ok) run.tally.ok += 1;
        else
          run.fail({
            id: outcome.identifier,
            code: outcome.code,
            message: outcome.message,
            attempts: outcome.attempts,
          });
      }
    }
  } catch (error) {
    if (!run.signal.aborted) throw error;
  }
  return listed;
}

const tooMany = (maxDelete: number) =>
  new RefusedError(`More than ${count(maxDelete)} records have appeared (--max-delete): stopped there.`);

/** Only the event time is read of each record; what has none to read is a tombstone, or gone. */
async function* withEventTimes(
  target: WriteTarget,
  identifiers: AsyncIterable<string[]>,
  options: Pick<OnlineClearOptions, 'maxWorkers' | 'retryForSeconds'> & BulkRun['watching'],
): AsyncGenerator<Deletion[]> {
  const { eventTime } = target.group;
  const maxWorkers = Math.min(options.maxWorkers, MAX_READERS);
  const reading = { ...options, maxWorkers, tps: undefined, batchSize: 100, featureNames: [eventTime] };
  for await (const { identifiers: page, records } of readRecords(target, identifiers, reading)) {
    yield page.map((identifier) => ({
      identifier,
      eventTime: records.get(identifier)?.find(({ FeatureName }) => FeatureName === eventTime)?.ValueAsString,
    }));
  }
}

/** Every identifier that the offline store has ever seen. */
async function* identifiersByAthena(
  aws: Clients,
  group: FeatureGroup,
  options: AthenaOptions,
): AsyncGenerator<string[]> {
  const result = await runQuery(aws, { sql: distinctIdentifiersSql(group), group }, options);
  const isDecimal = group.features.find(({ name }) => name === group.recordIdentifier)?.type === 'Fractional';
  let isHeader = true;
  try {
    for await (const rows of readResult(aws, result, options)) {
      const values = rows.slice(isHeader ? 1 : 0).flatMap(([value]) => value ?? []);
      isHeader = false;
      if (values.length > 0) yield isDecimal ? values.map(plainDecimal) : values;
    }
  } finally {
    await removeResult(aws, result, options.note);
  }
}
