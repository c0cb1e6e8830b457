/** A source group in which a random history was played, the command line on it, and the model to hold its target against. */
import type { CreateFeatureGroupCommandInput } from '@aws-sdk/client-sagemaker';
import type { AthenaClient } from '@aws-sdk/client-athena';
import { expect } from 'vitest';
import { createGroup, definitions, OFFLINE, type PlainRecord } from './groups.js';
import {
  comparable,
  HISTORY_FEATURES,
  ID,
  play,
  randomHistory,
  TIME,
  type Happening,
  type HistoryShape,
} from './histories.js';
import { ask } from './queries.js';
import { watchedStore } from './watched-store.js';

export type Change = Partial<CreateFeatureGroupCommandInput>;

export const OUTPUT = ['--athena-output', 's3://results/'];
export const OFFLINE_ONLY: Change = { OnlineStoreConfig: undefined };
export const ONLINE_ONLY: Change = { OfflineStoreConfig: undefined };
const ICEBERG: Change = { OfflineStoreConfig: { ...OFFLINE, TableFormat: 'Iceberg' } };
export const STORES = {
  'offline only': OFFLINE_ONLY,
  'offline only, Iceberg': { ...OFFLINE_ONLY, ...ICEBERG },
  'online only': ONLINE_ONLY,
  both: {},
  'both, Iceberg': ICEBERG,
} as const;
export type Kind = keyof typeof STORES;

export const features = (eventTimes: 'String' | 'Fractional') => ({
  RecordIdentifierFeatureName: ID,
  EventTimeFeatureName: TIME,
  FeatureDefinitions: definitions(HISTORY_FEATURES(eventTimes)),
});

/** A source in which a random history was played, and its model. */
export async function openHistory(source: Change, shape: Partial<HistoryShape> = {}) {
  let clock = Date.parse('2026-06-01T00:00:00Z');
  const store = await watchedStore({ now: () => clock });
  const eventTimes = shape.eventTimes ?? 'String';
  await store.create('src', { ...features(eventTimes), ...source });
  const history = randomHistory({ seed: 11, identifiers: 40, happenings: 400, eventTimes, ...shape });
  await play(store.runtime, { group: 'src', history, tick: () => void (clock += 1000) });
  store.wire.requests.length = 0;
  const identifiers = new Set(history.map(({ id }) => id));
  return {
    ...store,
    history,
    create: (name: string, change: Change = {}) =>
      createGroup(store.sagemaker, name, { ...features(eventTimes), ...change }),
    migrate: async (target: string, ...argv: string[]) => {
      const ran = await store.run(['migrate', 'src', target, ...OUTPUT, ...argv]);
      expect(ran.code, ran.stderr).toBe(0);
      return ran;
    },
    /** What a group's online store holds of all that were ever in the source. */
    held: async (name: string) => comparable(await store.online(name, identifiers), numbers(eventTimes)),
    /** The rows of a group's offline store, as the model has them. */
    rows: (name: string) =>
      offlineRows(store.athena, store.local.store.groups.find('us-east-1', name)!.offline!.table!),
  };
}

export const numbers = (eventTimes: 'String' | 'Fractional') =>
  eventTimes === 'Fractional' ? ['order', TIME] : ['order'];
export const model = (live: Map<string, PlainRecord>, eventTimes: 'String' | 'Fractional' = 'String') =>
  comparable(live, numbers(eventTimes));

async function offlineRows(athena: AthenaClient, { database, name }: { database: string; name: string }) {
  const sql = `SELECT "customer-id", "eventtime", "is_deleted", "visits", "note-text", "1st" FROM "${database}"."${name}"`;
  const [, ...rows] = await ask(athena, sql);
  return rows.map((row) => JSON.stringify(row)).sort();
}

/** A row as `offlineRows` prints it. */
export const rowOf = ({ id, eventTime, deletion, record }: Happening): string => {
  const values = ['Visits', 'Note-Text', '1st'].map((name) => (deletion ? null : (record[name] ?? null)));
  return JSON.stringify([id, eventTime, String(deletion), ...values]);
};
