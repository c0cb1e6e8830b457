import { ListObjectsV2Command, GetObjectCommand } from '@aws-sdk/client-s3';
import { DeleteRecordCommand } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { existsSync, mkdirSync } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { StopSignal } from '../../src/host.js';
import { definitions, type PlainRecord } from '../support/groups.js';
import { watchedStore } from '../support/watched-store.js';

vi.setConfig({ testTimeout: 60_000 });

const OFFLINE_ONLY = { OnlineStoreConfig: undefined };
const ONLINE_ONLY = { OfflineStoreConfig: undefined };
const AT = (second: number) => `2026-01-01T00:00:${String(second).padStart(2, '0')}Z`;

/** Names that Glue lower-cases, and one that is a word of SQL. */
const EVERY_TYPE = {
  FeatureDefinitions: definitions(
    'id:String, at:String, CustomerName:String, Stock-Level:Integral, UnitPrice:Fractional, order:String, constructor:String',
  ),
};
const ODD_VALUES: PlainRecord[] = [
  { CustomerName: '', 'Stock-Level': '9223372036854775807', UnitPrice: '1e20', order: 'null' },
  { CustomerName: ' a,"b"\r\n', 'Stock-Level': '-9223372036854775808', UnitPrice: '4.9e-324' },
  { CustomerName: '007', 'Stock-Level': '007', UnitPrice: '1.50', order: '\\N', constructor: '🦉' },
  { UnitPrice: '-0.0000001', order: '=1+1', constructor: '["a"]' },
  { UnitPrice: '1.7976931348623157e308', order: '\ufeffx\t' },
  {},
];
const ODD_RECORDS = ODD_VALUES.map((record, index): PlainRecord => ({
  id: index === 5 ? ' é\n' : `id-${index}`,
  at: AT(index),
  ...record,
}));

async function storeOf(name: string, change: object, records: PlainRecord[] = []) {
  const store = await watchedStore();
  await store.create(name, change);
  if (records.length > 0) await store.put(name, records);
  const text = (file: string) => readFile(join(store.dir, file), 'utf8');
  const results = async () => {
    const { Contents = [] } = await store.s3.send(new ListObjectsV2Command({ Bucket: 'features' }));
    return Contents.map(({ Key }) => Key!).filter((key) => key.startsWith('sagemaker-fs/'));
  };
  return { ...store, text, results };
}

const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as PlainRecord);

describe('export → bulk-put → export', () => {
  test('is byte-identical in JSON lines, CSV and Parquet, offline', async () => {
    const store = await storeOf('first', { ...OFFLINE_ONLY, ...EVERY_TYPE }, ODD_RECORDS);
    for (const format of ['jsonl', 'csv', 'parquet']) {
      await store.create(format, { ...OFFLINE_ONLY, ...EVERY_TYPE });
      const [one, two] = [`one.${format}`, `two.${format}`];
      expect(await store.run(['export', 'first', one])).toMatchObject({ code: 0, stdout: '' });
      expect(await store.run(['bulk-put', format, one])).toMatchObject({ code: 0 });
      expect(await store.run(['export', format, two])).toMatchObject({ code: 0 });
      expect(await readFile(join(store.dir, two))).toEqual(await readFile(join(store.dir, one)));
    }
    const one = 'one.jsonl';
    expect(lines(await store.text(one))).toEqual([
      { id: ' é\n', at: AT(5) },
      {
        ...{ id: 'id-0', at: AT(0), CustomerName: '', 'Stock-Level': '9223372036854775807' },
        ...{ UnitPrice: '100000000000000000000.0', order: 'null' },
      },
      expect.objectContaining({ id: 'id-1', CustomerName: ' a,"b"\r\n', 'Stock-Level': '-9223372036854775808' }),
      expect.objectContaining({ id: 'id-2', CustomerName: '007', 'Stock-Level': '7', UnitPrice: '1.5' }),
      expect.objectContaining({ id: 'id-3', UnitPrice: '-0.0000001', order: '=1+1', constructor: '["a"]' }),
      expect.objectContaining({ id: 'id-4', order: '\ufeffx\t' }),
    ]);
    expect(await store.results()).toEqual([]);
    expect((await stat(join(store.dir, one))).mode & 0o777).toBe(0o600);
  });

  test.each(['jsonl', 'csv', 'parquet'])(
    'keeps every record and collection of an online store in %s',
    async (format) => {
      const inMemory = {
        ...ONLINE_ONLY,
        OnlineStoreConfig: { EnableOnlineStore: true, StorageType: 'InMemory' as const },
        FeatureDefinitions: [
          ...EVERY_TYPE.FeatureDefinitions,
          { FeatureName: 'Tags', FeatureType: 'String' as const, CollectionType: 'List' as const },
          { FeatureName: 'Sizes', FeatureType: 'Integral' as const, CollectionType: 'Set' as const },
        ],
      };
      const records = ODD_RECORDS.map((record) => ({
        ...record,
        Tags: ['', 'b,"c"', 'null'],
        Sizes: ['9223372036854775807', '1'],
      }));
      const store = await storeOf('first', inMemory, records);
      await store.create('second', inMemory);
      const [one, two] = [`one.${format}`, `two.${format}`];
      expect(await store.run(['export', 'first', one])).toMatchObject({ code: 0 });
      expect(await store.run(['bulk-put', 'second', one])).toMatchObject({ code: 0 });
      expect(await store.run(['export', 'second', two])).toMatchObject({ code: 0 });
      const [first, second] = await Promise.all(['first', 'second'].map((name) => store.online(name, idsOf(records))));
      expect(first!.size).toBe(records.length);
      expect(second).toEqual(first);
      if (format === 'jsonl') expect(sortedById(lines(await store.text(one)))).toEqual(sortedById(records));
      expect(store.queries()).toEqual([]);
    },
  );
});

const idsOf = (records: PlainRecord[]) => records.map(({ id }) => id as string);
const sortedById = (records: PlainRecord[]) =>
  [...records].sort((a, b) => ((a.id as string) < (b.id as string) ? -1 : 1));

/** `a` twice, `b` deleted, `c` once. */
async function storeWithHistory() {
  const store = await storeOf('people', {}, [
    { id: 'a', at: AT(1), name: 'old', stock: '1', price: '1.5' },
    { id: 'b', at: AT(2), name: 'gone' },
    { id: 'c', at: AT(3), name: 'new', stock: '9007199254740993' },
    { id: 'a', at: AT(4), name: 'new', stock: '2' },
  ]);
  const deletion = { FeatureGroupName: 'people', RecordIdentifierValueAsString: 'b', EventTime: AT(5) };
  await store.runtime.send(new DeleteRecordCommand(deletion));
  const exported = async (...argv: string[]) => {
    const { code, stdout, stderr } = await store.run(['export', 'people', '-', '--format', 'jsonl', ...argv]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    return stdout === '' ? [] : lines(stdout);
  };
  return { ...store, exported };
}

const briefly = (rows: PlainRecord[]) =>
  rows.map(({ id, at }) => `${id as string}${Number((at as string).slice(17, 19))}`);

test('chooses rows and columns as each option says', async () => {
  const { exported, run } = await storeWithHistory();
  expect(await exported()).toEqual([
    { id: 'a', at: AT(4), name: 'new', stock: '2' },
    { id: 'c', at: AT(3), name: 'new', stock: '9007199254740993' },
  ]);
  expect(briefly(await exported('--where', "WHERE name = 'new' AND stock > 2"))).toEqual(['c3']);
  expect(briefly(await exported('--as-of', AT(3)))).toEqual(['a1', 'b2', 'c3']);
  expect(briefly(await exported('--since', AT(4)))).toEqual(['a4']);
  expect(briefly(await exported('--until', AT(4)))).toEqual(['c3']);
  expect(briefly(await exported('--limit', '1'))).toEqual(['a4']);
  expect(briefly(await exported('--history', 'all'))).toEqual(['a1', 'a4', 'b2', 'c3']);
  expect(await exported('--include-deleted')).toEqual([
    expect.objectContaining({ id: 'a', is_deleted: 'false' }),
    { id: 'b', at: AT(5), is_deleted: 'true' },
    expect.objectContaining({ id: 'c', is_deleted: 'false' }),
  ]);
  expect(briefly(await exported('--history', 'all', '--include-deleted'))).toEqual(['a1', 'a4', 'b2', 'b5', 'c3']);
  expect(await exported('--columns', 'name', '--limit', '1')).toEqual([{ id: 'a', at: AT(4), name: 'new' }]);
  expect(await exported('--typed')).toEqual([
    expect.objectContaining({ id: 'a', stock: 2 }),
    expect.objectContaining({ id: 'c', stock: '9007199254740993' }),
  ]);
  const [system] = await exported('--system-columns', '--columns', 'name');
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/);
  expect(system).toEqual({
    ...{ id: 'a', at: AT(4), name: 'new', is_deleted: 'false' },
    ...{ write_time: time, api_invocation_time: time },
  });
  expect(sortedById(await exported('--online'))).toEqual(await exported());
  expect(await exported('--online', '--limit', '1', '--columns', 'name')).toHaveLength(1);
  const csv = await run(['export', 'people', '-', '--format', 'csv', '-q']);
  expect(csv).toMatchObject({
    stdout: `id,at,price,stock,name\na,${AT(4)},,2,new\nc,${AT(3)},,9007199254740993,new\n`,
  });
});

test('says what it will read, cost and leave, before it reads; with --dry-run no more than that', async () => {
  const { run, queries, dir, results } = await storeWithHistory();
  const { stdout, code } = await run(['export', 'people', 'people.csv', '--dry-run', '--limit', '1']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^export +people \(offline\) → people.csv\n +account 000000000000, us-east-1$/m);
  expect(stdout).toMatch(/^records +1 to export of 5 rows \(1 deleted\)$/m);
  expect(stdout).toMatch(/^cost +at most ≈ \$0.0001 for Athena$/m);
  expect(queries()).toHaveLength(1);
  expect(existsSync(join(dir, 'people.csv'))).toBe(false);
  const real = await run(['export', 'people', 'people.csv', '-v']);
  expect(real.stdout).toBe('');
  expect(real.stderr).toMatch(/^results +s3:\/\/features\/sagemaker-fs\/athena\/, removed afterwards$/m);
  expect(real.stderr).toMatch(/^cost [^]*^SELECT "id"[^]*^2 exported, 0 failed in /m);
  const online = await run(['export', 'people', '-', '--online', '--dry-run']);
  expect(online.stdout).toMatch(/^export +people \(online\) → stdout$/m);
  expect(online.stdout).toMatch(/^cost +≈ \$0.0000005 for read units$/m);
  expect(await results()).toEqual([]);
});

test('parts a folder, or a prefix on S3, into files of so many records, which bulk-put takes', async () => {
  const store = await storeOf(
    'people',
    {},
    [1, 2, 3, 4, 5].map((n) => ({ id: `${n}`, at: AT(n) })),
  );
  const exportTo = (...argv: string[]) => store.run(['export', 'people', ...argv]);
  expect(await exportTo('parts', '--split', '2', '--format', 'csv')).toMatchObject({ code: 0 });
  const part = (n: number) => store.text(`parts/part-0000${n}.csv`);
  expect(await readdir(join(store.dir, 'parts'))).toEqual([1, 2, 3].map((n) => `part-0000${n}.csv`));
  expect(await part(1)).toBe(`id,at,price,stock,name\n1,${AT(1)},,,\n2,${AT(2)},,,\n`);
  expect(await part(3)).toBe(`id,at,price,stock,name\n5,${AT(5)},,,\n`);
  expect(await exportTo('parts', '--split', '2', '--format', 'csv')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('parts already holds files: add --overwrite'),
  });
  expect(await exportTo('parts', '--split', '9', '--format', 'csv', '--overwrite')).toMatchObject({ code: 0 });
  expect(await readdir(join(store.dir, 'parts'))).toEqual(['part-00001.csv']);
  await writeFile(join(store.dir, 'parts/mine.txt'), '');
  expect(await exportTo('parts', '--split', '9', '--format', 'csv', '--overwrite')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('parts holds mine.txt, which is not a part of an export'),
  });
  expect(await exportTo('s3://features/out.parquet/', '--split', '4')).toMatchObject({ code: 0 });
  await store.create('copy');
  expect(await store.run(['bulk-put', 'copy', 's3://features/out.parquet/'])).toMatchObject({ code: 0 });
  expect((await store.online('copy', ['1', '2', '3', '4', '5'])).size).toBe(5);
  expect(await exportTo('s3://features/out.parquet', '--split', '4', '--overwrite')).toMatchObject({ code: 2 });
});

test('writes an object on S3', async () => {
  const store = await storeOf('people', {}, [{ id: '1', at: AT(1) }]);
  expect(await store.run(['export', 'people', 's3://features/out.jsonl'])).toMatchObject({ code: 0 });
  const { Body } = await store.s3.send(new GetObjectCommand({ Bucket: 'features', Key: 'out.jsonl' }));
  expect(await Body!.transformToString()).toBe(`{"id":"1","at":"${AT(1)}"}\n`);
});

test.each(['out.csv', 'out.csv.gz', 'out.parquet'])(
  'leaves nothing behind where the last of %s fails',
  async (name) => {
    const store = await storeOf('shop', ONLINE_ONLY, [{ id: '1', at: AT(1) }]);
    store.wire.before = ({ operation }) => {
      if (operation === 'BatchGetRecord') mkdirSync(join(store.dir, name, 'in the way'), { recursive: true });
    };
    const { code, stderr } = await store.run(['export', 'shop', name, '--online']);
    expect(code, stderr).not.toBe(0);
    expect((await readdir(store.dir)).filter((each) => each.startsWith('out.'))).toEqual([name]);
  },
);

test('an empty group is a file without rows', async () => {
  const store = await storeOf('people', {});
  expect(await store.run(['export', 'people', 'none.csv'])).toMatchObject({ code: 0 });
  expect(await store.text('none.csv')).toBe('id,at,price,stock,name\n');
  expect(await store.run(['export', 'people', '-', '--online'])).toMatchObject({ code: 0, stdout: '[]\n' });
});

describe('refuses, before the first call,', () => {
  test('a file that is there, that cannot be written, or whose name says nothing', async () => {
    const store = await storeOf('people', {}, [{ id: '1', at: AT(1) }]);
    await writeFile(join(store.dir, 'mine.csv'), 'mine');
    const before = store.wire.requests.length;
    const refused: [string[], RegExp][] = [
      [['mine.csv'], /mine\.csv already exists: add --overwrite/],
      [['nowhere/x.csv'], /nowhere does not exist/],
      [['x.pdf'], /\.pdf files cannot be written/],
      [['folder/'], /name a file, or add --split/],
      [['-', '--split', '5'], /name one instead of -/],
      [['parts', '--split', '5'], /add --format/],
      [['mine.csv', '--split', '5'], /mine\.csv is a file/],
    ];
    for (const [argv, why] of refused) {
      const { code, stderr } = await store.run(['export', 'people', ...argv]);
      expect({ argv, code, stderr }).toEqual({ argv, code: 2, stderr: expect.stringMatching(why) });
    }
    expect(store.wire.requests).toHaveLength(before);
    expect(await store.text('mine.csv')).toBe('mine');
    expect(await store.run(['export', 'people', 'mine.csv', '--overwrite'])).toMatchObject({ code: 0 });
    expect(await store.text('mine.csv')).toContain('1,');
  });
});

test('refuses what does not go together, or is not there', async () => {
  const store = await storeOf('people', {}, [{ id: '1', at: AT(1) }]);
  await store.create('online', ONLINE_ONLY);
  await store.create('history', OFFLINE_ONLY);
  const refused: [string[], number, RegExp][] = [
    [['online', '-', '--where', 'stock > 1', '--limit', '1'], 2, /--where asks Athena for rows of an offline store/],
    [['people', '-', '--online', '--history', 'all', '--as-of', AT(1)], 2, /--history, --as-of ask Athena/],
    [['history', '-', '--online'], 2, /has no online store/],
    [['people', '-', '--where', 'nope = 1'], 2, /Athena does not accept this --where on people: COLUMN_NOT_FOUND/],
    [['people', '-', '--where', '1=1; DROP TABLE x'], 2, /--where holds a semicolon/],
    [['people', '-', '--where', 'stock > 1', '--include-deleted'], 2, /leave one out/],
    [['people', '-', '--columns', 'nmae'], 2, /has no feature nmae/],
    [['people', '-', '--limit', '0'], 2, /at least 1/],
    [['nobody', '-'], 3, /nobody/],
  ];
  for (const [argv, exit, why] of refused) {
    const { code, stdout, stderr } = await store.run(['export', ...argv]);
    expect({ argv, code, stdout, stderr }).toEqual({
      argv,
      code: exit,
      stdout: '',
      stderr: expect.stringMatching(why),
    });
  }
});

describe('interrupted', () => {
  const interrupted = async (operation: string, at: number, argv: string[]) => {
    const records = Array.from({ length: 300 }, (_, n) => ({ id: `${n}`, at: AT(n % 60) }));
    const store = await storeOf('people', {}, records);
    let send: (signal: StopSignal) => void = () => {};
    let seen = 0;
    store.wire.after = (request) => {
      if (request.operation !== operation || (seen += 1) !== at) return;
      send('SIGINT');
    };
    const ran = await store.run(['export', 'people', ...argv], { interrupt: (sender) => void (send = sender) });
    return { ...store, ran, left: (await readdir(store.dir)).filter((name) => name !== 'store') };
  };

  test('while Athena works, it stops the query', async () => {
    const { ran, left, wire, results } = await interrupted('StartQueryExecution', 2, ['people.csv']);
    expect(ran.code).toBe(130);
    expect(left).toEqual([]);
    expect(wire.count('StopQueryExecution')).toBe(1);
    expect(await results()).toEqual([]);
  });

  test.each([
    ['a file', ['people.csv', '--online']],
    ['a folder', ['people', '--online', '--split', '100', '--format', 'csv']],
  ])('while it reads, it leaves nothing of %s', async (_what, argv) => {
    const { ran, left } = await interrupted('BatchGetRecord', 3, [...argv, '--max-workers', '1']);
    expect(ran).toMatchObject({ code: 130, stdout: '' });
    expect(left).toEqual([]);
  });

  test('while it reads a result, nothing of it stays either', async () => {
    const { ran, left, results } = await interrupted('S3 GET', 2, ['people.csv']);
    expect(ran.code).toBe(130);
    expect(left).toEqual([]);
    expect(await results()).toEqual([]);
  });
});
