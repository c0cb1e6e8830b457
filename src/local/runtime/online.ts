/** The online store: one record for each identifier, tombstones and expiry, kept in lmdb. */
import { createHash } from 'node:crypto';
import type { RootDatabase } from 'lmdb';
import { sizeOfRecord, type FeatureValue } from './feature-values.js';
import type { TtlDuration } from '../sagemaker/groups.js';

export interface OnlineRecord {
  identifier: string;
  /** As the caller wrote it, ISO-8601 or Unix seconds. */
  eventTime: string;
  /** Only the features that have a value; a tombstone keeps identifier and event time. */
  values: FeatureValue[];
  deleted: boolean;
  /** The TTL that the record was written under, kept because an update without one moves the expiry along. */
  ttl?: TtlDuration;
  /** Milliseconds since the epoch. */
  expiresAt?: number;
}

export interface OnlineStore {
  /** What is kept for the identifier, tombstones and expired records too. */
  get(groupId: string, identifier: string): OnlineRecord | undefined;
  /** Replaces what `get` found. Synchronous, for use inside a write transaction. */
  put(groupId: string, record: OnlineRecord, replaced?: OnlineRecord): void;
  /** Takes out what `get` found. Synchronous, for use inside a write transaction. */
  remove(groupId: string, record: OnlineRecord): void;
  /** What is kept for the group after a position, in an order that is stable and not that of the identifiers. */
  scan(groupId: string, after?: string): Iterable<{ position: string; record: OnlineRecord }>;
  /** UTF-8 bytes of the names and values that a group holds. */
  size(groupId: string): number;
  /** Drops every record of a deleted group. */
  drop(groupId: string): Promise<void>;
}

type Key = [groupId: string, position: string];
type Kept = [
  identifier: string,
  eventTime: string,
  deleted: boolean,
  expiresAt: number | null,
  ttl: TtlDuration | null,
  ...values: (string | string[])[],
];
const FIXED = 5;

/**
 * Opens the online store. Keys hold a digest of the identifier: an identifier of 2 KB may not fit into an lmdb key,
 * and ListRecords must not promise an order.
 */
export function openOnline({ env }: { env: RootDatabase }): OnlineStore {
  const db = env.openDB<Kept, Key>({ name: 'online-records' });
  const sizes = env.openDB<number, string>({ name: 'online-sizes' });
  const size = (groupId: string): number => sizes.get(groupId) ?? 0;
  const rangeOf = (groupId: string, after = ''): { start: Key; end: Key; exclusiveStart: true } => ({
    start: [groupId, after],
    end: [groupId, END],
    exclusiveStart: true,
  });
  return {
    get(groupId, identifier) {
      const kept = db.get([groupId, positionOf(identifier)]);
      return kept && unpack(kept);
    },
    put(groupId, record, replaced) {
      void db.put([groupId, positionOf(record.identifier)], pack(record));
      void sizes.put(
        groupId,
        size(groupId) + sizeOfRecord(record.values) - (replaced ? sizeOfRecord(replaced.values) : 0),
      );
    },
    remove(groupId, record) {
      void db.remove([groupId, positionOf(record.identifier)]);
      void sizes.put(groupId, size(groupId) - sizeOfRecord(record.values));
    },
    scan: (groupId, after) =>
      db.getRange(rangeOf(groupId, after)).map(({ key, value }) => ({ position: key[1], record: unpack(value) })),
    size,
    drop: (groupId) =>
      env.childTransaction(() => {
        for (const key of db.getKeys(rangeOf(groupId))) void db.remove(key);
        void sizes.remove(groupId);
      }),
  };
}

/** Sorts after every position. */
const END = '\uffff';

const positionOf = (identifier: string): string => createHash('sha256').update(identifier).digest('base64url');

function pack({ identifier, eventTime, deleted, expiresAt, ttl, values }: OnlineRecord): Kept {
  const kept: Kept = [identifier, eventTime, deleted, expiresAt ?? null, ttl ?? null];
  for (const { FeatureName, ValueAsString, ValueAsStringList } of values) {
    kept.push(FeatureName, ValueAsString ?? ValueAsStringList ?? '');
  }
  return kept;
}

function unpack(kept: Kept): OnlineRecord {
  const [identifier, eventTime, deleted, expiresAt, ttl] = kept;
  const values: FeatureValue[] = [];
  for (let i = FIXED; i < kept.length; i += 2) {
    const FeatureName = kept[i] as string;
    const value = kept[i + 1] as string | string[];
    values.push(
      typeof value === 'string' ? { FeatureName, ValueAsString: value } : { FeatureName, ValueAsStringList: value },
    );
  }
  return {
    identifier,
    eventTime,
    values,
    deleted,
    ...(ttl && { ttl }),
    ...(expiresAt !== null && { expiresAt }),
  };
}
