/** `migrate` of whole histories, past states and shares, held against an independent model of the history that was played. */
import { describe, expect, test, vi } from 'vitest';
import { liveAtTheEnd, versionsAtTheEnd, type Happening } from '../support/histories.js';
import { model, OFFLINE_ONLY, ONLINE_ONLY, openHistory, OUTPUT, rowOf, STORES } from '../support/played-history.js';
import { watchedStore } from '../support/watched-store.js';

vi.setConfig({ testTimeout: 120_000 });

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

  test('verified, a sample is one of live records; old versions do not count as expired', async () => {
    const store = await openHistory({});
    // Everything lies before June 2026; what is newest in the history lives for another century.
    const century = { Unit: 'Weeks' as const, Value: 5200 };
    await store.create('dst', { OnlineStoreConfig: { EnableOnlineStore: true, TtlDuration: century } });
    const live = liveAtTheEnd(store.history).size;
    const { stderr } = await store.migrate('dst', '--history', 'all', '--verify', 'sample=20');
    expect(live).toBeGreaterThan(20);
    expect(stderr).toMatch(/^Verified: 20 the same, 0 different/m);
    const hour = { Unit: 'Hours' as const, Value: 1 };
    await store.create('short', { OnlineStoreConfig: { EnableOnlineStore: true, TtlDuration: hour } });
    const expired = await store.migrate('short', '--history', 'all', '--verify');
    expect(expired.stderr).toContain(`warning: ${live} of them are older than their time to live`);
    expect(expired.stderr).toMatch(new RegExp(`^Verified: 0 the same, ${live} expired, 0 different`, 'm'));
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
