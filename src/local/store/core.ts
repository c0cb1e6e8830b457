/** What every part of the store works with: lmdb for state, plain files for objects, a clock. */
import type { RootDatabase } from 'lmdb';
import type { Faults } from '../wire/faults.js';

export interface Core {
  /** Absolute path of the folder of the store. */
  readonly dir: string;
  readonly env: RootDatabase;
  /** Milliseconds since the epoch; injected so that tests can move time. */
  readonly now: () => number;
  readonly accountId: string;
  /** How long rows are buffered before they may become Parquet. */
  readonly offlineDelayMs: number;
  /** Duration of `Creating`, `InProgress` and `Deleting`. */
  readonly settleMs: number;
  /**
   * Whether a put with the same event time as the online record replaces it. The documentation of AWS contradicts
   * itself, so tests run both.
   */
  readonly putOnEqual: 'overwrite' | 'historic';
  /** Mutable: takes effect with the next request. */
  readonly faults: Faults;
}

/** Loads a package that may have been left out. Throws an Error that says how to install it. */
export async function optional<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new Error('The embedded store needs two more packages: npm install lmdb @duckdb/node-api', { cause });
  }
}

/**
 * Leaves a failed commit, most often for lack of space, to the caller alone: lmdb also reports its cause in a promise of
 * its own, which would end the process if unhandled.
 */
export function heedCommitFailure(error: unknown): void {
  const { commitError } = error as { commitError?: Promise<never> };
  commitError?.catch(() => undefined);
}
