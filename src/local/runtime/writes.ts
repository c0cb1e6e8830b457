/**
 * The effect of a write on both stores: which event time wins online, and what goes offline. All functions are
 * synchronous, for use inside one write transaction, so that both stores change at the same instant.
 */
import {
  checkSize,
  instantOf,
  invalid,
  sizeOfRecord,
  type CheckedRecord,
  type FeatureValue,
} from './feature-values.js';
import type { FeatureGroup, TtlDuration } from '../sagemaker/groups.js';
import type { OnlineRecord } from './online.js';
import { ServiceError } from '../wire/service-error.js';
import type { Store } from '../store/store.js';
import { expiryOf } from './ttl.js';

/** The stores to write to. */
export interface Stores {
  online: boolean;
  offline: boolean;
}

export interface Target {
  group: FeatureGroup;
  stores: Stores;
}

/** PutRecord: the latest event time is online, everything is offline. */
export function put(store: Store, target: Target, write: CheckedRecord & { ttl?: TtlDuration }): void {
  const { group, stores } = target;
  const { identifier, eventTime, instant, values, ttl } = write;
  if (stores.online) {
    const current = aliveOrTombstone(store, group, identifier);
    const held = current && instantOf(group, current.eventTime);
    // The documentation of AWS contradicts itself on equal event times, hence the switch; a tombstone wins in any case.
    const winsEqual = store.putOnEqual === 'overwrite' && !current?.deleted;
    if (held === undefined || instant > held || (instant === held && winsEqual)) {
      const record = { identifier, eventTime, values, deleted: false, ttl, expiresAt: expiryOf(instant, ttl) };
      store.online.put(group.id, record, current);
    }
  }
  if (stores.offline) store.offline.append(group, { features: values, eventTime, deleted: false });
}

interface Deletion {
  identifier: string;
  eventTime: string;
  mode: 'SoftDelete' | 'HardDelete';
}

/**
 * DeleteRecord: writes a deletion row offline, even if the deletion is too late to affect the online record.
 * [Delete records](https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-delete-records.html)
 * @throws ServiceError ValidationError for a hard deletion that is not newer than the record
 */
export function remove(store: Store, { group, stores }: Target, { identifier, eventTime, mode }: Deletion): void {
  const instant = instantOf(group, eventTime);
  const features = [
    { FeatureName: group.recordIdentifier, ValueAsString: identifier },
    { FeatureName: group.eventTime, ValueAsString: eventTime },
  ];
  if (stores.online) {
    const current = aliveOrTombstone(store, group, identifier);
    const isLater = !current || instant > instantOf(group, current.eventTime);
    if (mode === 'HardDelete') {
      if (!isLater) throw invalid('The EventTime of a HardDelete must be later than the EventTime of the record.');
      if (current) store.online.remove(group.id, current);
    } else if (isLater) {
      store.online.put(group.id, { identifier, eventTime, values: features, deleted: true }, current);
    }
  }
  if (stores.offline) store.offline.append(group, { features, eventTime, deleted: true });
}

interface Update {
  identifier: string;
  features: FeatureValue[];
  /** Undefined keeps that of the record. */
  eventTime?: string;
  ttl?: TtlDuration;
}

/**
 * UpdateRecord: replaces the given features; the whole updated record goes offline.
 * [UpdateRecord](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_feature_store_UpdateRecord.html)
 * @throws ServiceError ResourceNotFound without a live record; ConflictException for an older event time
 */
export function update(store: Store, { group, stores }: Target, { identifier, features, ...given }: Update): void {
  const current = aliveOrTombstone(store, group, identifier);
  if (!current || current.deleted) {
    throw new ServiceError('ResourceNotFound', `Resource Not Found: there is no record '${identifier}' to update`, {
      status: 404,
    });
  }
  const eventTime = given.eventTime ?? current.eventTime;
  const instant = instantOf(group, eventTime);
  if (instant < instantOf(group, current.eventTime)) {
    throw new ServiceError('ConflictException', `The record has a later EventTime, ${current.eventTime}.`, {
      status: 409,
    });
  }
  const values = [...new Map([...current.values, ...features].map((value) => [value.FeatureName, value])).values()];
  checkSize(sizeOfRecord(values));
  const ttl = given.ttl ?? current.ttl;
  const record = { identifier, eventTime, values, deleted: false, ttl, expiresAt: expiryOf(instant, ttl) };
  store.online.put(group.id, record, current);
  if (stores.offline) store.offline.append(group, { features: values, eventTime, deleted: false });
}

/** Whether the TTL of a record has ended. */
export const isExpired = (record: OnlineRecord, now: number): boolean => (record.expiresAt ?? Infinity) <= now;

/** The online record as seen by a write. An expired record is removed for good, with a deletion row offline. */
export function aliveOrTombstone(store: Store, group: FeatureGroup, identifier: string): OnlineRecord | undefined {
  const record = store.online.get(group.id, identifier);
  if (!record || !isExpired(record, store.now())) return record;
  store.online.remove(group.id, record);
  if (group.offline) {
    const kept = [group.recordIdentifier, group.eventTime];
    const features = record.values.filter(({ FeatureName }) => kept.includes(FeatureName));
    store.offline.append(group, { features, eventTime: record.eventTime, deleted: true });
  }
  return undefined;
}
