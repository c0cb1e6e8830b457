/** What the embedded store holds: lmdb for state, plain files for objects; every room gets the same Store. */
import type { RootDatabase } from 'lmdb';
import type { Faults } from '../wire/faults.js';
import type { FeatureGroups } from '../sagemaker/groups.js';
import type { Objects } from '../s3/objects.js';
import type { OfflineStore } from '../runtime/offline.js';
import type { OnlineStore } from '../runtime/online.js';
import type { Queries } from '../athena/athena.js';
import type { Tables } from '../glue/tables.js';

/** What every room is opened with. */
export interface Core {
  /** Absolute path of the folder that holds everything. */
  readonly dir: string;
  readonly env: RootDatabase;
  /** Milliseconds since the epoch; injected so that tests can move time. */
  readonly now: () => number;
  readonly accountId: string;
  /** How long rows wait before they may become Parquet. */
  readonly offlineDelayMs: number;
  /** How long a group stays `Creating`, an update `InProgress` and a removal `Deleting`. */
  readonly settleMs: number;
  /**
   * Whether a put with the event time of the record that is already online replaces it. AWS's own texts disagree, so
   * tests run both.
   */
  readonly putOnEqual: 'overwrite' | 'historic';
  /** Mutable: what is set here strikes the next request. */
  readonly faults: Faults;
}

export interface Store extends Core {
  readonly groups: FeatureGroups;
  readonly online: OnlineStore;
  readonly offline: OfflineStore;
  readonly tables: Tables;
  readonly queries: Queries;
  readonly objects: Objects;
}
