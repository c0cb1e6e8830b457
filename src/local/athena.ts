/** Athena: query executions, their states and results; the SQL itself runs in DuckDB over the Parquet objects. */
import type { RootDatabase } from 'lmdb';
import type { Objects } from './objects.js';
import type { OfflineStore } from './offline.js';
import type { Tables } from './tables.js';

export interface Queries {
  /** Waits for running queries to end; called when the store is closed. */
  close(): Promise<void>;
}

export interface QueriesCore {
  dir: string;
  env: RootDatabase;
  now: () => number;
  objects: Objects;
  offline: OfflineStore;
  tables: Tables;
}

/** Opens Athena; DuckDB is loaded by the first query. */
export function openQueries(_core: QueriesCore): Queries {
  return { close: () => Promise.resolve() };
}
