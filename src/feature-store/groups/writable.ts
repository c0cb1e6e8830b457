/** Whether a group is ready, and accepts the intended writes. Pure. */
import { CommandError, UsageError } from '../../errors.js';
import type { FeatureGroup, TimeToLive } from './describe.js';

/** @throws UsageError for a group that is being made, deleted or has failed */
export function checkCreated(...groups: FeatureGroup[]): void {
  for (const { name, status } of groups)
    if (status !== 'Created') throw new UsageError(`Feature group ${name} is ${status}, not Created.`);
}

/**
 * @throws CommandError where the group is not `Created`; UsageError where it lacks a requested store, or an online
 * store for a TTL
 */
export function checkWritable(group: FeatureGroup, wish: { targetStores?: string[]; ttl?: TimeToLive }): void {
  if (group.status !== 'Created') {
    throw new CommandError(
      `Feature group ${group.name} is ${group.status}: records can be written once it is Created.`,
    );
  }
  if (wish.targetStores?.includes('OnlineStore') && !group.online) {
    throw new UsageError(`Feature group ${group.name} has no online store: --target-stores online cannot be used.`);
  }
  if (wish.targetStores?.includes('OfflineStore') && !group.offline) {
    throw new UsageError(`Feature group ${group.name} has no offline store: --target-stores offline cannot be used.`);
  }
  if (wish.ttl && !group.online) {
    throw new UsageError(`Feature group ${group.name} has no online store, so --ttl cannot be used.`);
  }
}
