/** What the rooms of the online store hand each other: the target, an item on its way, and what became of it. */
import type { RuntimeCalls } from '../../fast-calls/index.js';
import type { FeatureGroup, TimeToLive } from '../groups/describe.js';

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
