/** Deletes the records of any number of identifiers, soft or hard, at one event time. There is no call for several at once. */
import { describeError } from '../../../describe-error.js';
import { openPace } from '../../../utils/patience/pace.js';
import type { Patience } from '../../../utils/patience/patience.js';
import { inLanes } from '../../../utils/worker-pool.js';
import { eventTimeIn } from './deletion.js';
import { refuseOther } from '../answered-records.js';
import { openOnlinePatience } from '../patience.js';
import type { Effort, TargetStore, WriteTarget } from '../types.js';
import { refusalOf } from '../write/write-verdicts.js';

export interface NamedDeletion {
  /** Must be later than that of each record. */
  eventTime: string;
  /** Leave no tombstone. */
  hard?: boolean;
  targetStores?: TargetStore[];
}

export type NamedOutcome = { identifier: string; attempts: number } & (
  { ok: true } | { ok: false; code: string; message: string }
);

export interface NamedOptions extends Effort {
  /** Once aborted, nothing new is started; calls in flight are finished. */
  signal: AbortSignal;
  onRetry?(records: number): void;
}

/** The code of a deletion that the service took, and that left the record where it was. */
const STILL_THERE = 'ValidationError';

/** The code of a deletion that the service took, where nothing more is known. */
const UNPROVED = 'Unproved';

/** What is known of a record whose deletion the service took, and that could not be read afterwards. */
export const unproved = (error: unknown): string =>
  `Its deletion was accepted, but it could not be proved that the record is gone. ${describeError(error).message}`;

/**
 * Yields outcomes as they arrive. An online record that is still there afterwards, or may be, has failed.
 * @throws what concerns the whole run: access, a group that is gone, retries out of time
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_feature_store_DeleteRecord.html
 */
export async function* deleteNamed(
  target: WriteTarget,
  identifiers: AsyncIterable<string[]>,
  { deletion, ...options }: NamedOptions & { deletion: NamedDeletion },
): AsyncGenerator<NamedOutcome[]> {
  const { maxWorkers: workers, batchSize, signal } = options;
  const calls = await openCalls(target, deletion);
  const pace = openPace(options.tps);
  const pool = { workers, batchSize, signal, keyOf: (identifier: string) => identifier };
  let patience: Patience | undefined;
  yield* inLanes<string, NamedOutcome[]>(identifiers, pool, async (batch, worker) => {
    patience ??= openOnlinePatience({ ...options, pace, signal: worker.signal });
    for (const identifier of batch) {
      if (worker.signal.aborted) return;
      let attempts = 0;
      let isAccepted = false;
      const send = async () => {
        attempts += 1;
        await calls.send(identifier);
      };
      try {
        await patience.attempt('DeleteRecord', send, { units: () => 1 });
        isAccepted = true;
        const left = calls.reads && (await patience.attempt('GetRecord', () => calls.read(identifier)));
        worker.emit([left ? { identifier, attempts, ok: false, ...left } : { identifier, attempts, ok: true }]);
      } catch (error) {
        const refusal = refusalOf(error);
        const failed = isAccepted ? { code: UNPROVED, message: unproved(error) } : refusal;
        if (failed) worker.emit([{ identifier, attempts, ok: false, ...failed }]);
        if (error === worker.signal.reason) return;
        if (!refusal) throw error;
      }
    }
  });
}

async function openCalls({ runtime, group, nameOrArn = group.name }: WriteTarget, deletion: NamedDeletion) {
  const { DeleteRecordCommand, GetRecordCommand } = await import('../../../sdk/featurestore-runtime.js');
  const { eventTime, hard, targetStores } = deletion;
  const request = (identifier: string) => ({
    FeatureGroupName: nameOrArn,
    RecordIdentifierValueAsString: identifier,
  });
  return {
    /** A soft deletion that is not later than the record is answered with 200, but leaves the record in place. */
    reads: group.online !== undefined && (targetStores?.includes('OnlineStore') ?? true),
    send: (identifier: string) =>
      runtime.send(
        new DeleteRecordCommand({
          ...request(identifier),
          EventTime: eventTime,
          TargetStores: targetStores,
          DeletionMode: hard ? 'HardDelete' : 'SoftDelete',
        }),
      ),
    /** Why the record is not deleted; undefined where it is. */
    async read(identifier: string) {
      const { Record: record } = await runtime.send(new GetRecordCommand(request(identifier)));
      if (!record) return undefined;
      refuseOther('GetRecord', { record, identifier, group });
      const own = eventTimeIn(record, group);
      const message = `It is still there: its event time ${own} is not earlier than ${eventTime}; pass a later --event-time.`;
      return { code: STILL_THERE, message };
    },
  };
}
