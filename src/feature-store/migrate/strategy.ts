/** How a migration reads and writes, in words for its plan. Pure. */
import { readingWords } from '../offline/offline-store.js';
import type { Migration } from './check.js';

/** The stores of the target that are written: `online`, `offline` or `online+offline`. */
export function storesOf({ target, targetStores, byAthena }: Migration): string {
  if (byAthena) return 'offline';
  if (targetStores !== undefined || !target.offline) return 'online';
  return target.online ? 'online+offline' : 'offline';
}

/** The operations that read the source and write the target. */
export function strategyOf(migration: Migration): { read: string; write: string } {
  const { readFrom, target, choice, byAthena } = migration;
  const stores = storesOf(migration).replace('+', ' and ');
  const past = choice.history && target.online ? '; older versions and deletions to the offline store alone' : '';
  return {
    read: readingWords(readFrom, choice.history).read,
    write: byAthena ? 'the offline store, through INSERT INTO of Athena' : `${stores}, through BatchWriteRecord${past}`,
  };
}
