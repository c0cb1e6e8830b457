/** What every room of the store is opened with: lmdb for state, plain files for objects, a clock. */
import type { RootDatabase } from 'lmdb';
import type { Faults } from '../wire/faults.js';

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
