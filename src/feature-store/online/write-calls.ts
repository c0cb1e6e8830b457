/** One call of BatchWriteRecord or PutRecord, and a verdict for each of its records. */
import type { TtlDuration } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { RecordInput } from '../../fast-calls/record-input.js';
import type { Pace } from '../../utils/pace.js';
import type { WriteItem, WriteOptions, WriteTarget } from './types.js';
import {
  isDenied,
  isThrottled,
  readAnswer,
  readFailure,
  RESEND,
  whyUnavailable,
  WRITTEN,
  type Verdict,
} from './write-verdicts.js';

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_feature_store_BatchWriteRecord.html */
export const MAX_ENTRIES_PER_BATCH_WRITE = 25;

export interface WriteCalls {
  /** Entries that one call takes: 25, or 1 once BatchWriteRecord has turned out not to be had. */
  maxEntries(): number;
  /**
   * Sends one call of at most `maxEntries()` items with different identifiers. A call that is refused as a whole is
   * halved until the bad record stands alone.
   * @returns one verdict for each item. Throws what concerns the whole run.
   */
  send(items: WriteItem[], signal: AbortSignal): Promise<Verdict[]>;
}

type CallOptions = Pick<WriteOptions, 'targetStores' | 'ttl' | 'note' | 'onRetry'> & { pace: Pace };

/** Remembers whether BatchWriteRecord is to be had, and goes on with PutRecord where it is not. */
export async function openWriteCalls(target: WriteTarget, options: CallOptions): Promise<WriteCalls> {
  const { pace } = options;
  const requests = await openRequests(target, options);
  let batches = true;
  let reached = false;

  function fallBack(because: string): void {
    if (batches) options.note(`BatchWriteRecord ${because}: going on with PutRecord, one record a call.`);
    batches = false;
  }

  async function send(items: WriteItem[], signal: AbortSignal): Promise<Verdict[]> {
    if (!batches && items.length > 1) return items.map(() => RESEND);
    await pace.turn(signal);
    if (signal.aborted) return items.map(() => RESEND);
    const [first] = items;
    if (batches && !first!.deletion) return sendBatch(items, signal);
    const sent = first!.deletion ? requests.remove(first!) : requests.put(first!);
    return sent.then(accept, (error: Error) => [fail(error)]);
  }

  async function sendBatch(items: WriteItem[], signal: AbortSignal): Promise<Verdict[]> {
    let verdicts: Verdict[] | undefined;
    try {
      verdicts = await requests.batch(items);
    } catch (error) {
      const because = whyUnavailable(error);
      if (because) {
        fallBack(because);
        return items.map(() => RESEND);
      }
      const verdict = fail(error as Error);
      return verdict.kind === 'refused' && items.length > 1 ? halve(items, signal) : items.map(() => verdict);
    }
    if (!verdicts) return halve(items, signal);
    accept(verdicts);
    if (!verdicts.some(isDenied)) return verdicts;
    fallBack('is not allowed');
    return verdicts.map((verdict) => (isDenied(verdict) ? RESEND : verdict));
  }

  async function halve(items: WriteItem[], signal: AbortSignal): Promise<Verdict[]> {
    const middle = items.length >> 1;
    const left = await send(items.slice(0, middle), signal);
    return [...left, ...(await send(items.slice(middle), signal))];
  }

  function accept(verdicts: Verdict[]): Verdict[] {
    reached = true;
    if (isThrottled(verdicts)) pace.throttled();
    else pace.accepted();
    return verdicts;
  }

  function fail(error: Error): Verdict {
    if (isThrottled(error)) pace.throttled();
    return readFailure(error, reached);
  }

  return { maxEntries: () => (batches ? MAX_ENTRIES_PER_BATCH_WRITE : 1), send };
}

interface Requests {
  /** Undefined where the answer cannot be matched to the items. */
  batch(items: WriteItem[]): Promise<Verdict[] | undefined>;
  put(item: WriteItem): Promise<Verdict[]>;
  remove(item: WriteItem): Promise<Verdict[]>;
}

/** The two requests themselves: the only place that knows how they are sent. */
async function openRequests(
  { runtime, group, nameOrArn = group.name }: WriteTarget,
  { targetStores, ttl, onRetry }: CallOptions,
): Promise<Requests> {
  const { BatchWriteRecordCommand, DeleteRecordCommand, PutRecordCommand } =
    await import('../../sdk/featurestore-runtime.js');
  const FeatureGroupName = nameOrArn;
  const storesOf = (item: WriteItem) => item.targetStores ?? targetStores;
  const TtlDuration: TtlDuration | undefined = ttl && { Unit: ttl.unit, Value: ttl.value };
  const retriesOf = ({ $metadata }: Sent) => ($metadata.attempts ?? 1) - 1;
  return {
    async batch(items) {
      // Where `map` is compiled into its caller, it makes another kind of array, and all that follows is compiled anew.
      const Entries: RecordInput[] = [];
      for (const item of items)
        Entries.push(new RecordInput(item.json, { FeatureGroupName, TargetStores: storesOf(item) }));
      const answer = await runtime.send(new BatchWriteRecordCommand({ Entries, TtlDuration }));
      if (retriesOf(answer) > 0) onRetry?.(items.length * retriesOf(answer));
      return readAnswer(answer, items, group.recordIdentifier);
    },
    async put(item) {
      const request = new RecordInput(item.json, { FeatureGroupName, TargetStores: storesOf(item), TtlDuration });
      const answer = await runtime.send(new PutRecordCommand(request));
      if (retriesOf(answer) > 0) onRetry?.(retriesOf(answer));
      return [WRITTEN];
    },
    async remove(item) {
      const request = {
        FeatureGroupName,
        RecordIdentifierValueAsString: item.identifier,
        EventTime: item.eventTime,
        DeletionMode: 'SoftDelete' as const,
        TargetStores: storesOf(item),
      };
      const answer = await runtime.send(new DeleteRecordCommand(request));
      if (retriesOf(answer) > 0) onRetry?.(retriesOf(answer));
      return [WRITTEN];
    },
  };
}

interface Sent {
  $metadata: { attempts?: number };
}
