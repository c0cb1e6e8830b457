import type { CreateFeatureGroupCommandInput } from '@aws-sdk/client-sagemaker';
import { AthenaClient, GetQueryExecutionCommand, StartQueryExecutionCommand } from '@aws-sdk/client-athena';
import { DescribeFeatureGroupCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { readFile } from 'node:fs/promises';
import { SageMakerFeatureStoreRuntimeClient } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { S3Client, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openLocal, type LocalOptions } from '../../src/local/index.js';
import { pasted } from '../support/console.js';
import { createGroup, definitions, OFFLINE, putCommand, writeAll, type PlainRecord } from '../support/groups.js';
import {
  comparable,
  HISTORY_FEATURES,
  ID,
  liveAtTheEnd,
  play,
  randomHistory,
  readOnline,
  TIME,
} from '../support/histories.js';
import { localStore, run } from '../support/run.js';
import { watchedStore } from '../support/watched-store.js';

// Each test runs several commands, each on a store opened anew; a busy machine takes seconds for that.
vi.setConfig({ testTimeout: 60_000 });

interface Services {
  sagemaker: SageMakerClient;
  runtime: SageMakerFeatureStoreRuntimeClient;
  s3: S3Client;
  athena: AthenaClient;
  /** A second later, by the service's clock. */
  tick: () => void;
}

/** A store, the command line on it, and the service's own clients between two commands. */
async function openStore(options: Partial<LocalOptions> = {}) {
  const store = await localStore();
  let clock = Date.parse('2026-01-01T00:00:00Z');
  const services = async <T>(work: (services: Services) => Promise<T>): Promise<T> => {
    const local = await openLocal({ dir: join(store.dir, 'store'), now: () => clock, ...options });
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const settings = {
      region: 'us-east-1',
      credentials,
      endpoint: 'http://127.0.0.1',
      requestHandler: local.requestHandler,
    };
    try {
      return await work({
        sagemaker: new SageMakerClient(settings),
        runtime: new SageMakerFeatureStoreRuntimeClient(settings),
        athena: new AthenaClient(settings),
        s3: new S3Client({ ...settings, forcePathStyle: true }),
        tick: () => void (clock += 1000),
      });
    } finally {
      await local.close();
    }
  };
  const create = (name: string, change: Partial<CreateFeatureGroupCommandInput> = {}) =>
    services(({ sagemaker }) => createGroup(sagemaker, name, change));
  const put = (name: string, ...records: PlainRecord[]) => services(({ runtime }) => writeAll(runtime, name, records));
  const online = (name: string, identifiers: Iterable<string>) =>
    services(({ runtime }) => readOnline(runtime, name, identifiers));
  const migrate = (...argv: string[]) => store.run(['migrate', ...argv]);
  return { ...store, services, create, put, online, migrate };
}

const OFFLINE_ONLY = { OnlineStoreConfig: undefined };
const ONLINE_ONLY = { OfflineStoreConfig: undefined };
const AT = (second: number) => `2026-01-01T00:00:${String(second).padStart(2, '0')}Z`;
const record = (id: string, more: PlainRecord = {}): PlainRecord => ({ id, at: AT(0), ...more });

/** A source and a target as `groupInput` makes them, with three records in the source. */
async function openPair(
  source: Partial<CreateFeatureGroupCommandInput> = OFFLINE_ONLY,
  target: Partial<CreateFeatureGroupCommandInput> = {},
) {
  const store = await openStore();
  await store.create('src', source);
  await store.create('dst', target);
  await store.put(
    'src',
    record('1', { price: '3.5', stock: '1' }),
    record('2', { price: '7', name: '' }),
    record('3', { name: 'x' }),
  );
  return store;
}

describe('every live record arrives, value by value', () => {
  const features = (eventTimes: 'String' | 'Fractional') => ({
    RecordIdentifierFeatureName: ID,
    EventTimeFeatureName: TIME,
    FeatureDefinitions: definitions(HISTORY_FEATURES(eventTimes)),
  });
  const iceberg = { OfflineStoreConfig: { ...OFFLINE, TableFormat: 'Iceberg' as const } };

  test.each([
    { name: 'offline only → both', eventTimes: 'String', source: OFFLINE_ONLY, target: {} },
    { name: 'both → both, Fractional event times', eventTimes: 'Fractional', source: {}, target: {} },
    {
      name: 'Iceberg → online only',
      eventTimes: 'String',
      source: { ...OFFLINE_ONLY, ...iceberg },
      target: ONLINE_ONLY,
    },
  ] as const)('$name', async ({ eventTimes, source, target }) => {
    const store = await openStore();
    await store.create('src', { ...features(eventTimes), ...source });
    await store.create('dst', { ...features(eventTimes), ...target });
    const history = randomHistory({ seed: 7, identifiers: 40, happenings: 500, eventTimes });
    await store.services(({ runtime, tick }) => play(runtime, { group: 'src', history, tick }));
    const live = liveAtTheEnd(history);
    expect(live.size).toBeGreaterThan(50);

    const { code, stdout, stderr } = await store.migrate('src', 'dst');
    expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: '' });
    const arrived = await store.online(
      'dst',
      history.map(({ id }) => id),
    );
    const numbers = eventTimes === 'Fractional' ? ['order', TIME] : ['order'];
    expect(comparable(arrived, numbers)).toEqual(comparable(live, numbers));
  });

  test('by way of an offline-only target, too', async () => {
    const { create, migrate, online } = await openPair(OFFLINE_ONLY, OFFLINE_ONLY);
    await create('end');
    expect((await migrate('src', 'dst')).code).toBe(0);
    expect((await migrate('dst', 'end')).code).toBe(0);
    expect((await online('end', ['1', '2', '3'])).get('2')).toEqual(record('2', { price: '7.0', name: '' }));
  });
});

describe('the plan', () => {
  test('--dry-run prints it and writes nothing', async () => {
    const { migrate, online, services } = await openPair();
    const { code, stdout } = await migrate('src', 'dst', '--dry-run', '--filter-query', 'price > 3');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^migrate +src \(offline\) → dst \(online\+offline\)$/m);
    expect(stdout).toMatch(/^only +where price > 3$/m);
    expect(stdout).toMatch(/^records +2 to write of 3 rows \(1 left out\)$/m);
    expect(stdout).not.toContain('SELECT');
    expect(await online('dst', ['1', '2', '3'])).toEqual(new Map());
    const left = await services(({ s3 }) =>
      s3.send(new ListObjectsV2Command({ Bucket: 'features', Prefix: 'sagemaker-fs/' })),
    );
    expect(left.Contents).toBeUndefined();
  });

  test('is JSON for scripts, and has the SQL', async () => {
    const { migrate } = await openPair();
    const { code, stdout } = await migrate('src', 'dst', '--dry-run', '-o', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      source: { name: 'src', storeType: 'Offline Only' },
      target: { name: 'dst', storeType: 'Online+Offline' },
      rows: 3,
      live: 3,
      deleted: 0,
      toWrite: 3,
      writeUnits: 3,
      calls: 1,
      cost: { pricesAsOf: '2026-08' },
      sql: expect.stringMatching(/^SELECT "id", "at"/) as string,
    });
    expect((await migrate('src', 'dst', '--dry-run', '-v')).stdout).toContain('SELECT "id", "at"');
  });

  test('is one with its outcome in the JSON of a run, and in --summary', async () => {
    const { migrate, dir } = await openPair();
    const { stdout, stderr } = await migrate('src', 'dst', '-o', 'json', '--summary', 'summary.json');
    const outcome = { ok: 3, failed: 0, seconds: expect.any(Number) as number };
    expect(JSON.parse(stdout)).toMatchObject({ source: { name: 'src' }, toWrite: 3, outcome });
    const summary = JSON.parse(await readFile(join(dir, 'summary.json'), 'utf8')) as object;
    expect(summary).toMatchObject({ command: 'migrate', plan: { toWrite: 3 }, ...outcome, exitCode: 0 });
    // Whoever made a dry run has seen the rest.
    expect(stderr).toMatch(
      /^migrate +src \(offline\) → dst \(online\+offline\), account 0+, us-east-1\nrecords .*\ncost .*\n3 /,
    );
  });

  test('of an empty source is a plan of nothing', async () => {
    const { create, migrate } = await openStore();
    await create('src');
    await create('dst');
    expect(JSON.parse((await migrate('src', 'dst', '--dry-run', '-o', 'json')).stdout)).toMatchObject({
      rows: 0,
      toWrite: 0,
      calls: 0,
    });
    const { code, stderr } = await migrate('src', 'dst');
    expect(code).toBe(0);
    expect(stderr).toContain('records   nothing to migrate: src holds no record');
  });
});

describe('--filter-query', () => {
  test('looks at the live rows, not at what they have been', async () => {
    const { put, migrate, online } = await openPair();
    await put('src', record('1', { at: AT(1), price: '100' }), record('2', { at: AT(1), price: '1' }));
    expect((await migrate('src', 'dst', '--filter-query', 'WHERE price < 50')).code).toBe(0);
    expect([...(await online('dst', ['1', '2', '3'])).keys()]).toEqual(['2']);
  });

  test.each([
    ['1 = 1) OR (1 = 1', 'has a ) that closes nothing'],
    ['no_such_column = 1', 'Athena does not accept this --filter-query'],
    ['price >', 'Athena does not accept this --filter-query'],
  ])('%s is refused before anything is sent', async (filter, words) => {
    const { migrate, online } = await openPair();
    const { code, stdout, stderr } = await migrate('src', 'dst', '--filter-query', filter);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(words);
    expect(await online('dst', ['1', '2', '3'])).toEqual(new Map());
  });
});

describe('schemas', () => {
  const renamed = {
    FeatureDefinitions: definitions('id:String, at:String, cost:String, stock:Fractional, note:String'),
  };

  test('that do not fit stop the run, and the difference is shown', async () => {
    const { migrate } = await openPair(OFFLINE_ONLY, renamed);
    const { code, stderr } = await migrate('src', 'dst');
    expect(code).toBe(2);
    expect(stderr).toContain('! dst has no price, name: --drop price,name leaves them behind, --map old=new renames.');
  });

  test('whose names differ in case, _ and - alone are refused with the command that maps them, which then works', async () => {
    const { run, migrate, online } = await openPair(OFFLINE_ONLY, {
      FeatureDefinitions: definitions('id:String, at:String, Price:Fractional, stock:Integral, NA_ME:String'),
    });
    const refused = await migrate('src', 'dst');
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    const [, next = ''] =
      /^Only case, _ or - tell price and Price, name and NA_ME apart\. If they are the same:\n {2}sagemaker-fs (.*)\n$/m.exec(
        refused.stderr,
      ) ?? [];
    expect(next).toMatch(/^migrate src dst .*--map price=Price --map name=NA_ME$/);
    expect(await online('dst', ['1', '2', '3'])).toEqual(new Map());
    const again = await run(pasted(next));
    expect(again.code, again.stderr).toBe(0);
    expect((await online('dst', ['1', '2', '3'])).size).toBe(3);
  });

  test('are made to fit with --map and --drop', async () => {
    const { migrate, online } = await openPair(OFFLINE_ONLY, renamed);
    const { code, stderr } = await migrate(
      'src',
      'dst',
      '--map',
      'price=cost',
      '--map',
      'name=note',
      '--drop',
      'stock',
    );
    expect(code, stderr).toBe(0);
    expect(Object.fromEntries(await online('dst', ['1', '2', '3']))).toEqual({
      1: record('1', { cost: '3.5' }),
      2: record('2', { cost: '7.0', note: '' }),
      3: record('3', { note: 'x' }),
    });
  });

  test('event times are converted', async () => {
    const { migrate, online } = await openPair(OFFLINE_ONLY, {
      FeatureDefinitions: definitions('id:String, at:Fractional, price:Fractional, stock:Integral, name:String'),
    });
    expect((await migrate('src', 'dst')).code).toBe(0);
    expect((await online('dst', ['3'])).get('3')).toEqual({ id: '3', at: '1767225600', name: 'x' });
  });
});

describe('other sources and targets', () => {
  test('an online-only source is listed and read', async () => {
    const { migrate, online } = await openPair(ONLINE_ONLY, {});
    const { code, stderr } = await migrate('src', 'dst');
    expect(code, stderr).toBe(0);
    expect((await online('dst', ['1', '2', '3'])).get('2')).toEqual(record('2', { price: '7', name: '' }));
  });

  test('--read-from online asks no Athena', async () => {
    const { migrate } = await openPair({}, {});
    const { code, stdout } = await migrate('src', 'dst', '--read-from', 'online', '--dry-run', '-o', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ live: 3, toWrite: 3, cost: { athena: 0 } });
  });

  test('a group fills its own online store, without a second row offline', async () => {
    const store = await openStore();
    await store.create('src');
    await store.services(({ runtime }) =>
      runtime.send(putCommand('src', record('1', { name: 'kept' }), { TargetStores: ['OfflineStore'] })),
    );
    expect(await store.online('src', ['1'])).toEqual(new Map());
    expect((await store.migrate('src', 'src')).code).toBe(0);
    expect((await store.online('src', ['1'])).get('1')).toEqual(record('1', { name: 'kept' }));
    expect(JSON.parse((await store.migrate('src', 'src', '--dry-run', '-o', 'json')).stdout)).toMatchObject({
      rows: 1,
    });
  });

  test.each([
    { why: 'one group without an offline store', from: 'dst', exit: 2, words: 'are one feature group, dst' },
    { why: 'no such group', from: 'nope', exit: 3, words: 'There is no feature group nope' },
  ])('$why', async ({ from, exit, words }) => {
    const { migrate } = await openPair(OFFLINE_ONLY, ONLINE_ONLY);
    const { code, stderr } = await migrate(from, 'dst');
    expect(code).toBe(exit);
    expect(stderr).toContain(words);
  });
});

describe('what the target holds', () => {
  test('newer is not overwritten, and counted as stale', async () => {
    const { put, migrate, online } = await openPair();
    await put('dst', record('1', { at: AT(30), name: 'newer' }));
    const { code, stderr } = await migrate('src', 'dst');
    expect(code).toBe(0);
    expect(stderr).toContain('1 stale');
    expect((await online('dst', ['1'])).get('1')).toEqual(record('1', { at: AT(30), name: 'newer' }));
  });
});

test('a record older than the time to live of the target is told, for no online store keeps it', async () => {
  const day = { Unit: 'Days' as const, Value: 1 };
  const { migrate, run } = await openPair(OFFLINE_ONLY, {
    OnlineStoreConfig: { EnableOnlineStore: true, TtlDuration: day },
  });
  const { code, stderr } = await migrate('src', 'dst');
  expect(code).toBe(0);
  expect(stderr).toContain('3 migrated');
  expect(stderr).toContain('warning: 3 of them are past their time to live');
  expect((await run(['get', 'dst', '1'])).code).toBe(3);
});

describe('what goes wrong', () => {
  /** Rows as only bring-your-own tables hold them. */
  async function openPairWithBadRows() {
    const store = await openPair();
    await store.services(async ({ sagemaker, athena }) => {
      const { OfflineStoreConfig } = await sagemaker.send(new DescribeFeatureGroupCommand({ FeatureGroupName: 'src' }));
      const { Database, TableName } = OfflineStoreConfig!.DataCatalogConfig!;
      const row = (id: string, at: string) => `(${id}, ${at}, 1e0, 2, 'x', localtimestamp, localtimestamp, false)`;
      const sql = `INSERT INTO "${Database}"."${TableName}" VALUES ${row('NULL', `'${AT(0)}'`)}, ${row("'5'", 'NULL')}, ${row("'6'", "'yesterday'")}`;
      const { QueryExecutionId } = await athena.send(
        new StartQueryExecutionCommand({ QueryString: sql, ResultConfiguration: { OutputLocation: 's3://features/' } }),
      );
      const state = async () =>
        (await athena.send(new GetQueryExecutionCommand({ QueryExecutionId }))).QueryExecution!.Status;
      await expect.poll(state).toMatchObject({ State: 'SUCCEEDED' });
    });
    return store;
  }

  test('a row that is no record is a failed record; the rest goes on', async () => {
    const store = await openPairWithBadRows();
    const { dir, migrate, online } = store;
    const plan = JSON.parse((await migrate('src', 'dst', '--dry-run', '-o', 'json')).stdout) as object;
    expect(plan).toMatchObject({ rows: 6, live: 4, toWrite: 4, rowsWithoutId: 1, rowsWithoutTime: 1 });

    const { code, stderr } = await migrate('src', 'dst', '--summary', 'summary.json');
    expect(code).toBe(4);
    expect(stderr).toContain('3 migrated, 3 failed');
    expect([...(await online('dst', ['1', '2', '3', '5', '6'])).keys()]).toEqual(['1', '2', '3']);

    const failures = (await readFile(join(dir, 'src--dst.errors.jsonl'), 'utf8')).trim().split('\n');
    expect(failures.map((line) => (JSON.parse(line) as { message: string }).message).sort()).toEqual([
      expect.stringContaining('"yesterday" is not') as string,
      'The event time at is missing.',
      'The record identifier id is missing.',
    ]);
    expect(JSON.parse(await readFile(join(dir, 'summary.json'), 'utf8'))).toMatchObject({
      command: 'migrate',
      ok: 3,
      failed: 3,
    });
    const again = await store.run(['bulk-put', 'dst', 'src--dst.errors.jsonl', '--dry-run', '--fill-event-time']);
    expect(again.stderr).toContain('is not');
  });

  test('--max-errors stops the run', async () => {
    const { migrate } = await openPairWithBadRows();
    const { code, stderr } = await migrate('src', 'dst', '--max-errors', '1', '--errors-file', 'mine.jsonl');
    expect(code).toBe(4);
    expect(stderr).toContain('--max-errors 1');
  });

  test('Ctrl-C finishes what is in flight, and says how far it came', async () => {
    const { create, put, wire, run, online } = await watchedStore();
    await create('src', OFFLINE_ONLY);
    await create('dst');
    const records = Array.from({ length: 500 }, (_, n) => record(String(n)));
    await put('src', records);
    let send: (signal: 'SIGINT') => void = () => {};
    wire.before = ({ operation }) =>
      operation === 'BatchWriteRecord' && wire.count(operation) === 3 && void send('SIGINT');
    const argv = ['migrate', 'src', 'dst', '--athena-output', 's3://features/results/', '--max-workers', '1'];
    const { code, stderr } = await run(argv, { interrupt: (sender) => (send = sender) });
    expect(code, stderr).toBe(130);
    const identifiers = records.map(({ id }) => id as string);
    expect((await online('dst', identifiers)).size).toBe(3 * 25);
    expect(stderr).toContain('75 migrated, 0 failed');
  });
});

describe('with less than it would like', () => {
  /** The same store over HTTP, so that it can be told to refuse. */
  async function refusing(...deny: string[]) {
    const store = await openPair();
    const local = await openLocal({ dir: join(store.dir, 'store'), faults: { deny } });
    onTestFinished(() => local.close());
    const { port } = await local.listen({ port: 0 });
    // The SDK's own credential chain reads the environment of the process.
    const env = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local', AWS_MAX_ATTEMPTS: '1' };
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    onTestFinished(() => void vi.unstubAllEnvs());
    const endpoint = [
      '--endpoint-url',
      `http://127.0.0.1:${port}`,
      '--region',
      'us-east-1',
      '--athena-output',
      's3://features/results/',
    ];
    const migrated = await run(['migrate', 'src', 'dst', ...endpoint], { cwd: store.dir });
    return { ...migrated, local };
  }

  test.each([
    { deny: ['s3:GetObject'], words: 'Reading the result through Athena' },
    { deny: ['s3:DeleteObject'], words: "Athena's result stays at s3://features/results/" },
    { deny: ['athena:GetWorkGroup'], words: '3 migrated' },
    { deny: ['sagemaker:BatchWriteRecord'], words: 'using PutRecord instead' },
    { deny: ['sagemaker:ListRecords', 'sagemaker:BatchGetRecord'], words: 'BatchGetRecord is not allowed' },
  ])('without $deny it still migrates', async ({ deny, words }) => {
    const { code, stderr } = await refusing(...deny);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain(words);
    expect(stderr).toContain('3 migrated, 0 failed');
  });

  test.each([
    { deny: ['athena:StartQueryExecution'], action: 'athena:StartQueryExecution' },
    { deny: ['sagemaker:BatchWriteRecord', 'sagemaker:PutRecord'], action: 'sagemaker:PutRecord' },
  ])('without $deny it says what is missing', async ({ deny, action }) => {
    const { code, stderr } = await refusing(...deny);
    expect(code).toBe(1);
    expect(stderr).toContain(`the IAM action ${action}`);
  });
});
