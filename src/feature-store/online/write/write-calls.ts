/** One call of BatchWriteRecord or PutRecord, with a verdict on each of its records. */
import type { TtlDuration } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { RecordInput } from '../../../fast-calls/body-json.js';
import { whyUnavailable } from '../../../utils/patience/failed-calls.js';
import type { Patience } from '../../../utils/patience/patience.js';
import { openSingleCalls } from '../single-calls.js';
import type { WriteItem, WriteOptions, WriteTarget } from '../types.js';
import { areThrottled, isDenied, readAnswer, readFailure, RESEND, WRITTEN, type Verdict } from './write-verdicts.js';

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_feature_store_BatchWriteRecord.html */
export const MAX_ENTRIES_PER_BATCH_WRITE = 25;

export type WriteCalls = Awaited<ReturnType<typeof openWriteCalls>>;

type CallOptions = Pick<WriteOptions, 'targetStores' | 'ttl' | 'note'>;

/** Remembers whether BatchWriteRecord is available, and falls back to PutRecord. */
export async function openWriteCalls(target: WriteTarget, options: CallOptions) {
  const requests = await openRequests(target, options);
  let batches = true;

  function fallBack(because: string): void {
    if (batches) options.note(`BatchWriteRecord ${because}: using PutRecord instead, one record per call.`);
    batches = false;
  }

  /**
   * Sends one call of up to `maxEntries()` items with different identifiers. A call rejected as a whole is split in
   * halves until the invalid record is alone.
   * @returns a verdict per item, even if the call failed. Throws the reason of an interruption.
   */
  async function send(items: WriteItem[], patience: Patience): Promise<Verdict[]> {
    if (!batches && items.length > 1) return items.map(() => RESEND);
    const first = items[0]!;
    try {
      if (batches && !first.deletion) return await sendBatch(items, patience);
      // Ignores the signal: a call in flight is finished.
      return await patience.once(() => (first.deletion ? requests.remove(first) : requests.put(first)));
    } catch (error) {
      return [readFailure(error as Error)];
    }
  }

  async function sendBatch(items: WriteItem[], patience: Patience): Promise<Verdict[]> {
    let verdicts: Verdict[] | undefined;
    try {
      verdicts = await patience.once(() => requests.batch(items), areThrottled);
    } catch (error) {
      const because = whyUnavailable(error, 'sagemaker:BatchWriteRecord');
      if (because) {
        fallBack(because);
        return items.map(() => RESEND);
      }
      const verdict = readFailure(error as Error);
      return verdict.kind === 'refused' && items.length > 1 ? halve(items, patience) : items.map(() => verdict);
    }
    if (!verdicts) return halve(items, patience);
    if (!verdicts.some(isDenied)) return verdicts;
    fallBack('is not allowed');
    return verdicts.map((verdict) => (isDenied(verdict) ? RESEND : verdict));
  }

  async function halve(items: WriteItem[], patience: Patience): Promise<Verdict[]> {
    const middle = items.length >> 1;
    const left = await send(items.slice(0, middle), patience);
    return [...left, ...(await send(items.slice(middle), patience))];
  }

  return {
    /** Entries per call; 1 once BatchWriteRecord has turned out to be unavailable. */
    maxEntries: () => (batches ? MAX_ENTRIES_PER_BATCH_WRITE : 1),
    send,
  };
}

/** The requests themselves; nothing else knows how they are sent. */
async function openRequests(target: WriteTarget, { targetStores, ttl }: CallOptions) {
  const { BatchWriteRecordCommand, PutRecordCommand } = await import('../../../sdk/featurestore-runtime.js');
  const { remove } = await openSingleCalls(target);
  const { runtime, group, nameOrArn: FeatureGroupName = group.name } = target;
  const storesOf = (item: WriteItem) => item.targetStores ?? targetStores;
  const TtlDuration: TtlDuration | undefined = ttl && { Unit: ttl.unit, Value: ttl.value };
  return {
    /** Undefined where the answer cannot be matched to the items. */
    async batch(items: WriteItem[]): Promise<Verdict[] | undefined> {
      // Not a `map`: inlined, it yields a different elements kind, and deoptimizes the loops after it.
      const Entries: RecordInput[] = [];
      for (const item of items)
        Entries.push(new RecordInput(item.json, { FeatureGroupName, TargetStores: storesOf(item) }));
      const answer = await runtime.send(new BatchWriteRecordCommand({ Entries, TtlDuration }));
      return readAnswer(answer, items, group.recordIdentifier);
    },
    async put(item: WriteItem): Promise<Verdict[]> {
      const request = new RecordInput(item.json, { FeatureGroupName, TargetStores: storesOf(item), TtlDuration });
      await runtime.send(new PutRecordCommand(request));
      return [WRITTEN];
    },
    async remove(item: WriteItem): Promise<Verdict[]> {
      const { identifier, eventTime } = item;
      await remove({ identifier, eventTime, targetStores: storesOf(item) });
      return [WRITTEN];
    },
  };
}
