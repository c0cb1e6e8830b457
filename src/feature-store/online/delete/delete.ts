/** Bulk hard deletions: one DeleteRecord per identifier, strictly later than the record, from the online store only. */
import type { FeatureValue } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { isAccessDenied } from '../../../errors.js';
import { isThrottled } from '../../../utils/patience/failed-calls.js';
import { openPace } from '../../../utils/patience/pace.js';
import type { Patience } from '../../../utils/patience/patience.js';
import { inLanes } from '../../../utils/worker-pool.js';
import { eventTimeTypeOf } from '../../groups/describe.js';
import type { Effort, WriteTarget } from '../types.js';
import { openOnlinePatience } from '../patience.js';
import { deleteVersion, type Deleted } from './deletion.js';
import { refuseOther } from '../answered-records.js';
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
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_feature_store_DeleteRecord.html
 */
export async function* hardDelete(
  target: WriteTarget,
  deletions: AsyncIterable<Deletion[]>,
  options: DeletionOptions,
): AsyncGenerator<DeletionOutcome[]> {
  const calls = await openCalls(target);
  const { maxWorkers: workers, signal, now, isHeld } = options;
  const pace = openPace(options.tps);
  let job: Job | undefined;
  const batchSize = Math.min(options.batchSize ?? MAX_BATCH_SIZE, MAX_BATCH_SIZE);
  const pool = { workers, batchSize, signal, keyOf: ({ identifier }: Deletion) => identifier };
  yield* inLanes<Deletion, DeletionOutcome[]>(deletions, pool, async (batch, worker) => {
    const outcomes: DeletionOutcome[] = [];
    job ??= { ...calls, now, isHeld, patience: openOnlinePatience({ ...options, pace, signal: worker.signal }) };
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

interface Job extends Awaited<ReturnType<typeof openCalls>>, Pick<DeletionOptions, 'now' | 'isHeld'> {
  patience: Patience;
}

async function openCalls({ runtime, group, nameOrArn = group.name }: WriteTarget) {
  const { DeleteRecordCommand, GetRecordCommand } = await import('../../../sdk/featurestore-runtime.js');
  return {
    group,
    type: eventTimeTypeOf(group),
    send: (RecordIdentifierValueAsString: string, EventTime: string) =>
      runtime.send(
        new DeleteRecordCommand({
          FeatureGroupName: nameOrArn,
          RecordIdentifierValueAsString,
          EventTime,
          DeletionMode: 'HardDelete',
          // A deletion in the offline store would be a row of its own.
          TargetStores: ['OnlineStore'],
        }),
      ),
    /** Undefined where there is no visible record. */
    async read(identifier: string, abortSignal: AbortSignal): Promise<FeatureValue[] | undefined> {
      const request = { FeatureGroupName: nameOrArn, RecordIdentifierValueAsString: identifier };
      const { Record: record } = await runtime.send(new GetRecordCommand(request), { abortSignal });
      if (record) refuseOther('GetRecord', { record, identifier, group });
      return record;
    },
  };
}

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
      send: (time) => sendPatiently({ identifier, time, tell: () => (attempts += 1) }, job),
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
  { identifier, time, tell }: { identifier: string; time: string; tell(): void },
  job: Job,
): Promise<{ code: string; message: string } | undefined> {
  const { patience, isHeld } = job;
  let isUnsure = false;
  const send = async (signal: AbortSignal) => {
    // The first attempt may have succeeded, and the record there now may be a new one.
    if (isUnsure && isHeld) {
      const record = await job.read(identifier, signal);
      if (record && !isHeld(record)) throw new Changed();
    }
    tell();
    try {
      await job.send(identifier, time);
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

async function readPatiently(identifier: string, { patience, read }: Job): Promise<FeatureValue[] | undefined> {
  try {
    return await patience.attempt('GetRecord', (signal) => read(identifier, signal));
  } catch (error) {
    if (isAccessDenied(error)) return undefined;
    throw error;
  }
}
