/** How Describe and List both word a group's times and the state of its offline store. */
import type { FeatureGroup } from '../groups.js';
import { statusOf } from '../groups.js';

/** JSON 1.1 timestamps are seconds since the epoch, with a fraction. */
export const seconds = (milliseconds: number): number => milliseconds / 1000;

/** Undefined until the group has been created. */
export function offlineStatusOf(group: FeatureGroup, now: number): { Status: 'Active' | 'Disabled' } | undefined {
  if (statusOf(group, now) !== 'Created') return undefined;
  return { Status: group.offline ? 'Active' : 'Disabled' };
}
