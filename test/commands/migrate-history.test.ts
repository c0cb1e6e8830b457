/** `migrate` of whole histories, past states and shares, held against an independent model of the history that was played. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { liveAtTheEnd, versionsAtTheEnd, type Happening } from '../support/histories.js';
import { model, OFFLINE_ONLY, ONLINE_ONLY, openHistory, OUTPUT, rowOf, STORES } from '../support/played-history.js';
import { temporaryFolder, type RunOptions } from '../support/run.js';
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
    expect(expired.stderr).toContain(`warning: ${live} of them are past their time to live`);
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

  test('refuses a folder where it could not keep what it has inserted', async () => {
    const store = await openHistory(OFFLINE_ONLY, { identifiers: 4, happenings: 4 });
    await store.create('dst', OFFLINE_ONLY);
    await writeFile(join(store.dir, '.sagemaker-fs'), 'in the way');
    const argv = ['migrate', 'src', 'dst', ...OUTPUT, '--engine', 'athena', '--history', 'all'];
    const { code, stderr } = await store.run(argv);
    expect(code, stderr).toBe(6);
    expect(stderr).toContain('an interrupted INSERT could be done twice: run this in a folder that can be written.');
    expect(await store.rows('dst')).toEqual([]);
  });

  test('interrupted and resumed, it inserts nothing twice', async () => {
    const store = await openHistory(OFFLINE_ONLY, { hours: 250, apart: 24, happenings: 1500 });
    await store.create('dst', STORES['offline only, Iceberg']);
    const argv = ['migrate', 'src', 'dst', ...OUTPUT, '--engine', 'athena', '--history', 'all'];
    let send: (signal: 'SIGINT') => void;
    // The counting query, the days, one INSERT; then the second INSERT is stopped while it runs.
    store.wire.before = ({ operation }) =>
      operation === 'GetQueryExecution' && store.wire.count('StartQueryExecution') === 4 && send('SIGINT');
    const stopped = await store.run(argv, { interrupt: (sender) => (send = sender) });
    expect(stopped).toMatchObject({ code: 130 });
    expect(stopped.stderr).toMatch(/To continue with the rest:\n {2}sagemaker-fs migrate src dst .*--resume$/m);
    expect(store.wire.count('StopQueryExecution')).toBe(1);
    store.wire.before = () => {};
    const { code, stderr } = await store.run([...argv, '--resume']);
    expect(code, stderr).toBe(0);
    expect(stderr).not.toContain('To continue with the rest');
    expect(await store.rows('dst')).toEqual(versionsAtTheEnd(store.history).map(rowOf).sort());
  });
});

describe('shards', () => {
  test('are what a query that is too much for Athena asks for', async () => {
    const store = await openHistory({}, { identifiers: 4, happenings: 4 });
    await store.create('dst', OFFLINE_ONLY);
    store.wire.alter = ({ operation }, answer) => {
      const Status = { State: 'FAILED', StateChangeReason: 'Query exhausted resources at this scale factor' };
      const { QueryExecution } = answer as { QueryExecution: object };
      return operation === 'GetQueryExecution' ? { QueryExecution: { ...QueryExecution, Status } } : answer;
    };
    const { code, stderr } = await store.run(['migrate', 'src', 'dst', ...OUTPUT]);
    expect(code, stderr).toBe(1);
    expect(stderr).toContain('exhausted resources at this scale factor; run it in parts: --shard 1/8, --shard 2/8');
  });

  test('six of them together move each identifier exactly once', async () => {
    const store = await openHistory({}, { identifiers: 200, happenings: 1500 });
    await store.create('dst', OFFLINE_ONLY);
    const counts: number[] = [];
    for (let shard = 1; shard <= 6; shard += 1) {
      const { stderr } = await store.migrate('dst', '--shard', `${shard}/6`);
      counts.push(Number(/^([\d,]+) migrated, 0 failed/m.exec(stderr)![1]));
    }
    const live = liveAtTheEnd(store.history);
    const expected = store.history.filter(({ id, record, deletion }) => !deletion && live.get(id) === record);
    expect(await store.rows('dst')).toEqual(expected.map(rowOf).sort());
    expect(Math.min(...counts)).toBeGreaterThan(0);
    expect(Math.max(...counts)).toBeLessThan(live.size / 2);
  });

  test('the children of an array job share one query and its result, which stays for the others', async () => {
    const store = await openHistory({}, { identifiers: 40, happenings: 200 });
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
    expect(queries.filter((query) => query?.sql.includes('_timeless'))).toHaveLength(1);
    const planned = ran.map(({ stderr }) => Number(/^([\d,]+) migrated/m.exec(stderr)![1]));
    expect(planned.reduce((sum, each) => sum + each)).toBe(expected.length);
  });

  /** Counting is shared as well, by a query of its own. */
  const isReading = (sql: string) => sql.includes('_shard') && !sql.includes('_timeless');

  /** Four children, each in its own container; `shared` tells a look at the query that they share. */
  async function openArrayJob() {
    const store = await openHistory({}, { identifiers: 30, happenings: 120 });
    await store.create('dst', OFFLINE_ONLY);
    const child = async (index: number, interrupt?: RunOptions['interrupt']) =>
      store.run(['migrate', 'src', 'dst', ...OUTPUT, '--shards', '4'], {
        cwd: await temporaryFolder(),
        env: { AWS_BATCH_JOB_ARRAY_INDEX: String(index), AWS_BATCH_JOB_ID: `job-1:${index}` },
        interrupt,
      });
    const live = liveAtTheEnd(store.history);
    const expected = store.history.filter(({ id, record, deletion }) => !deletion && live.get(id) === record);
    const tokens = () =>
      store.wire.requests
        .filter(({ operation, body }) => operation === 'StartQueryExecution' && isReading(body))
        .map(({ body }) => (JSON.parse(body) as { ClientRequestToken: string }).ClientRequestToken);
    /** Makes another state of that of the shared query, where it says one. */
    function onShared(stateOf: (token: string) => string | undefined) {
      store.wire.alter = ({ operation }, answer) => {
        if (operation !== 'GetQueryExecution') return answer;
        const { QueryExecution } = answer as { QueryExecution: { QueryExecutionId: string; Query: string } };
        const State = isReading(QueryExecution.Query) ? stateOf(QueryExecution.QueryExecutionId) : undefined;
        return State ? { QueryExecution: { ...QueryExecution, Status: { State } } } : answer;
      };
    }
    return { ...store, child, tokens, onShared, expected: expected.map(rowOf).sort() };
  }

  test('one child that is terminated while the shared query runs leaves it to the others, and finishes when it is retried', async () => {
    const { child, onShared, tokens, wire, rows, expected } = await openArrayJob();
    let terminate: (signal: 'SIGTERM') => void = () => {};
    let isHeld = true;
    onShared(() => {
      if (isHeld && new Set(tokens()).size === 1 && tokens().length === 4) terminate('SIGTERM');
      return isHeld ? 'RUNNING' : undefined;
    });
    const terminated = child(2, (send) => (terminate = send)).finally(() => (isHeld = false));
    const others = await Promise.all([0, 1, 3].map((index) => child(index)));
    expect((await terminated).code).toBe(143);
    expect(
      others.map(({ code }) => code),
      others[0]!.stderr,
    ).toEqual([0, 0, 0]);
    expect(await rows('dst')).not.toEqual(expected);
    const again = await child(2);
    expect(again.code, again.stderr).toBe(0);
    expect(await rows('dst')).toEqual(expected);
    expect(wire.count('StopQueryExecution')).toBe(0);
    expect(new Set(tokens()).size).toBe(1);
  });

  test.each(['FAILED', 'CANCELLED'])('after an execution that is %s all derive the same next token', async (state) => {
    const { child, onShared, tokens, rows, expected } = await openArrayJob();
    const seen = new Set<string>();
    onShared((id) => ([...seen.add(id)][0] === id ? state : undefined));
    const ran = await Promise.all([0, 1, 2, 3].map((index) => child(index)));
    expect(
      ran.map(({ code }) => code),
      ran[0]!.stderr,
    ).toEqual([0, 0, 0, 0]);
    expect(await rows('dst')).toEqual(expected);
    const asked = tokens();
    expect(new Set(asked).size).toBe(2);
    for (const token of new Set(asked)) expect(asked.filter((each) => each === token)).toHaveLength(4);
  });

  test.each([
    { argv: ['--shards', '4'], env: {}, words: 'AWS_BATCH_JOB_ARRAY_INDEX, which is not set' },
    { argv: ['--shards', '4'], env: { AWS_BATCH_JOB_ARRAY_INDEX: '4' }, words: 'beyond the 4 shards' },
    { argv: ['--shard', '0/4'], env: {}, words: 'with i from 1 to n' },
    { argv: ['--shard', '5/4'], env: {}, words: 'with i from 1 to n' },
    { argv: ['--shard', '1/4', '--shards', '4'], env: {}, words: 'cannot be used together' },
  ])('$argv with $env: exit 2', async ({ argv, env, words }) => {
    const store = await watchedStore();
    const { code, stderr } = await store.run(['migrate', 'a', 'b', ...argv], { env });
    expect(code).toBe(2);
    expect(stderr).toContain(words);
    expect(store.wire.requests).toEqual([]);
  });
});
