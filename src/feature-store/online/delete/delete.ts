/** Bulk hard deletions: one DeleteRecord per identifier, strictly later than the record, from the online store only. */
import type { FeatureValue } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { isAccessDenied } from '../../../errors.js';
import { isThrottled } from '../../../utils/patience/failed-calls.js';
import type { Patience } from '../../../utils/patience/patience.js';
import { eventTimeTypeOf } from '../../groups/describe.js';
import type { Effort, WriteTarget } from '../types.js';
import { inPatientLanes } from '../patience.js';
import { deleteVersion, type Deleted, type DeletionCalls, type Refusal } from './deletion.js';
import { openSingleCalls } from '../single-calls.js';
import { refusalOf } from '../write/write-verdicts.js';

export interface Deletion {
  identifier: string;
  /** Event time of the record; undefined for a tombstone, which hides it. */
  eventTime?: string;
}

export type DeletionOutcome = { identifier: string; attempts: number } & Deleted;

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

/**
 * Deletes, and yields outcomes as they arrive. A rejected deletion is an outcome; an error that concerns the whole run
 * is thrown.
 */
export async function* hardDelete(
  target: WriteTarget,
  deletions: AsyncIterable<Deletion[]>,
  options: DeletionOptions,
): AsyncGenerator<DeletionOutcome[]> {
  const { group } = target;
  const calls = { ...(await openSingleCalls(target)), group, type: eventTimeTypeOf(group) };
  const { now, isHeld } = options;
  const batchSize = Math.min(options.batchSize ?? MAX_BATCH_SIZE, MAX_BATCH_SIZE);
  const lanes = { ...options, batchSize, keyOf: ({ identifier }: Deletion) => identifier };
  yield* inPatientLanes<Deletion, DeletionOutcome[]>(deletions, lanes, async (batch, worker, patience) => {
    const outcomes: DeletionOutcome[] = [];
    const job = { ...calls, now, isHeld, patience };
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
  Pick<DeletionCalls, 'group' | 'type' | 'now' | 'isHeld'> & { patience: Patience };

/** Undefined if the run ends before the outcome is known. */
async function deleteOne(
  { identifier, eventTime }: Deletion,
  job: Job,
  signal: AbortSignal,
): Promise<DeletionOutcome | undefined> {
  let attempts = 0;
  try {
    const deleted = await deleteVersion(eventTime, {
      ...job,
      read: () => readPatiently(identifier, job),
      send: (eventTime) => sendPatiently({ identifier, eventTime, tell: () => (attempts += 1) }, job),
    });
    return { identifier, attempts, ...deleted };
  } catch (error) {
    if (error instanceof Changed) return { identifier, attempts, ok: false, isNewer: true, ...CHANGED };
    if (error === signal.reason) return undefined;
    throw error;
  }
}

/** The deleted record was, or may have been, written again: the answer was lost. */
class Changed extends Error {}
const CHANGED = { code: 'ConflictException', message: 'It was written again in the meantime.' };

/** Ignores the signal while a call is in flight. */
async function sendPatiently(
  { identifier, eventTime, tell }: { identifier: string; eventTime: string; tell(): void },
  { patience, isHeld, get, remove }: Job,
): Promise<Refusal | undefined> {
  let isUnsure = false;
  const send = async (abortSignal: AbortSignal) => {
    // The first attempt may have succeeded, and the record there now may be a new one.
    if (isUnsure && isHeld) {
      const record = await get(identifier, { abortSignal });
      if (record && !isHeld(record)) throw new Changed();
    }
    tell();
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
