/** The two sides of a comparison: a group, and which of its stores is read. Pure. */
import { UsageError } from '../../errors.js';
import type { FeatureGroup } from '../groups/describe.js';
import { checkCreated } from '../groups/writable.js';

export interface Side {
  group: FeatureGroup;
  store: 'offline' | 'online';
}

/**
 * Two groups are compared by their offline stores if Athena can read them, else by their online stores; a single group
 * is compared between its two stores.
 * @throws UsageError where a store is missing or unreadable
 */
export function comparedSides(a: FeatureGroup, b: FeatureGroup | undefined): { a: Side; b: Side } {
  checkCreated(a, ...(b ? [b] : []));
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
