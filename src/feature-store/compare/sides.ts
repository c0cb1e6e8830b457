/** The two sides of a comparison: a group and the store that it is read from. Pure. */
import { UsageError } from '../../errors.js';
import type { FeatureGroup } from '../groups/describe.js';

export interface Side {
  group: FeatureGroup;
  store: 'offline' | 'online';
}

/**
 * Two groups by their offline stores where they have one that Athena can read, else by the online one; one group by its two.
 * @throws UsageError where a store is not there or cannot be read
 */
export function comparedSides(a: FeatureGroup, b: FeatureGroup | undefined): { a: Side; b: Side } {
  for (const group of [a, b]) {
    if (group && group.status !== 'Created')
      throw new UsageError(`Feature group ${group.name} is ${group.status}, not Created.`);
  }
  if (b?.arn.toLowerCase() === a.arn.toLowerCase())
    throw new UsageError(`Both are ${a.name}: name it once to compare its two stores.`);
  if (b) return { a: sideOf(a), b: sideOf(b) };
  if (!a.online || !a.offline)
    throw new UsageError(`${a.name} has only one store: name another feature group to compare it with.`);
  if (!a.offline.table) throw new UsageError(`${a.name} has no Athena table, so its offline store cannot be read.`);
  return { a: { group: a, store: 'offline' }, b: { group: a, store: 'online' } };
}

function sideOf(group: FeatureGroup): Side {
  if (group.offline?.table) return { group, store: 'offline' };
  if (group.online) return { group, store: 'online' };
  throw new UsageError(`${group.name} has no online store, and no Athena table to read its offline store by.`);
}

/** `customers (offline store)` */
export const sideWords = ({ group, store }: Side): string => `${group.name} (${store} store)`;
