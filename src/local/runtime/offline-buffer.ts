/**
 * Buffers rows for the offline store: an lmdb buffer per group, and claims that make each flush happen exactly once.
 */
import { randomUUID } from 'node:crypto';
import type { RootDatabase } from 'lmdb';
import type { FeatureDefinition, FeatureGroup, TableFormat } from '../sagemaker/groups.js';
import type { FeatureValue } from './feature-values.js';

export interface OfflineRow {
  features: FeatureValue[];
  /** As written by the caller: ISO-8601 or Unix seconds. */
  eventTime: string;
  /** When the service received the call, milliseconds since the epoch. */
  invokedAt: number;
  deleted: boolean;
}

/** Maximum rows per claim, so that the memory of a flush does not depend on the length of the buffer. */
const MAX_ROWS_PER_CLAIM = 200_000;
/** Rows per read; a cursor must not stay open across turns of the event loop. */
const ROWS_PER_PAGE = 2048;

/** What a flush needs to know of a group, stored with its rows: the group may be deleted before they are flushed. */
export interface Layout {
  region: string;
  eventTime: string;
  resolvedOutputS3Uri: string;
  tableFormat: TableFormat;
  /** The Glue table, when the group has one. */
  table?: { database: string; name: string };
  definitions: FeatureDefinition[];
}

/** A buffered row: values in the order of the definitions in the layout, null where the record had none. */
export interface BufferedRow {
  eventTime: string;
  invokedAt: number;
  deleted: boolean;
  values: (string | null)[];
}

/**
 * Rows up to `upTo` that a flush is turning into files. Another process that finds it unfinished repeats it unchanged.
 */
export interface Claim {
  id: string;
  groupId: string;
  upTo: number;
  /** The `write_time` of every row of the claim, milliseconds since the epoch. */
  writeTime: number;
}

export interface OfflineBuffer {
  /** Synchronous, inside the caller's write transaction. */
  append(group: FeatureGroup, row: OfflineRow): void;
  groupIds(): string[];
  /**
   * The unfinished claim of the group, or a new one over the rows received by `cutoff`; undefined if nothing is due.
   */
  claim(groupId: string, times: { cutoff: number; now: number }): Promise<Claim | undefined>;
  /** The newest layout of the group: it covers all values of the claimed rows, which may be older and shorter. */
  layout(claim: Claim): Layout;
  /** The claimed rows, oldest first. May be iterated across turns of the event loop. */
  rows(claim: Claim): Iterable<BufferedRow>;
  /** Removes the claimed rows and runs `publish`, in one transaction; false if another process was first. */
  finish(claim: Claim, publish: () => void): Promise<boolean>;
}

type Waiting = [layout: number, eventTime: string, invokedAt: number, deleted: boolean, ...values: (string | null)[]];
type Key = (string | number)[];

const MAX_SEQUENCE = Number.MAX_SAFE_INTEGER;

export function openOfflineBuffer(env: RootDatabase): OfflineBuffer {
  const rows = env.openDB<Waiting, Key>({ name: 'offline-rows' });
  const state = env.openDB<unknown, Key>({ name: 'offline-state' });
  const indexes = new Map<string, Map<string, number>>();

  const indexOf = (group: FeatureGroup) => {
    const key = `${group.id}/${group.definitions.length}`;
    const known = indexes.get(key);
    if (known) return known;
    const made = new Map(group.definitions.map((definition, i) => [definition.FeatureName, i]));
    indexes.set(key, made);
    return made;
  };

  const keepLayout = (group: FeatureGroup) => {
    const key = ['layout', group.id, group.definitions.length];
    if (!state.doesExist(key)) void state.put(key, layoutOf(group));
  };

  const nextSequence = (groupId: string) => {
    const sequence = ((state.get(['sequence', groupId]) as number | undefined) ?? 0) + 1;
    void state.put(['sequence', groupId], sequence);
    return sequence;
  };

  /** Rows arrive almost in the order of their times, so the newest usually decides. */
  const lastDue = (groupId: string, cutoff: number) => {
    const [first] = rows.getKeys({ ...allOf(groupId), limit: 1 });
    if (!first) return undefined;
    const end = [groupId, (first[1] as number) + MAX_ROWS_PER_CLAIM];
    const [newest] = rows.getRange({ start: end, end: [groupId, 0], reverse: true, limit: 1 });
    if (newest && newest.value[2] <= cutoff) return newest.key[1] as number;
    let last: number | undefined;
    for (const { key, value } of rows.getRange({ ...allOf(groupId), end })) {
      if (value[2] > cutoff) break;
      last = key[1] as number;
    }
    return last;
  };

  return {
    append: (group, row) => {
      keepLayout(group);
      const values = new Array<string | null>(group.definitions.length).fill(null);
      const index = indexOf(group);
      for (const feature of row.features) {
        const at = index.get(feature.FeatureName);
        if (at !== undefined) values[at] = feature.ValueAsString ?? null;
      }
      const waiting: Waiting = [group.definitions.length, row.eventTime, row.invokedAt, row.deleted, ...values];
      void rows.put([group.id, nextSequence(group.id)], waiting);
    },

    groupIds: () => {
      const found: string[] = [];
      for (;;) {
        const start = found.length ? [found.at(-1) ?? '', MAX_SEQUENCE] : undefined;
        const [next] = rows.getKeys({ ...(start && { start }), limit: 1 });
        if (!next) return found;
        found.push(next[0] as string);
      }
    },

    claim: (groupId, { cutoff, now }) =>
      state.transaction(() => {
        const unfinished = state.get(['claim', groupId]) as Claim | undefined;
        if (unfinished) return unfinished;
        const upTo = lastDue(groupId, cutoff);
        if (upTo === undefined) return undefined;
        const claim: Claim = { id: randomUUID(), groupId, upTo, writeTime: now };
        void state.put(['claim', groupId], claim);
        return claim;
      }),

    layout: ({ groupId }) => {
      const newest = { start: ['layout', groupId, MAX_SEQUENCE], end: ['layout', groupId, 0], reverse: true, limit: 1 };
      const [found] = state.getRange(newest);
      if (!found) throw new Error(`no layout for the rows of ${groupId}`);
      return found.value as Layout;
    },

    *rows(claim) {
      const { start: first, end } = claimed(claim);
      let start: Key = first;
      for (;;) {
        const page = [...rows.getRange({ start, end, limit: ROWS_PER_PAGE })];
        for (const { value } of page) {
          const [, eventTime, invokedAt, deleted, ...values] = value;
          yield { eventTime, invokedAt, deleted, values };
        }
        const last = page.at(-1);
        if (!last || page.length < ROWS_PER_PAGE) return;
        start = [claim.groupId, (last.key[1] as number) + 1];
      }
    },

    finish: (claim, publish) =>
      state.transaction(() => {
        const current = state.get(['claim', claim.groupId]) as Claim | undefined;
        if (current?.id !== claim.id) return false;
        publish();
        for (const key of [...rows.getKeys(claimed(claim))]) void rows.remove(key);
        void state.remove(['claim', claim.groupId]);
        return true;
      }),
  };
}

const allOf = (groupId: string) => ({ start: [groupId, 0], end: [groupId, MAX_SEQUENCE] });
const claimed = (claim: Claim) => ({ start: [claim.groupId, 0], end: [claim.groupId, claim.upTo + 1] });

function layoutOf(group: FeatureGroup): Layout {
  if (!group.offline) throw new Error(`${group.name} has no offline store`);
  const { resolvedOutputS3Uri, tableFormat, table } = group.offline;
  return {
    region: group.region,
    eventTime: group.eventTime,
    resolvedOutputS3Uri,
    tableFormat,
    ...(table && { table: { database: table.database, name: table.name } }),
    definitions: group.definitions,
  };
}
