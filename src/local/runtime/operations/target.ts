/** The target of a runtime call: its group, and the requested stores. */
import { invalid } from '../feature-values.js';
import { notFoundMessage, statusOf, type FeatureGroup } from '../../sagemaker/groups.js';
import { ServiceError } from '../../wire/service-error.js';
import type { Store } from '../../store/store.js';
import type { Stores } from '../writes.js';
import type { TargetStore } from './rules.js';

/** The error of most runtime operations for a missing group. */
export const notFound = (nameOrArn: string): ServiceError =>
  new ServiceError('ResourceNotFound', notFoundMessage(nameOrArn), { status: 404 });

/** The error of PutRecord and DeleteRecord, whose model has no ResourceNotFound. */
export const notFoundForWrite = (nameOrArn: string): ServiceError => invalid(notFoundMessage(nameOrArn));

/**
 * Finds a group that is ready for records.
 * @throws ServiceError `missing` where there is none; ValidationError where it is not `Created`
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

/** Finds a group with a readable online store. @throws ServiceError as findGroup; ValidationError without one */
export function findOnlineGroup(store: Store, region: string, name: string): FeatureGroup {
  const group = findGroup(store, region, { name });
  if (!group.online) throw invalid(`FeatureGroup ${group.name} has no online store.`);
  return group;
}

/** The requested stores, by default all of the group. @throws ServiceError ValidationError for one that it lacks */
export function storesOf({ name, online, offline }: FeatureGroup, targets?: TargetStore[]): Stores {
  const has = { OnlineStore: online, OfflineStore: offline };
  const missing = targets?.find((store) => !has[store]);
  if (missing) throw invalid(`FeatureGroup ${name} has no ${missing} to target.`);
  const wants = (store: TargetStore): boolean => targets?.includes(store) ?? Boolean(has[store]);
  return { online: wants('OnlineStore'), offline: wants('OfflineStore') };
}
