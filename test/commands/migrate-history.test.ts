/** `migrate` of whole histories, past states and shares, held against an independent model of the history that was played. */
import type { CreateFeatureGroupCommandInput } from '@aws-sdk/client-sagemaker';
import type { AthenaClient } from '@aws-sdk/client-athena';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { createGroup, definitions, OFFLINE, ROLE, type PlainRecord } from '../support/groups.js';
import {
  comparable,
  HISTORY_FEATURES,
  ID,
  liveAtTheEnd,
  play,
  randomHistory,
  TIME,
  versionsAtTheEnd,
  type Happening,
  type HistoryShape,
} from '../support/histories.js';
import { ask } from '../support/queries.js';
import { run } from '../support/run.js';
import { watchedStore } from '../support/watched-store.js';

vi.setConfig({ testTimeout: 120_000 });

type Change = Partial<CreateFeatureGroupCommandInput>;

const OUTPUT = ['--athena-output', 's3://results/'];
const OFFLINE_ONLY: Change = { OnlineStoreConfig: undefined };
const ONLINE_ONLY: Change = { OfflineStoreConfig: undefined };
const ICEBERG: Change = { OfflineStoreConfig: { ...OFFLINE, TableFormat: 'Iceberg' } };
const STORES = {
  'offline only': OFFLINE_ONLY,
  'offline only, Iceberg': { ...OFFLINE_ONLY, ...ICEBERG },
  'online only': ONLINE_ONLY,
  both: {},
  'both, Iceberg': ICEBERG,
} as const;
type Kind = keyof typeof STORES;

const features = (eventTimes: 'String' | 'Fractional') => ({
  RecordIdentifierFeatureName: ID,
  EventTimeFeatureName: TIME,
  FeatureDefinitions: definitions(HISTORY_FEATURES(eventTimes)),
});

/** A source in which a random history was played, and its model. */
async function openHistory(source: Change, shape: Partial<HistoryShape> = {}) {
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

const numbers = (eventTimes: 'String' | 'Fractional') => (eventTimes === 'Fractional' ? ['order', TIME] : ['order']);
const model = (live: Map<string, PlainRecord>, eventTimes: 'String' | 'Fractional' = 'String') =>
  comparable(live, numbers(eventTimes));

async function offlineRows(athena: AthenaClient, { database, name }: { database: string; name: string }) {
  const sql = `SELECT "customer-id", "eventtime", "is_deleted", "visits", "note-text", "1st" FROM "${database}"."${name}"`;
  const [, ...rows] = await ask(athena, sql);
  return rows.map((row) => JSON.stringify(row)).sort();
}

/** A row as `offlineRows` prints it. */
const rowOf = ({ id, eventTime, deletion, record }: Happening): string => {
  const values = ['Visits', 'Note-Text', '1st'].map((name) => (deletion ? null : (record[name] ?? null)));
  return JSON.stringify([id, eventTime, String(deletion), ...values]);
};

describe('every pair of stores: the target holds what is live, value by value', () => {
  const sources: Kind[] = ['offline only', 'offline only, Iceberg', 'online only', 'both', 'both, Iceberg'];
  const targets: Kind[] = ['online only', 'both', 'both, Iceberg'];
  test.each(sources)('%s', async (source) => {
    const store = await openHistory(STORES[source]);
    for (const target of targets) {
      const name = `to-${targets.indexOf(target)}`;
      await store.create(name, STORES[target]);
      const { stderr } = await store.migrate(name, '--verify');
      expect(stderr).toMatch(/^Verified: .* 0 different/m);
      // A deletion of the same event time as the record does nothing online, and wins offline.
      const expected = source === 'online only' ? await store.held('src') : model(liveAtTheEnd(store.history));
      expect(await store.held(name)).toEqual(expected);
    }
  });

  test.each(['offline only', 'offline only, Iceberg'] as const)('into %s', async (target) => {
    const store = await openHistory({});
    await store.create('cold', STORES[target]);
    await store.migrate('cold');
    const live = liveAtTheEnd(store.history);
    const expected = store.history.filter(({ id, record, deletion }) => !deletion && live.get(id) === record);
    expect(await store.rows('cold')).toEqual(expected.map(rowOf).sort());
  });

  test('event times of the other type', async () => {
    for (const [from, to] of [
      ['String', 'Fractional'],
      ['Fractional', 'String'],
    ] as const) {
      // Whole seconds, which both types hold exactly.
      const store = await openHistory(OFFLINE_ONLY, { eventTimes: from, identifiers: 30 });
      await createGroup(store.sagemaker, 'dst', features(to));
      await store.migrate('dst', '--verify');
      const instants = new Map(store.history.map(({ id, record, instant }) => [record, { id, instant }]));
      const live = liveAtTheEnd(store.history);
      const expected = [...live].map(([id, record]) => [id, instants.get(record)!.instant / 1000n]);
      const held = await store.online('dst', live.keys());
      const found = [...held].map(([id, record]) => [id, microseconds(record[TIME] as string)]);
      expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
    }
  });

  test('collections, from one InMemory group into another', async () => {
    const store = await watchedStore();
    const inMemory: Change = {
      OnlineStoreConfig: { EnableOnlineStore: true, StorageType: 'InMemory' },
      OfflineStoreConfig: undefined,
      FeatureDefinitions: [
        ...definitions('id:String, at:String'),
        { FeatureName: 'tags', FeatureType: 'String', CollectionType: 'List' },
        { FeatureName: 'sizes', FeatureType: 'Integral', CollectionType: 'Set' },
        {
          FeatureName: 'embedding',
          FeatureType: 'Fractional',
          CollectionType: 'Vector',
          CollectionConfig: { VectorConfig: { Dimension: 3 } },
        },
      ],
    };
    await store.create('src', inMemory);
    await store.create('dst', inMemory);
    const at = '2026-01-01T00:00:00Z';
    const records = [
      {
        id: '1',
        at,
        tags: ['a', 'a', '"b", [c]', ''],
        sizes: ['3', '1', '9223372036854775807'],
        embedding: ['0.1', '-2e-3', '3'],
      },
      { id: '2', at, tags: [], embedding: ['1', '2', '3'] },
      { id: '3', at },
    ];
    await store.put('src', records as PlainRecord[]);
    const { code, stderr } = await store.run(['migrate', 'src', 'dst', '--verify']);
    expect(code, stderr).toBe(0);
    expect(await store.online('dst', ['1', '2', '3'])).toEqual(await store.online('src', ['1', '2', '3']));
    expect(stderr).toContain('3 the same, 0 different');
  });
});

/** Unix seconds or ISO-8601 → microseconds. */
function microseconds(time: string): bigint {
  if (/^[\d.]+$/.test(time)) return BigInt(Math.round(Number(time) * 1e6));
  const [, second, fraction = ''] = /^([^.Z]+)(?:\.(\d+))?Z$/.exec(time)!;
  return BigInt(Date.parse(`${second}Z`)) * 1000n + BigInt(fraction.padEnd(9, '0').slice(0, 6));
}

test('20,000 identifiers with their histories: both → both', async () => {
  const store = await openHistory({}, { identifiers: 6000, happenings: 42_000, hours: 200 });
  const live = liveAtTheEnd(store.history);
  expect(new Set(store.history.map(({ id }) => id)).size).toBeGreaterThan(19_000);
  await store.create('dst');
  const { stderr } = await store.migrate('dst', '--verify', '--max-workers', '8');
  expect(stderr).toMatch(/^Verified: .* 0 different/m);
  expect(await store.held('dst')).toEqual(model(live));
});

describe('--history all', () => {
  test.each([
    { eventTimes: 'String', source: 'both', target: 'both' },
    { eventTimes: 'Fractional', source: 'offline only', target: 'both' },
    { eventTimes: 'String', source: 'offline only, Iceberg', target: 'offline only' },
  ] as const)('$source → $target, $eventTimes event times', async ({ eventTimes, source, target }) => {
    const store = await openHistory(STORES[source], { eventTimes });
    await store.create('dst', STORES[target]);
    const versions = versionsAtTheEnd(store.history);
    const { stderr } = await store.migrate('dst', '--history', 'all', '--tps', '100000');
    expect(stderr).toContain(`${versions.length} migrated, 0 failed`);
    const byTime = eventTimes === 'String' ? rowOf : fractionalRow;
    expect(await store.rows('dst')).toEqual(versions.map(byTime).sort());
    if (target === 'both') expect(await store.held('dst')).toEqual(model(liveAtTheEnd(store.history), eventTimes));
  });

  test('with a filter: the whole history of the live records that pass, and of no other', async () => {
    const store = await openHistory({});
    await store.create('dst', OFFLINE_ONLY);
    await store.migrate('dst', '--history', 'all', '--filter-query', `"note-text" = '007'`);
    const live = liveAtTheEnd(store.history);
    const expected = versionsAtTheEnd(store.history).filter(({ id }) => live.get(id)?.['Note-Text'] === '007');
    expect(expected.length).toBeGreaterThan(10);
    expect(await store.rows('dst')).toEqual(expected.map(rowOf).sort());
  });
});

/** Athena prints a double its own way. */
const fractionalRow = (happening: Happening): string => {
  const seconds = Number(happening.eventTime);
  const [mantissa, exponent] = seconds.toExponential().split('e+');
  const text = `${mantissa!.includes('.') ? mantissa : `${mantissa}.0`}E${exponent}`;
  return rowOf({ ...happening, eventTime: text });
};

describe('periods and past states', () => {
  const AS_OF = '2024-05-01T10:00:00.250Z';
  const until = BigInt(Date.parse(AS_OF)) * 1_000_000n;

  test('--as-of is the state of then, deletions and updates of later undone', async () => {
    const store = await openHistory({});
    await store.create('dst', ONLINE_ONLY);
    await store.migrate('dst', '--as-of', AS_OF);
    const then = store.history.filter(({ instant }) => instant <= until);
    expect(then.length).toBeLessThan(store.history.length);
    expect(await store.held('dst')).toEqual(model(liveAtTheEnd(then)));
  });

  test('--since and --until take the live rows of a period, the end left out', async () => {
    const store = await openHistory({});
    await store.create('dst', ONLINE_ONLY);
    const since = '2024-05-01T05:00:00Z';
    await store.migrate('dst', '--since', since, '--until', AS_OF);
    const from = BigInt(Date.parse(since)) * 1_000_000n;
    const instants = new Map(store.history.map(({ record, instant }) => [record, instant]));
    const inside = [...liveAtTheEnd(store.history)].filter(([, record]) => {
      const instant = instants.get(record)!;
      return instant >= from && instant < until;
    });
    expect(inside.length).toBeGreaterThan(5);
    expect(await store.held('dst')).toEqual(model(new Map(inside)));
  });

  test.each(['yesterday', '2026-13-01', '2026-01-01 12:00:00'])('--as-of %s is no time, exit 2', async (time) => {
    const store = await watchedStore();
    const { code, stderr } = await store.run(['migrate', 'a', 'b', '--as-of', time]);
    expect(code).toBe(2);
    expect(stderr).toContain('It must be a UTC date or time');
    expect(store.wire.requests).toEqual([]);
  });
});

describe('--engine athena', () => {
  test.each([
    { source: 'offline only', target: 'offline only', inserts: 1 },
    { source: 'both', target: 'offline only, Iceberg', inserts: 3 },
    { source: 'offline only, Iceberg', target: 'offline only, Iceberg', inserts: 3 },
  ] as const)('$source → $target: 250 days of history, in $inserts INSERTs', async ({ source, target, inserts }) => {
    const store = await openHistory(STORES[source], { hours: 250, apart: 24, happenings: 1500 });
    await store.create('dst', STORES[target]);
    const { stderr } = await store.migrate('dst', '--engine', 'athena', '--history', 'all');
    const versions = versionsAtTheEnd(store.history);
    expect(stderr).toContain(`${versions.length.toLocaleString('en-US')} inserted, 0 failed`);
    expect(await store.rows('dst')).toEqual(versions.map(rowOf).sort());
    expect(store.wire.count('BatchWriteRecord')).toBe(0);
    const queries = await Promise.all(store.queries());
    expect(queries.filter((query) => query?.sql.startsWith('INSERT'))).toHaveLength(inserts);
  });

  test('interrupted and resumed, it inserts nothing twice', async () => {
    const store = await openHistory(OFFLINE_ONLY, { hours: 250, apart: 24, happenings: 1500 });
    await store.create('dst', STORES['offline only, Iceberg']);
    const argv = ['migrate', 'src', 'dst', ...OUTPUT, '--engine', 'athena', '--history', 'all'];
    let send: (signal: 'SIGINT') => void;
    // The counting query, the days, one INSERT; then the second INSERT is stopped while it runs.
    store.wire.before = ({ operation }) =>
      operation === 'GetQueryExecution' && store.wire.count('StartQueryExecution') === 4 && send('SIGINT');
    expect(await store.run(argv, { interrupt: (sender) => (send = sender) })).toMatchObject({ code: 130 });
    expect(store.wire.count('StopQueryExecution')).toBe(1);
    store.wire.before = () => {};
    const { code, stderr } = await store.run([...argv, '--resume']);
    expect(code, stderr).toBe(0);
    expect(await store.rows('dst')).toEqual(versionsAtTheEnd(store.history).map(rowOf).sort());
  });
});

describe('shards', () => {
  test('16 of them together move each identifier exactly once', async () => {
    const store = await openHistory({}, { identifiers: 200, happenings: 1500 });
    await store.create('dst', OFFLINE_ONLY);
    const counts: number[] = [];
    for (let shard = 1; shard <= 16; shard += 1) {
      const { stderr } = await store.migrate('dst', '--shard', `${shard}/16`);
      counts.push(Number(/^([\d,]+) migrated, 0 failed/m.exec(stderr)![1]));
    }
    const live = liveAtTheEnd(store.history);
    const expected = store.history.filter(({ id, record, deletion }) => !deletion && live.get(id) === record);
    expect(await store.rows('dst')).toEqual(expected.map(rowOf).sort());
    expect(Math.min(...counts)).toBeGreaterThan(0);
    expect(Math.max(...counts)).toBeLessThan(live.size / 4);
  });

  test('the children of an array job share one query and its result, which stays for the others', async () => {
    const store = await openHistory({}, { identifiers: 100, happenings: 800 });
    await store.create('dst', OFFLINE_ONLY);
    const child = (index: number) =>
      store.run(['migrate', 'src', 'dst', ...OUTPUT, '--shards', '4'], {
        env: { AWS_BATCH_JOB_ARRAY_INDEX: String(index), AWS_BATCH_JOB_ID: `job-1:${index}` },
      });
    const ran = await Promise.all([0, 1, 2, 3].map(child));
    expect(
      ran.map(({ code }) => code),
      ran[0]!.stderr,
    ).toEqual([0, 0, 0, 0]);
    const live = liveAtTheEnd(store.history);
    const expected = store.history.filter(({ id, record, deletion }) => !deletion && live.get(id) === record);
    expect(await store.rows('dst')).toEqual(expected.map(rowOf).sort());
    const queries = await Promise.all(store.queries());
    const reading = queries.filter((query) => query?.sql.startsWith('SELECT "customer-id"'));
    expect(reading.filter((query) => query?.sql.includes('_shard'))).toHaveLength(1);
  });

  test.each([
    { argv: ['--shards', '4'], env: {}, words: 'AWS_BATCH_JOB_ARRAY_INDEX, which is not set' },
    { argv: ['--shards', '4'], env: { AWS_BATCH_JOB_ARRAY_INDEX: '4' }, words: 'beyond the 4 shards' },
    { argv: ['--shard', '0/4'], env: {}, words: 'with i from 1 to n' },
    { argv: ['--shard', '5/4'], env: {}, words: 'with i from 1 to n' },
    { argv: ['--shard', '1/4', '--shards', '4'], env: {}, words: 'exclude each other' },
  ])('$argv with $env: exit 2', async ({ argv, env, words }) => {
    const store = await watchedStore();
    const { code, stderr } = await store.run(['migrate', 'a', 'b', ...argv], { env });
    expect(code).toBe(2);
    expect(stderr).toContain(words);
    expect(store.wire.requests).toEqual([]);
  });
});

describe('two regions', () => {
  test.each([
    { how: 'by --source-region', source: 'far', argv: ['--source-region', 'eu-west-1'] },
    { how: 'by the ARN', source: 'arn:aws:sagemaker:eu-west-1:000000000000:feature-group/far', argv: [] },
  ])('$how', async ({ source, argv }) => {
    const store = await watchedStore();
    await store.create('dst');
    await writeFile(join(store.dir, 'far.csv'), 'id,at,name\n1,2026-01-01T00:00:00Z,x\n');
    const there = ['--region', 'eu-west-1'];
    const created = await run(
      [
        ...'create far --infer far.csv --event-time-feature-name at --s3-uri s3://far --execution-role-arn'.split(' '),
        ROLE,
        ...there,
        '--endpoint-url',
        store.endpoint,
      ],
      { cwd: store.dir },
    );
    expect(created.code, created.stderr).toBe(0);
    const filled = await run(['bulk-put', 'far', 'far.csv', ...there, '--endpoint-url', store.endpoint], {
      cwd: store.dir,
    });
    expect(filled.code, filled.stderr).toBe(0);
    const { code, stderr } = await store.run(['migrate', source, 'dst', ...OUTPUT, ...argv]);
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/^target +dst .*us-east-1$/m);
    expect((await store.online('dst', ['1'])).get('1')).toEqual({ id: '1', at: '2026-01-01T00:00:00Z', name: 'x' });
  });
});
