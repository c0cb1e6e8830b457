/** Empties the online store of a group with hard deletions, until the service lists no record. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../../context.js';
import { CommandError, RefusedError } from '../../errors.js';
import { openFingerprints } from '../../utils/fingerprints.js';
import { counted, countedWith, listed } from '../../utils/quantities.js';
import type { AthenaOptions } from '../offline/athena-run.js';
import { runInBulk, type BulkRun, type BulkSummary } from '../bulk/run.js';
import { readIdentifiers } from '../bulk/identifiers.js';
import { identifiersByAthena } from './identifiers.js';
import type { LateRecords } from './backup/late-records.js';
import type { FeatureGroup } from '../groups/describe.js';
import { hardDelete, type Deletion, type DeletionOptions, type DeletionOutcome } from '../online/delete/delete.js';
import { eventTimeIn } from '../records/record-rows.js';
import { listIdentifiers } from '../online/list.js';
import type { WriteTarget } from '../online/types.js';
import { readRecords } from '../online/read.js';

/** Source of the identifiers. Only ListRecords can also prove that none is left. */
export interface IdentifierSource {
  kind: 'ListRecords' | 'ids-file' | 'Athena';
  /** The file named by `--ids-file`. */
  file?: string;
  delimiter?: string;
  /** Why ListRecords is not available; undefined where it is. */
  unlisted?: string;
}

export interface OnlineClearOptions
  extends
    Pick<AthenaOptions, 'workgroup' | 'athenaOutput'>,
    Omit<DeletionOptions, 'signal' | 'now' | 'onRetry' | 'isHeld'> {
  /** Stop after this many failed records. */
  maxErrors?: number;
  /** File for failed records; undefined for none. */
  errorsFile?: string;
  /** Refuse to delete more records, or objects (Iceberg: rows), than this. */
  maxDelete?: number;
  /** Name or ARN for calls (an ARN reaches a group of another account); the name by default. */
  nameOrArn?: string;
  /** The backup: records are only deleted once it contains them. */
  late?: LateRecords;
}

export interface OnlineCleared extends Pick<BulkSummary, 'failed' | 'retried' | 'seconds' | 'recordsPerSecond'> {
  /** Identifiers whose deletion was acknowledged, including those of tombstones. */
  deleted: number;
  /** Whether ListRecords confirmed in the end that there is no record left. */
  provedEmpty: boolean;
}

/** Passes that still find records; if there are more, something is writing. */
const MAX_PASSES = 8;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;
/** Concurrent BatchGetRecord calls, each of which feeds a hundred deletions. */
const MAX_READERS = 8;

/**
 * Deletes all records and tombstones, and proves with ListRecords, where available, that none is left.
 * @throws PartialFailure (exit 4) where records failed; CommandError where they keep appearing or are not in the file;
 * RefusedError above `maxDelete`; the reason of the signal
 */
export async function clearOnline(
  context: Context,
  { group, source, expected }: { group: FeatureGroup; source: IdentifierSource; expected?: number },
  options: OnlineClearOptions & { ended?(cleared: OnlineCleared): void },
): Promise<OnlineCleared> {
  const target = { runtime: await context.aws.bulkRuntime(), group, nameOrArn: options.nameOrArn };
  const job: Job = { context, target, source, options, deleted: openFingerprints() };
  let provedEmpty = false;
  const toCleared = ({ ok, failed, retried, seconds, recordsPerSecond }: BulkSummary): OnlineCleared => ({
    ...{ deleted: ok, failed, retried, seconds, recordsPerSecond, provedEmpty },
  });
  const { maxErrors, errorsFile } = options;
  const ended = (summary: BulkSummary) => Promise.resolve(options.ended?.(toCleared(summary)));
  const waitingFor = source.kind === 'Athena' ? 'asking Athena for the identifiers …' : undefined;
  const settings = { command: 'clear', verb: 'deleted', total: expected, waitingFor, maxErrors, errorsFile, ended };
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
  /** Identifiers deleted so far, so that each is counted once. */
  deleted: ReturnType<typeof openFingerprints>;
}

/**
 * Lists and deletes repeatedly until a listing is empty. Tolerates a listing that lags behind the deletions, up to
 * `--retry-for`.
 * @param isNamed if given, only records for which it is true may be deleted
 */
async function deleteListed(job: Job, run: BulkRun, isNamed = (_identifier: string) => true): Promise<boolean> {
  const { name } = job.target.group;
  let lagSince = performance.now();
  for (let pass = 1, writtenTo = 0; writtenTo <= MAX_PASSES; pass += 1) {
    const others = { count: 0 };
    const { listed, live } = await deletePass(job, run, ofThese(listAll(job, run), isNamed, others));
    if (run.signal.aborted || run.tally.failed > 0) return false;
    if (others.count > 0) throw unnamed(job, others.count);
    if (listed === 0) return true;
    if (live > 0) [writtenTo, lagSince] = [writtenTo + 1, performance.now()];
    else if (performance.now() - lagSince > job.options.retryFor * 1000) {
      throw new CommandError(
        `ListRecords still lists ${counted(listed, 'deleted record')} of ${name}: run this again later.`,
      );
    }
    if (pass > 1)
      await sleep(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (pass - 2)), undefined, { signal: run.signal });
  }
  throw new CommandError(
    `Records keep appearing in ${name}: something writes to it. Stop the writers, then run this again.`,
  );
}

async function* ofThese(
  pages: AsyncIterable<string[]>,
  isNamed: (identifier: string) => boolean,
  others: { count: number },
): AsyncGenerator<string[]> {
  for await (const page of pages) {
    const named = page.filter(isNamed);
    others.count += page.length - named.length;
    if (named.length > 0) yield named;
  }
}

const unnamed = ({ target, source }: Job, left: number) =>
  new CommandError(
    `${countedWith(left, 'record', ['is', 'are'])} left in ${target.group.name}: ${source.file} does not name ${left === 1 ? 'it' : 'them'}.`,
  );

/**
 * Deletes the records named by a file or the offline store; ListRecords, where available, tells whether that was all.
 */
async function deleteNamed(job: Job, run: BulkRun): Promise<boolean> {
  const { source, context, target } = job;
  const { stdin, aws } = context;
  const reading = { stdin, s3: aws.s3, signal: run.signal, fail: run.fail, delimiter: source.delimiter };
  const identifiers =
    source.kind === 'ids-file'
      ? readIdentifiers(source.file!, target.group, reading)
      : identifiersByAthena(aws, target.group, { ...job.options, ...run.watching });
  if (source.unlisted) {
    await deletePass(job, run, identifiers);
    return false;
  }
  const named = openFingerprints();
  await deletePass(job, run, noted(identifiers, named));
  if (run.signal.aborted || run.tally.failed > 0) return false;
  return deleteListed(job, run, named.has);
}

async function* noted(
  pages: AsyncIterable<string[]>,
  named: ReturnType<typeof openFingerprints>,
): AsyncGenerator<string[]> {
  for await (const page of pages) {
    page.forEach(named.add);
    yield page;
  }
}

const listAll = ({ target, options }: Job, { signal }: BulkRun) =>
  listIdentifiers(target, { ...options, includeSoftDeleted: true, signal });

type Pages = AsyncIterable<string[]> | Iterable<string[]>;

/** list → read → delete → tally; each stage pulls from the one before, so listing and deleting overlap. */
async function deletePass(job: Job, run: BulkRun, identifiers: AsyncIterable<string[]>) {
  const { context, target, options } = job;
  /** Live are those that could still be read. */
  const pass = { listed: 0, live: 0 };
  async function* counted() {
    for await (const page of identifiers) {
      pass.listed += page.length;
      // The group may have grown since the plan: stop at the confirmed number.
      if (Math.max(pass.listed, run.tally.ok) > (options.maxDelete ?? Infinity)) throw tooMany(options.maxDelete!);
      yield page;
    }
  }
  const deleting = { ...options, ...run.watching, now: context.serviceNow, isHeld: options.late?.isHeld };
  /** Written again during the deletion: read them again, and back them up. */
  let newer: string[] = [];
  const settle = (outcome: DeletionOutcome) => {
    const { identifier: id, attempts } = outcome;
    if (outcome.ok) {
      // A lagging listing names them again.
      if (job.deleted.add(id)) run.tally.ok += 1;
      // Deletions are billed as writes.
      run.tally.writeUnits = (run.tally.writeUnits ?? 0) + 1;
    } else if (outcome.isNewer) newer.push(id);
    else run.fail({ id, code: outcome.code, message: outcome.message, attempts });
  };
  try {
    for (let round = 1, next: Pages = counted(); round <= MAX_PASSES; round += 1) {
      newer = [];
      for await (const outcomes of hardDelete(target, readFirst(job, run, { pages: next, pass }), deleting))
        outcomes.forEach(settle);
      if (newer.length === 0 || run.signal.aborted) break;
      next = [newer];
    }
    if (newer.length > 0 && !run.signal.aborted) throw writtenTo(target.group, newer);
  } catch (error) {
    if (!run.signal.aborted) throw error;
  }
  return pass;
}

function writtenTo({ name }: FeatureGroup, identifiers: string[]): CommandError {
  return new CommandError(
    `${counted(identifiers.length, 'record')} of ${name} ${identifiers.length === 1 ? 'was' : 'were'} rewritten faster than they could be backed up, and so not deleted: ${listed(identifiers)}. Stop the writers, then run this again.`,
  );
}

const tooMany = (maxDelete: number) =>
  new RefusedError(`There are more than ${counted(maxDelete, 'record')} by now (--max-delete): stopped there.`);

/**
 * Reads the event time of each record; with a backup the whole record, to add it to the backup if it is missing there.
 * An identifier without a record is a tombstone, or gone.
 */
async function* readFirst(
  { target, options }: Job,
  run: BulkRun,
  { pages, pass }: { pages: Pages; pass: { live: number } },
): AsyncGenerator<Deletion[]> {
  const { late, retryFor } = options;
  const maxWorkers = Math.min(options.maxWorkers, MAX_READERS);
  const featureNames = late ? undefined : [target.group.eventTime];
  const reading = { ...run.watching, retryFor, maxWorkers, batchSize: 100, featureNames };
  for await (const { identifiers, records } of readRecords(target, pages, reading)) {
    pass.live += records.size;
    await late?.keep([...records.values()]);
    yield identifiers.map((identifier) => {
      const record = records.get(identifier);
      return { identifier, eventTime: record && eventTimeIn(record, target.group) };
    });
  }
}
