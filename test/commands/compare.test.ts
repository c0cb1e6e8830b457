/** `compare`: 50 planted differences of ten kinds are found, and nothing else, whichever stores hold the records. */
import { DeleteRecordCommand } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { definitions, putCommand, type PlainRecord } from '../support/groups.js';
import { watchedStore } from '../support/watched-store.js';

vi.setConfig({ testTimeout: 120_000 });

const OUTPUT = ['--athena-output', 's3://results/athena/'];
const OFFLINE_ONLY = { OnlineStoreConfig: undefined };
const ONLINE_ONLY = { OfflineStoreConfig: undefined };
const FEATURES = definitions('id:String, at:String, price:Fractional, stock:Integral, name:String, note:String');
const ROWS = 400;

const records = Array.from({ length: ROWS }, (_, row): PlainRecord => ({
  id: `r${row}`,
  at: '2026-01-02T00:00:00Z',
  price: `${row}.5`,
  stock: '9007199254740993',
  name: `Name ${row}`,
  ...(row % 2 === 0 && { note: row % 4 === 0 ? '' : 'x' }),
}));

interface Report {
  counts: Record<string, number>;
  differing: number;
  differences: { id: string; kind: string; values: { feature: string; a: unknown; b: unknown }[] }[];
}

const KINDS = [
  'missing',
  'extra',
  'stale',
  'newer',
  'changed string',
  'changed number',
  'null or a value',
  'empty or null',
  'case',
  'last digit',
] as const;
/** Five records of each kind. */
const planted = new Map(
  KINDS.flatMap((kind, at) => Array.from({ length: 5 }, (_, n) => [`r${at * 40 + n * 8}`, kind])),
);

/** What B holds in the place of a record of A; undefined leaves it out. Same values in other words are no difference. */
function planting(record: PlainRecord): PlainRecord | undefined {
  const sameOtherwise: PlainRecord = { ...record, price: Number(record.price).toExponential() };
  const { note: _, ...noteless }: PlainRecord = sameOtherwise;
  switch (planted.get(record.id as string)) {
    case 'missing':
      return undefined;
    case 'stale':
      return { ...sameOtherwise, at: '2026-01-01T23:59:59.999Z' };
    case 'newer':
      return { ...sameOtherwise, at: '2026-01-02T00:00:00.001Z' };
    case 'changed string':
      return { ...sameOtherwise, name: 'another' };
    case 'changed number':
      return { ...sameOtherwise, price: '0.25' };
    case 'null or a value':
      return Object.fromEntries(Object.entries(sameOtherwise).filter(([name]) => name !== 'price'));
    case 'empty or null':
      return noteless;
    case 'case':
      return { ...sameOtherwise, name: String(record.name).toUpperCase() };
    case 'last digit':
      return { ...sameOtherwise, stock: '9007199254740992' };
    default:
      return { ...sameOtherwise, at: '2026-01-02T00:00:00.000Z' };
  }
}

const ofA = records.filter(({ id }) => planted.get(id as string) !== 'extra');
const ofB = records.map(planting).filter((record) => record !== undefined);
const expected = { missing: 5, extra: 5, stale: 5, newer: 5, different: 30, same: ROWS - 50, unsettled: 0, expired: 0 };

function checkReport({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }): Report {
  expect(code, stderr).toBe(7);
  const report = JSON.parse(stdout) as Report;
  expect(report.counts).toEqual(expected);
  expect(report.differing).toBe(50);
  for (const { id } of report.differences) expect(planted.has(id)).toBe(true);
  expect(report.differences).toHaveLength(20);
  return report;
}

async function openStore() {
  const store = await watchedStore();
  const create = (name: string, change: object) => store.create(name, { FeatureDefinitions: FEATURES, ...change });
  const compare = (...argv: string[]) => store.run(['compare', ...argv, ...OUTPUT, '-o', 'json']);
  return { ...store, create, compare };
}

describe('50 planted differences', () => {
  test.each([
    ['offline', 'offline', OFFLINE_ONLY, OFFLINE_ONLY],
    ['online', 'online', ONLINE_ONLY, ONLINE_ONLY],
    ['offline', 'online', OFFLINE_ONLY, ONLINE_ONLY],
    ['online', 'offline', ONLINE_ONLY, OFFLINE_ONLY],
  ])('%s with %s, and the file mends what a put can mend', async (_a, _b, changeA, changeB) => {
    const { create, put, compare, run, dir } = await openStore();
    await create('a', changeA);
    await create('b', changeB);
    await put('a', ofA);
    await put('b', ofB);
    checkReport(await compare('a', 'b', '--differences-file', 'fix.jsonl'));
    const lines = (await readFile(join(dir, 'fix.jsonl'), 'utf8')).trim().split('\n');
    expect(lines).toHaveLength(40);
    expect(await run(['bulk-put', 'b', 'fix.jsonl'])).toMatchObject({ code: 0 });
    const again = await compare('a', 'b');
    expect(again.code).toBe(7);
    expect((JSON.parse(again.stdout) as Report).counts).toEqual({
      ...expected,
      ...{ missing: 0, stale: 0, different: 0, same: ROWS - 10 },
    });
    expect(await compare('a', 'a')).toMatchObject({ code: 2 });
  });

  test('one group, its offline store with its online store', async () => {
    const { create, put, compare, runtime } = await openStore();
    await create('both', {});
    await put('both', ofA);
    // A write to the one store alone; what is missing online was deleted there.
    for (const record of records) {
      const changed = planting(record);
      const id = { FeatureGroupName: 'both', RecordIdentifierValueAsString: record.id as string };
      const only = { TargetStores: ['OnlineStore' as const] };
      if (!changed || changed.at !== record.at) {
        const EventTime = '2026-01-02T00:00:01Z';
        await runtime.send(new DeleteRecordCommand({ ...id, ...only, EventTime, DeletionMode: 'HardDelete' }));
      }
      if (changed) await runtime.send(putCommand('both', changed, only));
    }
    checkReport(await compare('both'));
  });
});

test('what is no difference: what has not landed yet, what has expired, and features that one side alone has', async () => {
  const { create, put, compare, run, runtime } = await openStore();
  const day = { Unit: 'Days' as const, Value: 1 };
  await create('a', OFFLINE_ONLY);
  await create('b', {
    ...ONLINE_ONLY,
    OnlineStoreConfig: { EnableOnlineStore: true, TtlDuration: day },
    FeatureDefinitions: definitions('id:String, at:String, price:String, stock:Integral, label:String, more:String'),
  });
  const now = new Date().toISOString();
  await put('a', [
    { id: 'old', at: '2026-01-01T00:00:00Z', price: '1', stock: '1', name: 'n' },
    { id: 'fresh', at: new Date(Date.now() - 3_600_000).toISOString(), price: '1000', stock: '1', name: 'n' },
  ]);
  await put('b', [
    { id: 'fresh', at: new Date(Date.now() - 3_600_000).toISOString(), price: '1e3', stock: '1', label: 'other' },
    { id: 'new', at: now, price: '1', stock: '1', label: 'n' },
  ]);
  const report = async (...argv: string[]) => {
    const { code, stdout, stderr } = await compare('a', 'b', ...argv);
    return { code, stderr, ...(JSON.parse(stdout) as Report & { onlyInA: string[]; onlyInB: string[] }) };
  };
  // The hour-old record differs by its event time's last digits alone where the two clocks were read apart.
  const first = await report('--settle', '2h');
  expect(first).toMatchObject({ code: 0, onlyInA: ['name', 'note'], onlyInB: ['label', 'more'] });
  expect(first.counts).toMatchObject({ expired: 1, missing: 0, extra: 0 });
  await runtime.send(putCommand('b', { id: 'new', at: '2026-01-01T00:00:00Z' }));
  const text = await run(['compare', 'a', 'b', '--settle', '2h', ...OUTPUT]);
  expect(text.stdout).toMatch(/^only in B +label, more$/m);
  expect(text.stdout).toMatch(/^unsettled +\d+ that differ and are too recent/m);

  const mapped = await report('--map', 'name=label', '--settle', '1m', '--features', 'name');
  expect(mapped.code).toBe(7);
  expect(mapped.differences.find(({ id }) => id === 'fresh')?.values).toContainEqual({
    feature: 'name',
    ...{ a: 'n', b: 'other' },
  });
});

test.each([
  ['LEFT JOIN', 30, ['--sample', '30']],
  ['FULL OUTER JOIN', 50, []],
])(
  'with a %s, only what it saw is told to be the same, though A and B are emptied once counted',
  async (join, all, asked) => {
    const { create, put, run, wire, local } = await watchedStore();
    for (const name of ['a', 'b']) {
      await create(name, { FeatureDefinitions: FEATURES, ...OFFLINE_ONLY });
      await put(name, records.slice(0, 50));
    }
    const compared = async () => {
      const { code, stdout, stderr } = await run(['compare', 'a', 'b', ...asked, '-o', 'json', ...OUTPUT]);
      expect(code, stderr).toBe(0);
      return (JSON.parse(stdout) as Report).counts;
    };
    expect(await compared()).toMatchObject({ same: all, missing: 0, different: 0 });
    const { objects, groups } = local.store;
    const empty = async (name: string) => {
      const prefix = groups.find('us-east-1', name)!.offline!.resolvedOutputS3Uri.replace('s3://features/', '');
      await objects.deleteAll('features', [...objects.list('features', prefix)]);
    };
    let emptied: Promise<unknown> | undefined;
    wire.before = ({ operation, body }) => {
      if (operation === 'StartQueryExecution' && body.includes(join)) emptied ??= Promise.all(['a', 'b'].map(empty));
    };
    wire.answer = async () => void (await emptied);
    expect(await compared()).toMatchObject({ same: 0, missing: 0, different: 0 });
    expect(emptied).toBeDefined();
  },
);

test.each([
  ['lacks its header', ',"5","true","true","r1","t","r1","t"\n', 'lacks the column'],
  ['lacks a feature', '"_differing","_records","_a","_b","a0","b0"\n"r1","1","true","true","r1","r1"\n', 'column a1'],
  [
    'counts with no number',
    '"_differing","_records","_a","_b","a0","a1","b0","b1"\n,"-5",,,,,,\n',
    'number of _records',
  ],
  [
    'has two records in one row',
    '"_differing","_records","_a","_b","a0","a1","b0","b1"\n"r1","2","true","true","r1","t","r1","t"\n',
    'Athena finds 2 records of one identifier, r1',
  ],
])('a result that %s does not tell that all is the same', async (_what, csv, why) => {
  const { create, put, run, wire } = await watchedStore();
  for (const name of ['a', 'b']) {
    await create(name, { FeatureDefinitions: definitions('id:String, at:String'), ...OFFLINE_ONLY });
    await put(name, [{ id: 'r1', at: '2026-01-02T00:00:00Z' }]);
  }
  const isJoined = () => wire.requests.some(({ body }) => body.includes('OUTER JOIN'));
  wire.answer = ({ operation, target }) =>
    operation === 'S3 GET' && target.includes('.csv') && isJoined()
      ? new Response(csv, { headers: { etag: '"e"' } })
      : undefined;
  const { code, stdout, stderr } = await run(['compare', 'a', 'b', ...OUTPUT]);
  expect({ code, stdout }, stderr).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain(why);
});

test('the live line does not call a missing record different', async () => {
  const { create, put, wire, run } = await openStore();
  await create('a', ONLINE_ONLY);
  await create('b', ONLINE_ONLY);
  await put('a', records.slice(0, 150));
  let asked = 0;
  // The line is drawn ten times a second, and must have been while what is left is waited for.
  wire.answer = async ({ operation, body }) => {
    if (operation === 'BatchGetRecord' && body.includes('"b"') && (asked += 1) > 1) await sleep(1500);
    return undefined;
  };
  const { code, stderr } = await run(['compare', 'a', 'b', '--max-workers', '1'], { terminal: { columns: 120 } });
  expect(code).toBe(7);
  expect(stderr).toMatch(/\d not the same/);
});

test('of a record with many differing features the table shows some, and says how many more there are', async () => {
  const { create, put, run, compare } = await openStore();
  const names = Array.from({ length: 42 }, (_, at) => `f${at}`);
  const features = definitions(`id:String, at:String, ${names.map((name) => `${name}:Integral`).join(', ')}`);
  for (const [name, value] of Object.entries({ a: '1', b: '2' })) {
    await create(name, { ...ONLINE_ONLY, FeatureDefinitions: features });
    const differing = Object.fromEntries(names.map((each) => [each, value]));
    await put(name, [
      { id: 'all', at: '2026-01-02T00:00:00Z', ...differing },
      { id: 'two', at: '2026-01-02T00:00:00Z', f7: value, f8: '8', f9: value },
    ]);
  }
  const { code, stdout } = await run(['compare', 'a', 'b']);
  expect(code).toBe(7);
  expect(stdout.slice(stdout.indexOf('Record')).trimEnd().split(/\n/)).toEqual([
    expect.stringMatching(/^Record +Difference +Feature +A +B$/),
    ...names.slice(0, 5).map((name) => expect.stringMatching(new RegExp(`^all +different +${name} +1 +2$`)) as string),
    expect.stringMatching(/^all +different +and 37 more features *$/),
    expect.stringMatching(/^two +different +f7 +1 +2$/),
    expect.stringMatching(/^two +different +f9 +1 +2$/),
  ]);
  const report = JSON.parse((await compare('a', 'b')).stdout) as Report;
  expect(report.differences.map(({ values }) => values.length)).toEqual([42, 2]);
});

test('groups whose features all have other names are not told to be the same', async () => {
  const { create, put, compare } = await openStore();
  const of = (names: string) => ({ ...ONLINE_ONLY, FeatureDefinitions: definitions(`id:String, at:String${names}`) });
  await create('old', of(', colour:String, size:String'));
  await create('new', of(', color:String, width:String'));
  await create('cased', of(', Colour:String, width:String'));
  await create('bare', of(''));
  await put('old', [{ id: 'r', at: '2026-01-02T00:00:00Z', colour: 'red', size: '1' }]);
  await put('new', [{ id: 'r', at: '2026-01-02T00:00:00Z', color: 'blue', width: '2' }]);
  await put('bare', [{ id: 'r', at: '2026-01-02T00:00:00Z' }]);
  const refused = await compare('old', 'new');
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toContain('old and new have no feature in common beside identifier and event time');
  expect(refused.stderr).toContain('Add --map colour=NAME, with its name in B.');
  expect((await compare('old', 'cased')).stderr).toContain('Did you mean --map colour=Colour?');
  expect(await compare('old', 'new', '--map', 'colour=color')).toMatchObject({ code: 7 });
  // A side has nothing to compare, or nobody wants it compared.
  for (const argv of [
    ['old', 'bare'],
    ['bare', 'old'],
    ['old', 'new', '--features', 'id'],
  ]) {
    const { code, stderr } = await compare(...argv);
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/^features +no values are compared, only identifiers and event times$/m);
  }
});

test('a sample, a condition, and what cannot be compared', async () => {
  const { create, put, compare, run } = await openStore();
  await create('a', OFFLINE_ONLY);
  await create('b', OFFLINE_ONLY);
  await create('c', ONLINE_ONLY);
  await create('other', { ...ONLINE_ONLY, FeatureDefinitions: definitions('id:String, at:String, price:Fractional') });
  await put('a', records.slice(0, 100));
  await put('c', records.slice(0, 120));
  const report = async (...argv: string[]) => JSON.parse((await compare(...argv)).stdout) as Report;
  expect((await report('a', 'c', '--sample', '30')).counts).toMatchObject({ same: 30, extra: 0 });
  expect((await report('a', 'b', '--sample', '30')).counts).toMatchObject({ missing: 30 });
  expect((await report('a', 'b', '--where', 'price < 10')).counts).toMatchObject({ missing: 10 });
  expect((await report('a', 'c')).counts).toMatchObject({ same: 100, extra: 20 });
  expect((await report('c', 'other')).counts).toMatchObject({ missing: 120 });

  const { code, stdout, stderr } = await run(['compare', 'a', 'b', ...OUTPUT]);
  expect(code).toBe(7);
  expect(stderr).toMatch(/^compare +a \(offline\) with b \(offline\), account 000000000000, us-east-1$/m);
  expect(stderr).toMatch(/^features +4 compared, beside identifier and event time$/m);
  expect(stderr).toMatch(/^records +100 live of 100 rows in A, 0 live of 0 rows in B$/m);
  expect(stderr).toMatch(/^cost +≈ \$0\.0002 for Athena$/m);
  expect(stderr).not.toMatch(/^results/m);
  expect(stderr).toContain('sagemaker-fs: 100 records differ; --differences-file FILE keeps the records that fix B.');
  const lookedUp = await run(['compare', 'a', 'c', '--sample', '30', '-v', ...OUTPUT]);
  expect(lookedUp.stderr).toMatch(/^sample +30 records of A; records only in B are not looked for$/m);
  expect(lookedUp.stderr).toMatch(/^cost +≈ \$0\.0001 for Athena, ≈ \$0\.0000075 for read units$/m);
  expect(lookedUp.stderr).toMatch(/^results +s3:\/\/results\/athena\/, removed afterwards$/m);
  const listed = await run(['compare', 'c', 'other']);
  expect(listed.stderr).toMatch(/^ +only in A: stock, name, note$/m);
  expect(listed.stderr).toMatch(/^cost +read units of both online stores/m);
  expect((await run(['compare', 'a', 'c', ...OUTPUT])).stderr).toContain(
    '20 records differ; all are extra in B and would have to be deleted.',
  );
  expect(stdout).toMatch(/^missing +100 in A and not in B$/m);
  expect(stdout).toMatch(/^Record +Difference +Feature +A +B$/m);
  expect(await compare('c', 'a', '--sample', '3')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('name a first'),
  });
  expect(await compare('a', 'c', '--where', 'price < 1')).toMatchObject({ code: 2 });
  expect(await compare('a', 'c', '--features', 'prise')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('price'),
  });
  expect(await compare('a', 'nobody')).toMatchObject({ code: 3 });
  expect(await compare('c')).toMatchObject({ code: 2, stderr: expect.stringContaining('only one store') });
});
