/** Writes records in bulk: batches for the workers, calls for the service, and an outcome for each record. */
import type { RuntimeCalls } from '../../fast-calls/index.js';
import { openPace } from '../../utils/pace.js';
import { inLanes } from '../../utils/worker-pool.js';
import type { FeatureGroup, TimeToLive } from '../groups/describe.js';
import { writeBatch } from './write-batch.js';
import { openWriteCalls } from './write-calls.js';

/** A record on its way; whoever needs more of it at the end (the row it came from) adds that. */
export interface WriteItem {
  /** Where it came from, for messages. */
  line: number;
  identifier: string;
  eventTime: string;
  /** The record as JSON of the service: record-json.ts. */
  json: string;
  /** Where this record goes, if not where the others go. */
  targetStores?: TargetStore[];
  /** Not a record but its deletion, a soft one: identifier and event time are all that counts. */
  deletion?: boolean;
}

export type TargetStore = 'OnlineStore' | 'OfflineStore';

export type WriteOutcome<T extends WriteItem = WriteItem> = { item: T; attempts: number } & (
  { ok: true } | { ok: false; code: string; message: string }
);

export interface WriteTarget {
  runtime: RuntimeCalls;
  group: FeatureGroup;
  /** How the group is named in calls: an ARN reaches a group of another account. Its name when undefined. */
  nameOrArn?: string;
}

export interface WriteOptions {
  /** Calls in flight. */
  maxWorkers: number;
  /** Records handed to a worker at a time; it sends them in the largest calls that the API takes. */
  batchSize: number;
  /** Ceiling on calls a second. */
  tps?: number;
  /** Patience with a call that is throttled or meets an unavailable service, in seconds. */
  retryForSeconds: number;
  targetStores?: TargetStore[];
  ttl?: TimeToLive;
  /** Aborted: no record is begun any more, calls in flight are finished, the rest has no outcome. */
  signal: AbortSignal;
  /** A line for the person who watches. */
  note(line: string): void;
  /** So many records are about to be sent again. */
  onRetry?(records: number): void;
}

/**
 * Writes every item and yields the outcomes of each call as it ends. Items of one identifier reach the service in their
 * order and are never in flight together. A record that the service refuses is an outcome; what concerns them all (access,
 * a vanished group, patience spent) is thrown, after the outcomes of the calls in flight.
 * @param items singly, or in arrays, which saves a promise for each
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_feature_store_BatchWriteRecord.html
 */
export async function* writeRecords<T extends WriteItem>(
  target: WriteTarget,
  items: AsyncIterable<T | T[]>,
  options: WriteOptions,
): AsyncGenerator<WriteOutcome<T>[]> {
  const { maxWorkers: workers, batchSize, signal } = options;
  const calls = await openWriteCalls(target, { ...options, pace: openPace(options.tps) });
  const pool = { workers, batchSize, signal, keyOf: (item: T) => item.identifier };
  yield* inLanes<T, WriteOutcome<T>[]>(items, pool, (batch, worker) =>
    writeBatch(batch, worker, { ...options, calls }),
  );
}
