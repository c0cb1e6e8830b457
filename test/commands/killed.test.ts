/** Commands killed at moments of their calls: what was there is there, what was written is whole, and again, they end well. `npm test` builds first. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { PlainRecord } from '../support/groups.js';
import { watchedStore } from '../support/watched-store.js';

vi.setConfig({ testTimeout: 120_000 });

const BIN = join(import.meta.dirname, '../../bin/sagemaker-fs.js');
const AT = '2026-01-01T00:00:00Z';

const records = (count: number, prefix: string): PlainRecord[] =>
  Array.from({ length: count }, (_, row) => ({ id: `${prefix}${row}`, at: AT, name: `n${row}`, stock: String(row) }));

/** The group `shop` with neighbours that nothing may touch, and a process that is killed at a call of its own. */
async function openShop() {
  const store = await watchedStore();
  await store.create('shop');
  const neighbours = records(20, 'neighbour');
  await store.put('shop', neighbours);
  const child = (argv: string[]) =>
    spawn(process.execPath, [BIN, ...argv, ...store.global], {
      cwd: store.dir,
      env: { PATH: process.env.PATH, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' },
      stdio: 'ignore',
    });
  const exit = async (started: ReturnType<typeof child>) => {
    const [code, signal] = (await once(started, 'close')) as [number | null, string | null];
    return code ?? signal;
  };
  return {
    ...store,
    /** Kills at the n-th call of an operation with such words: before the store hears of it (but it will), or when it has done the work. */
    killedAt(when: 'before' | 'after', operation: string, count: number, argv: string[], words = '') {
      const started = child(argv);
      let seen = 0;
      store.wire[when] = ({ operation: called, body }) => {
        if (called === operation && body.includes(words) && (seen += 1) === count) started.kill('SIGKILL');
      };
      return exit(started);
    },
    whole(argv: string[]) {
      store.wire.before = store.wire.after = () => {};
      return exit(child(argv));
    },
    shop: async (ids: PlainRecord[]) =>
      store.online(
        'shop',
        [...ids, ...neighbours].map(({ id }) => id as string),
      ),
    neighbours,
  };
}

const byIdentifier = (all: PlainRecord[]) => new Map(all.map((record) => [record.id, record]));

test('bulk-put --resume: killed again and again, every record arrives', async () => {
  const { dir, killedAt, whole, shop, neighbours } = await openShop();
  const rows = records(3000, 'r');
  await writeFile(join(dir, 'shop.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const argv = ['bulk-put', 'shop', 'shop.jsonl', '--resume', '--tps', '100'];
  const moments = [1, 3, 60, 20, 40, 7] as const;
  for (const [round, count] of moments.entries()) {
    const ended = await killedAt(round % 2 ? 'before' : 'after', 'BatchWriteRecord', count, argv);
    if (ended === 0) break;
    expect(ended).toBe('SIGKILL');
  }
  expect(await whole(argv)).toBe(0);
  expect(await shop(rows)).toEqual(byIdentifier([...rows, ...neighbours]));
});

test('bulk-put --errors-file --resume: killed with its first failure, it goes on with that file', async () => {
  const { dir, killedAt, whole, shop, neighbours } = await openShop();
  const rows = records(100, 'r');
  const lines = [{ id: 'bad', at: 'yesterday' }, ...rows].map((row) => `${JSON.stringify(row)}\n`);
  await writeFile(join(dir, 'shop.jsonl'), lines.join(''));
  const argv = ['bulk-put', 'shop', 'shop.jsonl', '--errors-file', 'bad.jsonl', '--resume'];
  expect(await killedAt('before', 'BatchWriteRecord', 1, argv)).toBe('SIGKILL');
  expect(await whole(argv)).toBe(4);
  expect((await readFile(join(dir, 'bad.jsonl'), 'utf8')).match(/yesterday/g)?.length).toBeGreaterThan(0);
  expect(await shop(rows)).toEqual(byIdentifier([...rows, ...neighbours]));
});

test('bulk-get: the output is whole or not there, and one that was there before stays as it was', async () => {
  const { dir, killedAt, whole, put } = await openShop();
  const rows = records(2000, 'r');
  await put('shop', rows);
  await writeFile(join(dir, 'ids.txt'), rows.map(({ id }) => `${id as string}\n`).join(''));
  const argv = ['bulk-get', 'shop', 'ids.txt', '-o', 'out.jsonl', '--overwrite'];
  for (const [round, count] of [1, 10, 20].entries()) {
    expect(await killedAt(round % 2 ? 'before' : 'after', 'BatchGetRecord', count, argv)).toBe('SIGKILL');
    expect(existsSync(join(dir, 'out.jsonl'))).toBe(false);
  }
  await writeFile(join(dir, 'out.jsonl'), 'of yesterday\n');
  expect(await killedAt('after', 'BatchGetRecord', 19, argv)).toBe('SIGKILL');
  expect(await readFile(join(dir, 'out.jsonl'), 'utf8')).toBe('of yesterday\n');
  expect(await whole(argv)).toBe(0);
  const got = (await readFile(join(dir, 'out.jsonl'), 'utf8')).trim().split('\n');
  expect(got.map((line) => JSON.parse(line) as PlainRecord)).toEqual(rows);
});

test('delete-record: what was named is gone in the end, and nothing else ever is', async () => {
  const { killedAt, whole, put, shop, neighbours } = await openShop();
  const rows = records(30, 'r');
  await put('shop', rows);
  const argv = ['delete-record', 'shop', ...rows.map(({ id }) => id as string), '--force'];
  for (const [round, count] of [1, 7, 15, 30].entries()) {
    const mode = round % 2 ? ['--hard'] : [];
    expect(await killedAt(round % 2 ? 'before' : 'after', 'DeleteRecord', count, [...argv, ...mode])).toBe('SIGKILL');
    const left = await shop(rows);
    for (const record of neighbours) expect(left.get(record.id as string)).toEqual(record);
  }
  expect(await whole(argv)).toBe(0);
  expect(await shop(rows)).toEqual(byIdentifier(neighbours));
});

test('put: the record is the old one or the new one, whole', async () => {
  const { killedAt, whole, put, shop, neighbours } = await openShop();
  const old = { id: 'r0', at: AT, name: 'old', stock: '1' };
  const young = { id: 'r0', at: '2026-02-01T00:00:00Z', name: 'young', price: '2.5' };
  await put('shop', [old]);
  const argv = ['put', 'shop', '--record', JSON.stringify({ ...young, price: 2.5 })];
  for (const moment of ['before', 'after'] as const)
    for (const operation of ['DescribeFeatureGroup', 'PutRecord']) {
      expect(await killedAt(moment, operation, 1, argv)).toBe('SIGKILL');
      // Read once: what was sent may still arrive.
      const held = (await shop([old])).get('r0');
      expect(held).toEqual(held?.name === 'old' ? old : young);
    }
  expect(await whole(argv)).toBe(0);
  expect(await shop([old])).toEqual(byIdentifier([young, ...neighbours]));
});

test.each([
  { what: 'the query for the records', argv: [], asks: 'SELECT "id"' },
  { what: 'the INSERT', argv: ['--engine', 'athena', '--history', 'all'], asks: 'INSERT' },
])('migrate, killed while Athena takes $what: --resume goes on with it, and asks for no second one', async (of) => {
  for (const moment of ['before', 'after'] as const) {
    const { create, killedAt, whole, queries, local, run, neighbours } = await openShop();
    await create('dst', { OnlineStoreConfig: undefined });
    const argv = ['migrate', 'shop', 'dst', '--athena-output', 's3://results/', ...of.argv];
    const asked = async () => (await Promise.all(queries())).filter((query) => query?.sql.startsWith(of.asks)).length;
    const sql = JSON.stringify(of.asks).slice(0, -1);
    expect(await killedAt(moment, 'StartQueryExecution', 1, argv, sql)).toBe('SIGKILL');
    if (of.asks === 'INSERT') {
      expect(await whole(argv)).toBe(6);
      // Some of the rows may be the same.
      expect(await whole([...argv, '--since', '2025-01-01'])).toBe(6);
    }
    expect(await whole([...argv, '--resume'])).toBe(0);
    expect(await asked()).toBe(1);
    expect([...local.store.objects.list('results', '')]).toEqual([]);
    const copied = await run([
      'export',
      'dst',
      '-',
      '--format',
      'jsonl',
      '--history',
      'all',
      '--athena-output',
      's3://results/',
    ]);
    expect(copied.stdout.trim().split('\n'), copied.stderr).toHaveLength(neighbours.length);
  }
});

test('migrate --engine athena, killed when all is inserted: --resume inserts nothing, and says what there is', async () => {
  const { create, killedAt, queries, run, neighbours } = await openShop();
  await create('dst', { OnlineStoreConfig: undefined });
  const argv = ['migrate', 'shop', 'dst', '--athena-output', 's3://results/', '--engine', 'athena'];
  expect(await killedAt('after', 'S3 POST delete', 1, argv, '-manifest.csv')).toBe('SIGKILL');
  const { code, stderr } = await run([...argv, '--resume']);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stderr).toContain('Continuing an interrupted run: 1 INSERT is done.');
  expect(stderr).toContain(`0 inserted, 0 failed, ${neighbours.length} already done`);
  expect((await Promise.all(queries())).filter((query) => query?.sql.startsWith('INSERT'))).toHaveLength(1);
});

test.each([
  { ends: 'well', code: 0, told: 'All of it had been done; only the last steps were missing.' },
  { ends: 'with differences', code: 7, told: 'Verification: 20 records differ; see shop--dst.differences.jsonl' },
])('migrate that ends $ends, killed while its result is removed: --resume writes nothing again', async (of) => {
  const { dir, create, killedAt, queries, run, wire } = await openShop();
  await create('dst');
  const argv = ['migrate', 'shop', 'dst', '--athena-output', 's3://results/', '--verify'];
  if (of.code > 0)
    wire.alter = ({ operation }, answer) =>
      operation === 'BatchGetRecord'
        ? (JSON.parse(JSON.stringify(answer).replace(/"n\d+"/g, '"x"')) as typeof answer)
        : answer;
  // The first result is that of the count.
  expect(await killedAt('after', 'S3 POST delete', 2, argv)).toBe('SIGKILL');
  wire.before = () => {};
  wire.requests.length = 0;
  const { code, stderr } = await run([...argv, '--resume']);
  expect({ code, stderr }).toMatchObject({ code: of.code });
  expect(stderr).toContain(of.told);
  expect(wire.count('BatchWriteRecord')).toBe(0);
  const asked = (await Promise.all(queries())).filter((query) => query?.sql.startsWith('SELECT "id"'));
  expect(asked).toHaveLength(1);
  expect(existsSync(join(dir, '.sagemaker-fs'))).toBe(false);
});
