/** `migrate --resume`: whatever moment the run ends at, all live records arrive, and Athena is asked once. `npm test` builds first. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { StopSignal } from '../../src/host.js';
import { chance } from '../support/chance.js';
import { watchedStore } from '../support/watched-store.js';
import { s3Refusal } from '../support/wire.js';

vi.setConfig({ testTimeout: 180_000 });

const BIN = join(import.meta.dirname, '../../bin/sagemaker-fs.js');
const OUTPUT = ['--athena-output', 's3://results/'];
const OFFLINE_ONLY = { OnlineStoreConfig: undefined };

const time = (hour: number) => `2026-01-01T${String(hour).padStart(2, '0')}:00:00Z`;
const csv = (rows: number, from = 0) =>
  `id,at,price,stock,name\n${Array.from({ length: rows }, (_, row) => `r${from + row},${time(row % 24)},${row}.5,${row},n${row}\n`).join('')}`;

/** `src`, offline only, with so many records and some deleted ones; `dst` with both stores. */
async function openMigration(rows: number, deleted: string[] = []) {
  const store = await watchedStore();
  await store.create('src', OFFLINE_ONLY);
  await store.create('dst');
  await writeFile(join(store.dir, 'src.csv'), csv(rows));
  const filled = await store.run(['bulk-put', 'src', 'src.csv', '--quiet', '--batch-size', '500']);
  expect(filled, filled.stderr).toMatchObject({ code: 0 });
  if (deleted.length > 0) {
    const gone = await store.run(['delete-record', 'src', ...deleted, '--force', '--quiet']);
    expect(gone, gone.stderr).toMatchObject({ code: 0 });
  }
  store.wire.requests.length = 0;
  const { groups, online } = store.local.store;
  const live = () => [...online.scan(groups.find('us-east-1', 'dst')!.id)].length;
  const asked = async () => {
    const all = await Promise.all(store.queries());
    return all.filter((query) => query?.sql.startsWith('SELECT "id"')).length;
  };
  const migrate = (...argv: string[]) => store.run(['migrate', 'src', 'dst', ...OUTPUT, ...argv]);
  /** Sends the signal as soon as so many BatchWriteRecord calls have come in. */
  const interrupted = (calls: number, signal: StopSignal, ...argv: string[]) => {
    let send: (signal: StopSignal) => void;
    const until = store.wire.count('BatchWriteRecord') + calls;
    store.wire.before = () => store.wire.count('BatchWriteRecord') === until && send(signal);
    return store.run(['migrate', 'src', 'dst', ...OUTPUT, ...argv], { interrupt: (sender) => (send = sender) });
  };
  return { ...store, migrate, interrupted, live, asked };
}

describe('killed again and again', () => {
  test('8 times in 20,000 records, throttled and with errors: every live record is there, no deleted one, one query', async () => {
    const rows = 20_000;
    const FEW_CALLS = rows / 25 / 8;
    const deleted = Array.from({ length: 10 }, (_, row) => `r${row * 24}`);
    const store = await openMigration(rows, deleted);
    Object.assign(store.local.faults, { errorRate: 0.02, throttlePerSecond: 400 });
    const argv = ['migrate', 'src', 'dst', ...OUTPUT, '--quiet', '--max-workers', '8', ...store.global];
    const env = { PATH: process.env.PATH, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
    const below = chance(1);
    let [kills, code]: [number, number | null] = [0, null];
    for (let attempt = 0; code !== 0 && attempt < 60; attempt += 1) {
      const from = store.wire.requests.length;
      const child = spawn(process.execPath, [BIN, ...argv, ...(attempt > 0 ? ['--resume'] : [])], {
        ...{ cwd: store.dir, env },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let stderr = '';
      child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
      // At any of its first calls: eight such runs do not come to the end.
      const last = from + 1 + below(Math.floor(FEW_CALLS));
      store.wire.before = () => {
        if (kills < 8 && store.wire.requests.length === last && child.kill('SIGKILL')) kills += 1;
      };
      [code] = (await once(child, 'close')) as [number | null];
      // Throttled to the end of the SDK's own patience, while it asked for the groups: that, too, is resumed.
      expect([null, 0, 5], stderr).toContain(code);
    }
    expect({ kills, code }).toEqual({ kills: 8, code: 0 });
    expect(store.live()).toBe(rows - deleted.length);
    expect((await store.online('dst', deleted)).size).toBe(0);
    expect(await store.asked()).toBe(1);
    expect(existsSync(join(store.dir, '.sagemaker-fs'))).toBe(false);
    // A counting query that was killed leaves its one line; the result that was read is gone.
    const left = [...store.local.store.objects.list('results', '')];
    expect(left.filter(({ size }) => size > 1000)).toEqual([]);
  });
});

test('throttled for too long before the first record: the next run takes up the query', async () => {
  const { migrate, live, wire, asked } = await openMigration(50);
  let isAsked = false;
  wire.answer = ({ operation, body }) => {
    isAsked ||= operation === 'StartQueryExecution' && body.includes('"SELECT \\"id\\"');
    if (!isAsked || operation !== 'GetQueryExecution') return undefined;
    return Response.json({ __type: 'ThrottlingException', message: 'Rate exceeded' }, { status: 400 });
  };
  const throttled = await migrate('--retry-for', '1s');
  expect(throttled, throttled.stderr).toMatchObject({ code: 5 });
  wire.answer = () => undefined;
  expect(await migrate('--resume')).toMatchObject({ code: 0 });
  expect({ live: live(), asked: await asked() }).toEqual({ live: 50, asked: 1 });
});

describe('interrupted', () => {
  test('by Ctrl-C and SIGTERM: what was in flight is finished, nothing is sent twice', async () => {
    const { dir, interrupted, migrate, live, wire, asked } = await openMigration(3000);
    const first = await interrupted(20, 'SIGINT');
    expect(first.code, first.stderr).toBe(130);
    expect(first.stderr).toContain('To continue with the rest:\n  sagemaker-fs migrate ');
    const written = live();
    expect(written).toBeGreaterThanOrEqual(20 * 25);
    expect(written).toBeLessThan(3000);
    const checkpoint = await readFile(join(dir, '.sagemaker-fs/src--dst/migration.json'), 'utf8');
    const { settled } = JSON.parse(checkpoint) as { settled: [number, number][] };
    expect(settled[0]![0]).toBe(0);
    expect(settled.reduce((sum, [first, end]) => sum + end - first, 0)).toBe(written);
    // All but what was in flight is one range: memory must not grow with the rows.
    expect(settled[0]![1]).toBeGreaterThan(written / 2);
    const second = await interrupted(10, 'SIGTERM', '--resume');
    expect(second.code, second.stderr).toBe(143);
    // What was done, what is left, and what that costs: not the whole plan again, but for -v.
    const figures = (records: number) => records.toLocaleString('en-US');
    expect(first.stderr).toMatch(/^records +3,000 to write of 3,000 rows$/m);
    expect(second.stderr).toContain(`Continuing an interrupted run: ${figures(written)} rows are done.`);
    expect(second.stderr).toMatch(new RegExp(`^left +${figures(3000 - written)} of 3,000 records to write$`, 'm'));
    expect(second.stderr).toMatch(
      new RegExp(`^cost +at most ≈ \\$0\\.00\\d+ \\(${figures(3000 - written)} write units\\), ≈ `, 'm'),
    );
    expect(second.stderr).not.toMatch(/^(records|features) /m);
    const last = await migrate('--resume', '-v');
    expect(last.code, last.stderr).toBe(0);
    expect(last.stderr).toMatch(/^records +3,000 to write of 3,000 rows$/m);
    expect(live()).toBe(3000);
    expect(wire.count('BatchWriteRecord')).toBeLessThanOrEqual(3000 / 25 + 12);
    expect(await asked()).toBe(1);
  });

  test('while Athena runs: the query is stopped, and nothing is left to resume', async () => {
    const { dir, wire, run, live } = await openMigration(100);
    let send: (signal: StopSignal) => void;
    wire.before = ({ operation }) =>
      operation === 'GetQueryExecution' && wire.count('StartQueryExecution') === 2 && send('SIGINT');
    const stopped = await run(['migrate', 'src', 'dst', ...OUTPUT], { interrupt: (sender) => (send = sender) });
    expect(stopped.code, stopped.stderr).toBe(130);
    expect(wire.count('StopQueryExecution')).toBe(1);
    expect(live()).toBe(0);
    expect(existsSync(join(dir, '.sagemaker-fs'))).toBe(false);
  });

  test('records that failed stay in the errors file, are not sent again, and make exit 4', async () => {
    const { dir, interrupted, migrate, wire, live } = await openMigration(3000);
    wire.change = (_, { Entries = [] }) => {
      for (const { Record } of Entries as { Record: { FeatureName: string; ValueAsString: string }[] }[])
        if (Record.some(({ ValueAsString }) => ValueAsString === 'r7'))
          Record.push({ FeatureName: 'x', ValueAsString: '1' });
    };
    expect(await interrupted(60, 'SIGINT')).toMatchObject({ code: 130 });
    const { code, stderr } = await migrate('--resume', '--summary', 'summary.json');
    expect(code, stderr).toBe(4);
    const failed = (await readFile(join(dir, 'src--dst.errors.jsonl'), 'utf8')).trim().split('\n');
    expect(failed.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual(['r7']);
    const summary = JSON.parse(await readFile(join(dir, 'summary.json'), 'utf8')) as Record<string, number>;
    expect(summary.ok! + summary.skipped! + summary.failed!).toBe(3000);
    expect(live()).toBe(2999);
  });
});

describe('refuses, exit 6,', () => {
  test.each([
    { what: 'another filter', argv: ['--filter-query', 'stock > 3'], words: 'another option that decides' },
    { what: 'other features', argv: ['--drop', 'name'], words: 'another option that decides' },
  ])('$what', async ({ argv, words }) => {
    const { interrupted, migrate, wire } = await openMigration(1000);
    await interrupted(5, 'SIGINT');
    const calls = wire.count('BatchWriteRecord');
    const { code, stderr } = await migrate('--resume', ...argv);
    expect(code, stderr).toBe(6);
    expect(stderr).toContain(words);
    expect(wire.count('BatchWriteRecord')).toBe(calls);
  });

  test('a target that was created again', async () => {
    const { interrupted, migrate, local } = await openMigration(1000);
    await interrupted(5, 'SIGINT');
    const { groups } = local.store;
    const target = groups.find('us-east-1', 'dst')!;
    await groups.change(target, (current) => ({ ...current, createdAt: current.createdAt + 60_000 }));
    const { code, stderr } = await migrate('--resume');
    expect(code).toBe(6);
    expect(stderr).toContain('is another feature group now, or was created again');
  });

  test('a query result that is gone', async () => {
    const { interrupted, migrate, local } = await openMigration(1000);
    await interrupted(5, 'SIGINT');
    for (const { key } of [...local.store.objects.list('results', '')])
      await local.store.objects.delete('results', key);
    const { code, stderr } = await migrate('--resume');
    expect(code, stderr).toBe(6);
    expect(stderr).toContain(
      'What the interrupted run was reading is gone: Could not find results. Run without --resume',
    );
  });
});

test('a result that may not be read for now is not given up: what is missing is said, and the run can still be resumed', async () => {
  const { interrupted, migrate, local, live, asked, wire } = await openMigration(1000);
  await interrupted(5, 'SIGINT');
  for (const [status, code, words] of [
    [403, 'RequestTimeTooSkewed', 'The clock of this machine differs'],
    [400, 'ExpiredToken', 'AWS does not accept these credentials (ExpiredToken)'],
    [403, 'InvalidObjectState', 'restore it'],
  ] as const) {
    wire.answer = ({ operation }) => (operation === 'S3 GET' ? s3Refusal(status, code) : undefined);
    const refused = await migrate('--resume');
    expect(refused.code, refused.stderr).toBeLessThanOrEqual(2);
    expect(refused.stderr).toContain(words);
    expect(refused.stderr).not.toContain('start over');
  }
  wire.answer = () => undefined;
  local.faults.deny = ['s3:GetObject', 'athena:GetQueryResults'];
  const denied = await migrate('--resume');
  expect(denied.code, denied.stderr).toBe(1);
  expect(denied.stderr).toContain('athena:GetQueryResults');
  expect(denied.stderr).not.toContain('start over');
  local.faults.deny = [];
  const resumed = await migrate('--resume');
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(live()).toBe(1000);
  expect(await asked()).toBe(1);
});

test('without --resume a run starts over, and says so', async () => {
  const { dir, interrupted, migrate, live, asked } = await openMigration(1000);
  await interrupted(5, 'SIGINT');
  expect(await readdir(join(dir, '.sagemaker-fs/src--dst'))).toEqual(['migration.json']);
  const other = await migrate('--filter-query', 'stock > 10', '--dry-run');
  expect(other.stderr).toContain('holds an interrupted run of other groups or options');
  const { code, stderr } = await migrate();
  expect(code).toBe(0);
  expect(stderr).toContain('holds an interrupted run: --resume would continue it.');
  expect(stderr).toContain('1,000 migrated');
  expect(live()).toBe(1000);
  expect(await asked()).toBe(2);
});

test('--resume without anything to go on with starts from the beginning', async () => {
  const { migrate, live } = await openMigration(10);
  const { code, stderr } = await migrate('--resume');
  expect(code).toBe(0);
  expect(stderr).toContain('No earlier run was interrupted');
  expect(live()).toBe(10);
});
