/**
 * Buffers rows for the offline store: an lmdb buffer per group, and claims that make each flush happen exactly once.
 */
import { randomUUID } from 'node:crypto';
import type { RootDatabase } from 'lmdb';
import type { FeatureGroup } from '../sagemaker/groups.js';
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
export type Layout = Pick<FeatureGroup, 'region' | 'eventTime' | 'definitions'> &
  Pick<NonNullable<FeatureGroup['offline']>, 'resolvedOutputS3Uri' | 'tableFormat' | 'table'>;

/** A buffered row: values in the order of the definitions in the layout, null where the record had none. */
export type BufferedRow = Omit<OfflineRow, 'features'> & { values: (string | null)[] };

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

export type OfflineBuffer = ReturnType<typeof openOfflineBuffer>;

type Waiting = [layout: number, eventTime: string, invokedAt: number, deleted: boolean, ...values: (string | null)[]];
type Key = (string | number)[];

const MAX_SEQUENCE = Number.MAX_SAFE_INTEGER;

export function openOfflineBuffer(env: RootDatabase) {
  const rows = env.openDB<Waiting, Key>({ name: 'offline-rows' });
  const state = env.openDB<unknown, Key>({ name: 'offline-state' });

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
    /** Synchronous, inside the caller's write transaction. */
    append: (group: FeatureGroup, row: OfflineRow) => {
      keepLayout(group);
      const texts = new Map(row.features.map(({ FeatureName, ValueAsString }) => [FeatureName, ValueAsString]));
      const values = group.definitions.map(({ FeatureName }) => texts.get(FeatureName) ?? null);
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

    /**
     * The unfinished claim of the group, or a new one over the rows received by `cutoff`; undefined if nothing is due.
     */
    claim: (groupId: string, { cutoff, now }: { cutoff: number; now: number }) =>
      state.transaction(() => {
        const unfinished = state.get(['claim', groupId]) as Claim | undefined;
        if (unfinished) return unfinished;
        const upTo = lastDue(groupId, cutoff);
        if (upTo === undefined) return undefined;
        const claim: Claim = { id: randomUUID(), groupId, upTo, writeTime: now };
        void state.put(['claim', groupId], claim);
        return claim;
      }),

    /** The newest layout of the group: it covers all values of the claimed rows, which may be older and shorter. */
    layout: ({ groupId }: Claim) => {
      const newest = { start: ['layout', groupId, MAX_SEQUENCE], end: ['layout', groupId, 0], reverse: true, limit: 1 };
      const [found] = state.getRange(newest);
      if (!found) throw new Error(`no layout for the rows of ${groupId}`);
      return found.value as Layout;
    },

    /** The claimed rows, oldest first, in pages. May be iterated across turns of the event loop. */
    *pages(claim: Claim): Generator<BufferedRow[]> {
      const { start: first, end } = claimed(claim);
      for (let start: Key = first; ;) {
        const page = [...rows.getRange({ start, end, limit: ROWS_PER_PAGE })];
        const last = page.at(-1);
        if (!last) return;
        yield page.map(({ value: [, eventTime, invokedAt, deleted, ...values] }) => ({
          eventTime,
          invokedAt,
          deleted,
          values,
        }));
        start = [claim.groupId, (last.key[1] as number) + 1];
      }
    },

    /** Removes the claimed rows and runs `publish`, in one transaction; false if another process was first. */
    finish: (claim: Claim, publish: () => void) =>
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

function layoutOf({ name, region, eventTime, definitions, offline }: FeatureGroup): Layout {
  if (!offline) throw new Error(`${name} has no offline store`);
  const { resolvedOutputS3Uri, tableFormat, table } = offline;
  return { region, eventTime, definitions, resolvedOutputS3Uri, tableFormat, table };
}
