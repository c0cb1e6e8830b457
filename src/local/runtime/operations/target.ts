/** What a runtime call is aimed at: its feature group, and those of the group's stores that it names. */
import { invalid } from '../feature-values.js';
import { notFoundMessage, statusOf } from '../../sagemaker/groups.js';
import type { FeatureGroup } from '../../sagemaker/groups.js';
import { ServiceError } from '../../wire/service-error.js';
import type { Store } from '../../store/store.js';
import type { Stores } from '../writes.js';

export type TargetStore = 'OnlineStore' | 'OfflineStore';

/** The answer of most runtime operations for a group that is not there. */
export const notFound = (nameOrArn: string): ServiceError =>
  new ServiceError('ResourceNotFound', notFoundMessage(nameOrArn), { status: 404 });

/** The answer of PutRecord and DeleteRecord: their model knows no ResourceNotFound. */
export const notFoundForWrite = (nameOrArn: string): ServiceError => invalid(notFoundMessage(nameOrArn));

/**
 * Finds a group that is ready for records.
 * @throws ServiceError `missing` when there is none, ValidationError when it is not `Created`.
 */
export function findGroup(
  { groups, now }: Store,
  region: string,
  { name, missing = notFound }: { name: string; missing?: (name: string) => ServiceError },
): FeatureGroup {
  const group = groups.find(region, name);
  const status = group && statusOf(group, now());
  if (!group || status === 'Deleting') throw missing(name);
  if (status !== 'Created') throw invalid(`FeatureGroup ${group.name} is not ready: its status is ${status}.`);
  return group;
}

/** Finds a group whose online store can be read. @throws ServiceError as findGroup, ValidationError without one. */
export function findOnlineGroup(store: Store, region: string, name: string): FeatureGroup {
  const group = findGroup(store, region, { name });
  if (!group.online) throw invalid(`FeatureGroup ${group.name} has no online store.`);
  return group;
}

/** By default all that the group has. @throws ServiceError ValidationError for one that it lacks. */
export function storesOf({ name, online, offline }: FeatureGroup, targets?: TargetStore[]): Stores {
  const has: Stores = { online: Boolean(online), offline: Boolean(offline) };
  if (!targets) return has;
  const wants: Stores = { online: targets.includes('OnlineStore'), offline: targets.includes('OfflineStore') };
  if (wants.online && !has.online) throw invalid(`FeatureGroup ${name} has no OnlineStore to target.`);
  if (wants.offline && !has.offline) throw invalid(`FeatureGroup ${name} has no OfflineStore to target.`);
  return wants;
}
