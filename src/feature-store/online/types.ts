/** Types shared by the code for online stores: target, item, outcome. */
import type { RuntimeCalls } from '../../fast-calls/index.js';
import type { FeatureGroup, TimeToLive } from '../groups/describe.js';

/** A record to write; callers may add what they need afterwards, such as its row. */
export interface WriteItem {
  /** Line in the input, for messages. */
  line: number;
  identifier: string;
  eventTime: string;
  /** The record as JSON for the service: record-json.ts. */
  json: string;
  /** Stores for this record, if different from the default. */
  targetStores?: TargetStore[];
  /** A soft deletion, of which only identifier and event time matter. */
  deletion?: boolean;
}

export type TargetStore = 'OnlineStore' | 'OfflineStore';

export type WriteOutcome<T extends WriteItem = WriteItem> = { item: T; attempts: number } & (
  { ok: true } | ({ ok: false } & Refusal)
);

/** Why the service did not do something, with its code. */
export interface Refusal {
  code: string;
  message: string;
}

export interface WriteTarget {
  runtime: RuntimeCalls;
  group: FeatureGroup;
  /** Name or ARN for calls (an ARN reaches a group of another account); the name by default. */
  nameOrArn?: string;
}

/** How much at a time, how fast, and how patiently. */
export interface Effort {
  /** Calls in flight. */
  maxWorkers: number;
  /** Records per batch; a worker sends or requests them in the largest calls the API allows. */
  batchSize: number;
  /** Limit on calls per second. */
  tps?: number;
  /** How long to retry a throttled or unavailable call, in seconds. */
  retryFor: number;
}

export interface WriteOptions extends Effort {
  targetStores?: TargetStore[];
  ttl?: TimeToLive;
  /** Once aborted, no record is started; calls in flight are finished, the rest has no outcome. */
  signal: AbortSignal;
  /** Prints a line for the user. */
  note(line: string): void;
  /** That many records are about to be sent again. */
  onRetry?(records: number): void;
}
