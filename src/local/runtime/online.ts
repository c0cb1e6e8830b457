/** The online store: one record per identifier, including tombstones and expired records, in lmdb. */
import { createHash } from 'node:crypto';
import type { RootDatabase } from 'lmdb';
import { sizeOfRecord, type FeatureValue } from './feature-values.js';
import type { TtlDuration } from '../sagemaker/groups.js';

export interface OnlineRecord {
  identifier: string;
  /** As written by the caller: ISO-8601 or Unix seconds. */
  eventTime: string;
  /** Features with a value; a tombstone keeps identifier and event time only. */
  values: FeatureValue[];
  deleted: boolean;
  /** The TTL of the record, since an update without one recomputes the expiry. */
  ttl?: TtlDuration;
  /** Milliseconds since the epoch. */
  expiresAt?: number;
}

export type OnlineStore = ReturnType<typeof openOnline>;

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
 * Opens the online store. Keys contain a digest of the identifier, since an identifier of 2 KB may not fit into an lmdb
 * key, and ListRecords must not promise an order.
 */
export function openOnline({ env }: { env: RootDatabase }) {
  const db = env.openDB<Kept, Key>({ name: 'online-records' });
  const sizes = env.openDB<number, string>({ name: 'online-sizes' });
  /** UTF-8 bytes of names and values in a group. */
  const size = (groupId: string): number => sizes.get(groupId) ?? 0;
  const rangeOf = (groupId: string, after = ''): { start: Key; end: Key; exclusiveStart: true } => ({
    start: [groupId, after],
    end: [groupId, END],
    exclusiveStart: true,
  });
  return {
    /** The stored record, including tombstones and expired ones. */
    get(groupId: string, identifier: string): OnlineRecord | undefined {
      const kept = db.get([groupId, positionOf(identifier)]);
      return kept && unpack(kept);
    },
    /** Replaces the record found by `get`. Synchronous, for use inside a write transaction. */
    put(groupId: string, record: OnlineRecord, replaced?: OnlineRecord): void {
      void db.put([groupId, positionOf(record.identifier)], pack(record));
      void sizes.put(
        groupId,
        size(groupId) + sizeOfRecord(record.values) - (replaced ? sizeOfRecord(replaced.values) : 0),
      );
    },
    /** Removes the record found by `get`. Synchronous, for use inside a write transaction. */
    remove(groupId: string, record: OnlineRecord): void {
      void db.remove([groupId, positionOf(record.identifier)]);
      void sizes.put(groupId, size(groupId) - sizeOfRecord(record.values));
    },
    /** Records of the group after a position, in a stable order unrelated to the identifiers. */
    scan: (groupId: string, after?: string) =>
      db.getRange(rangeOf(groupId, after)).map(({ key, value }) => ({ position: key[1], record: unpack(value) })),
    size,
    /** Deletes all records of a deleted group. */
    drop: (groupId: string) =>
      env.childTransaction(() => {
        for (const key of db.getKeys(rangeOf(groupId))) void db.remove(key);
        void sizes.remove(groupId);
      }),
  };
}

/** Sorts after all positions. */
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
  return { identifier, eventTime, values, deleted, ttl: ttl ?? undefined, expiresAt: expiresAt ?? undefined };
}
