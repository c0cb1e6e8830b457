/** Hard deletions in bulk: one DeleteRecord for each identifier, strictly later than the record, from the online store alone. */
import { isAccessDenied } from '../../errors.js';
import { openPace } from '../../utils/pace.js';
import type { Patience } from '../../utils/patience.js';
import { inLanes } from '../../utils/worker-pool.js';
import { compareEventTimes, laterEventTime, latestEventTime, nowAs } from '../records/event-time.js';
import { eventTimeTypeOf } from '../groups/describe.js';
import type { WriteTarget } from './types.js';
import { openOnlinePatience } from './patience.js';
import { refuseOther } from './identity.js';
import { refusalOf } from './write-verdicts.js';

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
  const calls = await openCalls(target);
  const { maxWorkers: workers, signal, now } = options;
  const pace = openPace(options.tps);
  let job: Job | undefined;
  const batchSize = Math.min(options.batchSize ?? MAX_BATCH_SIZE, MAX_BATCH_SIZE);
  const pool = { workers, batchSize, signal, keyOf: ({ identifier }: Deletion) => identifier };
  yield* inLanes<Deletion, DeletionOutcome[]>(deletions, pool, async (batch, worker) => {
    const outcomes: DeletionOutcome[] = [];
    job ??= { ...calls, now, patience: openOnlinePatience({ ...options, pace, signal: worker.signal }) };
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

interface Calls {
  type: 'String' | 'Fractional';
  send(identifier: string, eventTime: string): Promise<unknown>;
  /** The record's own event time; undefined where there is no record to see. */
  eventTimeOf(identifier: string, abortSignal: AbortSignal): Promise<string | undefined>;
}

interface Job extends Calls, Pick<DeletionOptions, 'now'> {
  patience: Patience;
}

async function openCalls({ runtime, group, nameOrArn = group.name }: WriteTarget): Promise<Calls> {
  const { DeleteRecordCommand, GetRecordCommand } = await import('../../sdk/featurestore-runtime.js');
  return {
    type: eventTimeTypeOf(group),
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
    async eventTimeOf(identifier, abortSignal) {
      const FeatureNames = [group.eventTime];
      const request = { FeatureGroupName: nameOrArn, RecordIdentifierValueAsString: identifier, FeatureNames };
      const { Record: record = [] } = await runtime.send(new GetRecordCommand(request), { abortSignal });
      refuseOther('GetRecord', { record, identifier, group });
      return record.find(({ FeatureName }) => FeatureName === group.eventTime)?.ValueAsString;
    },
  };
}

/** Undefined when the run ends before the record's fate is known. */
async function deleteOne(
  { identifier, eventTime: own }: Deletion,
  job: Job,
  signal: AbortSignal,
): Promise<DeletionOutcome | undefined> {
  const { type, patience, now } = job;
  let eventTime = own === undefined ? nowAs(type, now()) : (laterEventTime(own, type) ?? latestEventTime(type));
  let attempts = 0;
  // Not broken off by the signal: a call in flight is finished.
  const send = () => {
    attempts += 1;
    return job.send(identifier, eventTime);
  };
  for (let refusals = 1; !signal.aborted; refusals += 1) {
    try {
      await patience.attempt('DeleteRecord', send, ONE);
      return { identifier, attempts, ok: true };
    } catch (error) {
      if (error === signal.reason) return undefined;
      const refusal = refusalOf(error);
      if (!refusal) throw error;
      const next = refusals < MAX_EVENT_TIMES ? await laterStill(identifier, eventTime, job) : undefined;
      if (next === undefined) return { identifier, attempts, ok: false, ...explain(refusal, eventTime, type) };
      eventTime = next;
    }
  }
  return undefined;
}

const ONE = { units: () => 1 };

/**
 * After a refusal: the service takes no hard deletion that is not later than what it holds. A record that was written
 * meanwhile shows its new event time; a tombstone shows none, and the last instant there is comes after any other.
 */
async function laterStill(
  identifier: string,
  refused: string,
  { type, patience, eventTimeOf }: Job,
): Promise<string | undefined> {
  const read = (signal: AbortSignal) => eventTimeOf(identifier, signal);
  const own = await patience.attempt('GetRecord', read).catch((error: unknown) => {
    if (isAccessDenied(error)) return undefined;
    throw error;
  });
  const latest = latestEventTime(type);
  if (own === undefined) return refused === latest ? undefined : latest;
  if (compareEventTimes(own, refused, type) < 0) return undefined;
  const later = laterEventTime(own, type) ?? latest;
  return later === refused ? undefined : later;
}

function explain({ code, message }: { code: string; message: string }, eventTime: string, type: Calls['type']) {
  if (eventTime !== latestEventTime(type)) return { code, message };
  const why =
    'Its event time is the last one there is, and no deletion can be later: only deleting the feature group removes it.';
  return { code, message: `${why} The service says: ${message}` };
}
