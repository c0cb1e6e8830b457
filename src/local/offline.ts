/** The offline store: rows wait in an lmdb buffer, then become hive-partitioned Parquet objects. */
import type { FeatureGroup } from './groups.js';
import type { FeatureValue } from './online.js';

export interface OfflineRow {
  features: FeatureValue[];
  /** As the caller wrote it, ISO-8601 or Unix seconds. */
  eventTime: string;
  /** When the service received the call, milliseconds since the epoch. */
  invokedAt: number;
  deleted: boolean;
}

export interface OfflineStore {
  /** Appends one row to the buffer. Synchronous, for use inside the caller's lmdb write transaction. */
  append(group: FeatureGroup, row: OfflineRow): void;
  /** Turns every buffered row that is due (older than the offline delay) into Parquet; exactly once across processes. */
  flush(): Promise<void>;
}
