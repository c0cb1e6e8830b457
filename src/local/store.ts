/** What the embedded store holds: lmdb for state, plain files for objects; every room gets the same Store. */
import type { RootDatabase } from 'lmdb';
import type { FeatureGroups } from './groups.js';
import type { Objects } from './objects.js';
import type { OfflineStore } from './offline.js';
import type { OnlineStore } from './online.js';
import type { Queries } from './athena.js';
import type { Tables } from './tables.js';

export interface Store {
  /** Absolute path of the folder that holds everything. */
  readonly dir: string;
  readonly env: RootDatabase;
  /** Milliseconds since the epoch; injected so that tests can move time. */
  readonly now: () => number;
  readonly groups: FeatureGroups;
  readonly online: OnlineStore;
  readonly offline: OfflineStore;
  readonly tables: Tables;
  readonly queries: Queries;
  readonly objects: Objects;
}
