/** Bulk hard deletions: one DeleteRecord per identifier, strictly later than the record, from the online store only. */
import type { FeatureValue } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { isAccessDenied } from '../../../errors.js';
import { isThrottled } from '../../../utils/patience/failed-calls.js';
import type { Patience } from '../../../utils/patience/patience.js';
import { eventTimeTypeOf, type FeatureGroup } from '../../groups/describe.js';
import type { Effort, Refusal, WriteTarget } from '../types.js';
import { inPatientLanes } from '../patience.js';
import { eventTimeIn } from '../../records/record-rows.js';
import { deletionTimes } from './deletion-times.js';
import { openSingleCalls } from '../single-calls.js';
import { refusalOf } from '../write/write-verdicts.js';

export interface Deletion {
  identifier: string;
  /** Event time of the record; undefined for a tombstone, which hides it. */
  eventTime?: string;
}

/** `isNewer`: written or deleted meanwhile, and still there. */
export type DeletionOutcome = { identifier: string; attempts: number } & (
  { ok: true } | ({ ok: false; isNewer?: true } & Refusal)
);

/** Batches are small by default, and limited. */
export interface DeletionOptions extends Omit<Effort, 'batchSize'>, Partial<Pick<Effort, 'batchSize'>> {
  /** Once aborted, nothing new is started; calls in flight are finished. */
  signal: AbortSignal;
  now(): Date;
  onRetry?(records: number): void;
  /** Only these versions are deleted; any other stays, with the outcome `isNewer`. */
  isHeld?(record: FeatureValue[]): boolean;
}

/** Small, so that all workers are busy while the listing goes on. */
const MAX_BATCH_SIZE = 16;
/** Limit for a record that is written over and over while it is deleted. */
const MAX_VERSIONS = 5;
const NO_LATER =
  'Its event time is the latest possible, so no deletion can be later: only deleting the feature group removes it.';

/**
 * Deletes, and yields outcomes as they arrive. A rejected deletion is an outcome; an error that concerns the whole run
 * is thrown.
 */
export async function* hardDelete(
  target: WriteTarget,
  deletions: AsyncIterable<Deletion[]>,
  options: DeletionOptions,
): AsyncGenerator<DeletionOutcome[]> {
  const calls = await openSingleCalls(target);
  const { now, isHeld } = options;
  const batchSize = Math.min(options.batchSize ?? MAX_BATCH_SIZE, MAX_BATCH_SIZE);
  const lanes = { ...options, batchSize, keyOf: ({ identifier }: Deletion) => identifier };
  yield* inPatientLanes<Deletion, DeletionOutcome[]>(deletions, lanes, async (batch, worker, patience) => {
    const outcomes: DeletionOutcome[] = [];
    const job = { ...calls, group: target.group, now, isHeld, patience };
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

type Job = Awaited<ReturnType<typeof openSingleCalls>> &
  Pick<DeletionOptions, 'now' | 'isHeld'> & { group: FeatureGroup; patience: Patience };

/** Undefined if the run ends before the outcome is known. */
async function deleteOne(deletion: Deletion, job: Job, signal: AbortSignal): Promise<DeletionOutcome | undefined> {
  const { identifier } = deletion;
  const sent = { identifier, attempts: 0 };
  try {
    const refused = await deleteVersions(deletion, job, sent);
    return refused ? { ...sent, ok: false, ...refused } : { ...sent, ok: true };
  } catch (error) {
    if (error instanceof Changed) return { ...sent, ok: false, isNewer: true, ...CHANGED };
    if (error === signal.reason) return undefined;
    throw error;
  }
}

interface Sent {
  identifier: string;
  attempts: number;
}

/** Tries event times until the service accepts one, for the given version or, if none has to be held, for any. */
async function deleteVersions(
  { identifier, eventTime }: Deletion,
  job: Job,
  sent: Sent,
): Promise<(Refusal & { isNewer?: true }) | undefined> {
  const { group, now, isHeld } = job;
  const times = { type: eventTimeTypeOf(group), now, isCareful: isHeld !== undefined };
  let version = eventTime;
  let refusal: Refusal = { code: 'ValidationError', message: NO_LATER };
  for (let versions = 1; versions <= MAX_VERSIONS; versions += 1) {
    let current: string | undefined;
    let isOther = false;
    for (const time of deletionTimes(version, times)) {
      const refused = await sendPatiently(time, job, sent);
      if (!refused) return undefined;
      refusal = refused;
      const record = await readPatiently(identifier, job);
      current = record && eventTimeIn(record, group);
      isOther = current !== version || (record !== undefined && isHeld?.(record) === false);
      if (isOther) break;
    }
    if (!isOther) break;
    if (isHeld) return { isNewer: true, ...refusal };
    version = current;
  }
  return refusal;
}

/** The deleted record was, or may have been, written again: the answer was lost. */
class Changed extends Error {}
const CHANGED = { code: 'ConflictException', message: 'It was written again in the meantime.' };

/** Ignores the signal while a call is in flight. */
async function sendPatiently(
  eventTime: string,
  { patience, isHeld, get, remove }: Job,
  sent: Sent,
): Promise<Refusal | undefined> {
  const { identifier } = sent;
  let isUnsure = false;
  const send = async (abortSignal: AbortSignal) => {
    // The first attempt may have succeeded, and the record there now may be a new one.
    if (isUnsure && isHeld) {
      const record = await get(identifier, { abortSignal });
      if (record && !isHeld(record)) throw new Changed();
    }
    sent.attempts += 1;
    try {
      // A deletion in the offline store would be a row of its own.
      await remove({ identifier, eventTime, hard: true, targetStores: ['OnlineStore'] });
    } catch (error) {
      isUnsure ||= !isThrottled(error as Error);
      throw error;
    }
  };
  try {
    await patience.attempt('DeleteRecord', send, { units: () => 1 });
    return undefined;
  } catch (error) {
    const refusal = refusalOf(error);
    if (!refusal) throw error;
    return refusal;
  }
}

async function readPatiently(identifier: string, { patience, get }: Job): Promise<FeatureValue[] | undefined> {
  try {
    return await patience.attempt('GetRecord', (abortSignal) => get(identifier, { abortSignal }));
  } catch (error) {
    if (isAccessDenied(error)) return undefined;
    throw error;
  }
}
