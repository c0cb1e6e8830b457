/** Hard deletions in bulk: one DeleteRecord for each identifier, strictly later than the record, from the online store alone. */
import { CommandError, EXIT, isAccessDenied } from '../../errors.js';
import { openBackOff } from '../../utils/back-off.js';
import { openPace, type Pace } from '../../utils/pace.js';
import { inLanes } from '../../utils/worker-pool.js';
import { compareEventTimes, laterEventTime, latestEventTime, nowAs } from '../records/event-time.js';
import { eventTimeTypeOf } from '../groups/describe.js';
import type { WriteTarget } from './types.js';
import { isThrottled, patienceMs, readFailure, type Verdict } from './write-verdicts.js';

export interface Deletion {
  identifier: string;
  /** The record's own; undefined for a tombstone, which does not show it. */
  eventTime?: string;
}

export type DeletionOutcome = { identifier: string; attempts: number } & (
  { ok: true } | { ok: false; code: string; message: string }
);

export interface DeletionOptions {
  /** Calls in flight. */
  maxWorkers: number;
  /** Records handed to a worker at a time; a few by default, and at most. */
  batchSize?: number;
  /** Ceiling on calls a second. */
  tps?: number;
  /** Patience with throttling, in seconds. */
  retryForSeconds: number;
  /** Aborted: nothing is begun any more, calls in flight are finished. */
  signal: AbortSignal;
  now(): Date;
  onRetry?(records: number): void;
}

/** Few, so that every worker is at work while the rest is still being listed. */
const MAX_BATCH_SIZE = 16;
/** A record that is written again and again while it is deleted. */
const MAX_EVENT_TIMES = 5;

/**
 * Deletes and yields outcomes as they come. A deletion that the service refuses is an outcome; what concerns them all
 * is thrown.
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_feature_store_DeleteRecord.html
 */
export async function* hardDelete(
  target: WriteTarget,
  deletions: AsyncIterable<Deletion[]>,
  options: DeletionOptions,
): AsyncGenerator<DeletionOutcome[]> {
  const job = await openJob(target, options);
  const { maxWorkers: workers, signal } = options;
  const batchSize = Math.min(options.batchSize ?? MAX_BATCH_SIZE, MAX_BATCH_SIZE);
  const pool = { workers, batchSize, signal, keyOf: ({ identifier }: Deletion) => identifier };
  yield* inLanes<Deletion, DeletionOutcome[]>(deletions, pool, async (batch, worker) => {
    const outcomes: DeletionOutcome[] = [];
    try {
      for (const deletion of batch) {
        const outcome = await deleteOne(deletion, job, worker.signal);
        if (!outcome) return;
        outcomes.push(outcome);
      }
    } finally {
      if (outcomes.length > 0) worker.emit(outcomes);
    }
  });
}

interface Job extends Pick<DeletionOptions, 'retryForSeconds' | 'onRetry' | 'now'> {
  type: 'String' | 'Fractional';
  pace: Pace;
  /** Whether the service has answered before: then a lost connection is worth another call. */
  reached: boolean;
  send(identifier: string, eventTime: string): Promise<unknown>;
  /** The record's own event time; undefined where there is no record to see, or none may be seen. */
  eventTimeOf(identifier: string): Promise<string | undefined>;
}

async function openJob(
  { runtime, group, nameOrArn = group.name }: WriteTarget,
  options: DeletionOptions,
): Promise<Job> {
  const { DeleteRecordCommand, GetRecordCommand } = await import('../../sdk/featurestore-runtime.js');
  const { retryForSeconds, onRetry, now } = options;
  return {
    ...{ retryForSeconds, onRetry, now, reached: false },
    type: eventTimeTypeOf(group),
    pace: openPace(options.tps),
    send: (RecordIdentifierValueAsString, EventTime) =>
      runtime.send(
        new DeleteRecordCommand({
          FeatureGroupName: nameOrArn,
          RecordIdentifierValueAsString,
          EventTime,
          DeletionMode: 'HardDelete',
          // A marker in the offline store would be a row of its own.
          TargetStores: ['OnlineStore'],
        }),
      ),
    async eventTimeOf(RecordIdentifierValueAsString) {
      const FeatureNames = [group.eventTime];
      const request = { FeatureGroupName: nameOrArn, RecordIdentifierValueAsString, FeatureNames };
      try {
        const { Record = [] } = await runtime.send(new GetRecordCommand(request));
        return Record.find(({ FeatureName }) => FeatureName === group.eventTime)?.ValueAsString;
      } catch (error) {
        if (isAccessDenied(error)) return undefined;
        throw error;
      }
    },
  };
}

/** Undefined when the run ends before the record's fate is known. */
async function deleteOne(
  { identifier, eventTime: own }: Deletion,
  job: Job,
  signal: AbortSignal,
): Promise<DeletionOutcome | undefined> {
  const { type, pace, now } = job;
  const backOff = openBackOff();
  let eventTime = own === undefined ? nowAs(type, now()) : (laterEventTime(own, type) ?? latestEventTime(type));
  for (let attempts = 1, refusals = 0; ; attempts += 1) {
    await pace.turn(signal);
    if (signal.aborted) return undefined;
    const verdict = await attempt(identifier, eventTime, job);
    if (verdict.kind === 'written') return { identifier, attempts, ok: true };
    if (verdict.kind === 'refused') {
      refusals += 1;
      const next = refusals < MAX_EVENT_TIMES ? await laterStill(identifier, eventTime, job) : undefined;
      if (next === undefined) return { identifier, attempts, ok: false, ...explain(verdict, eventTime, type) };
      eventTime = next;
    }
    if (verdict.kind === 'retry') {
      if (backOff.waited() >= patienceMs(verdict.brief === true, job.retryForSeconds))
        throw spent(verdict, job.retryForSeconds);
      job.onRetry?.(1);
      await backOff.wait(signal);
    }
  }
}

async function attempt(identifier: string, eventTime: string, job: Job): Promise<Verdict> {
  try {
    await job.send(identifier, eventTime);
    job.reached = true;
    job.pace.accepted();
    return { kind: 'written' };
  } catch (error) {
    if (isThrottled(error as Error)) job.pace.throttled();
    return readFailure(error, job.reached);
  }
}

/**
 * After a refusal: the service takes no hard deletion that is not later than what it holds. A record that was written
 * meanwhile shows its new event time; a tombstone shows none, and the last instant there is comes after any other.
 */
async function laterStill(
  identifier: string,
  refused: string,
  { type, eventTimeOf }: Job,
): Promise<string | undefined> {
  const own = await eventTimeOf(identifier);
  const latest = latestEventTime(type);
  if (own === undefined) return refused === latest ? undefined : latest;
  if (compareEventTimes(own, refused, type) < 0) return undefined;
  const later = laterEventTime(own, type) ?? latest;
  return later === refused ? undefined : later;
}

function explain({ code, message }: { code: string; message: string }, eventTime: string, type: Job['type']) {
  if (eventTime !== latestEventTime(type)) return { code, message };
  const why =
    'Its event time is the last one there is, and no deletion can be later: only deleting the feature group removes it.';
  return { code, message: `${why} The service says: ${message}` };
}

/** A missing group or endpoint stays the error that it is; anything else means that the service is not available. */
function spent({ code, message, failure }: Verdict & { kind: 'retry' }, seconds: number): Error {
  if (failure instanceof CommandError) return failure;
  const words = `Gave up after ${seconds} s in which the service took no more deletions (${code}: ${message}); trying again later may help.`;
  return new CommandError(words, EXIT.UNAVAILABLE, { cause: failure });
}
