/** `migrate --clear-target`: the target is emptied once the source is sure to be readable, and not a moment earlier. */
import { DeleteTableCommand, GlueClient } from '@aws-sdk/client-glue';
import { describe, expect, test, vi } from 'vitest';
import type { StopSignal } from '../../src/host.js';
import { typed } from '../support/run.js';
import { watchedStore } from '../support/watched-store.js';

vi.setConfig({ testTimeout: 60_000 });

const OUTPUT = ['--athena-output', 's3://results/'];
const OLD = '2026-01-01T00:00:00Z';
const NEW = '2026-06-01T00:00:00Z';

/** The target holds newer records than the source, and others. */
async function openPair(rows = 3) {
  const store = await watchedStore();
  await store.create('src', { OnlineStoreConfig: undefined });
  await store.create('dst');
  await store.create('neighbour');
  const ids = Array.from({ length: rows }, (_, row) => String(row + 1));
  await store.put(
    'src',
    ids.map((id) => ({ id, at: OLD, name: 'from the source' })),
  );
  const before = ['1', 'extra'].map((id) => ({ id, at: NEW, name: 'was here' }));
  await store.put('dst', before);
  await store.put('neighbour', before);
  const held = async (name: string) => [...(await store.online(name, ['1', '2', '3', 'extra'])).values()];
  const migrate = (argv: string[], options = {}) =>
    store.run(['migrate', 'src', 'dst', ...OUTPUT, '--clear-target', ...argv], options);
  const objects = (name: string) => {
    const { resolvedOutputS3Uri } = store.local.store.groups.find('us-east-1', name)!.offline!;
    const [, bucket, key] = /^s3:\/\/([^/]+)\/(.*)$/.exec(resolvedOutputS3Uri)!;
    return [...store.local.store.objects.list(bucket!, `${key}/`)].length;
  };
  return { ...store, before, held, migrate, objects };
}

test('what was in the target is gone, what is in the source is there, the neighbour is as it was', async () => {
  const { migrate, held, before, run, objects } = await openPair();
  const { code, stderr } = await migrate(['--force', '--verify']);
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(/^clear +dst, online and offline store/m);
  expect(stderr).toContain('Verified: 3 the same, 0 different');
  expect((await held('dst')).map(({ id, name }) => [id, name])).toEqual([
    ['1', 'from the source'],
    ['2', 'from the source'],
    ['3', 'from the source'],
  ]);
  expect(await held('neighbour')).toEqual(before);
  expect(objects('dst')).toBe(2);
  expect(await run(['get', 'dst', 'extra'])).toMatchObject({ code: 3 });
});

describe('consent', () => {
  test('no terminal and no --force: exit 6, the target untouched', async () => {
    const { migrate, held, before, wire } = await openPair();
    const { code, stderr } = await migrate([]);
    expect(code, stderr).toBe(6);
    expect(stderr).toContain('pass --force if you mean it');
    expect(await held('dst')).toEqual(before);
    expect(wire.count('DeleteRecord') + wire.count('PutRecord') + wire.count('BatchWriteRecord')).toBe(0);
  });

  test.each([
    { words: 'another name', answer: 'src', exit: 6 },
    { words: 'its name', answer: 'dst', exit: 0 },
  ])('$words typed: exit $exit', async ({ answer, exit }) => {
    const { migrate, held, before } = await openPair();
    const { code, stderr } = await migrate([], { terminal: { columns: 100 }, stdin: typed(answer) });
    expect(code, stderr).toBe(exit);
    expect(stderr).toContain('Type dst to continue:');
    if (exit === 6) expect(await held('dst')).toEqual(before);
    else expect(await held('dst')).toHaveLength(3);
  });

  test('--dry-run shows both plans and changes nothing', async () => {
    const { migrate, held, before } = await openPair();
    const text = await migrate(['--dry-run']);
    expect(text.stdout).toMatch(/^clear +dst, online and offline store/m);
    const json = await migrate(['--dry-run', '-o', 'json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ toWrite: 3, clear: { group: 'dst', online: { records: 2 } } });
    expect(await held('dst')).toEqual(before);
  });
});

describe('a source that cannot be read leaves the target untouched', () => {
  test.each([
    { what: 'a bad filter', argv: ['--filter-query', 'nonsense > 1'], deny: [], exit: 2 },
    { what: 'a denied query', argv: [], deny: ['athena:StartQueryExecution'], exit: 1 },
    { what: 'a denied result', argv: [], deny: ['s3:GetObject', 'athena:GetQueryResults'], exit: 1 },
    { what: 'a target that may not be written', argv: [], deny: ['sagemaker:PutRecord'], exit: 1 },
  ])('$what: exit $exit', async ({ argv, deny, exit }) => {
    const { migrate, held, before, local, wire, objects } = await openPair();
    await local.store.offline.flush();
    const stored = objects('dst');
    expect(stored).toBe(2);
    local.faults.deny = deny;
    const { code, stderr } = await migrate([...argv, '--force']);
    expect(code, stderr).toBe(exit);
    local.faults.deny = [];
    expect(await held('dst')).toEqual(before);
    expect(objects('dst')).toBe(stored);
    expect(wire.count('DeleteRecord')).toBe(0);
  });

  test('a table that is missing: exit 1', async () => {
    const { migrate, held, before, local, wire } = await openPair();
    const { database, name } = local.store.groups.find('us-east-1', 'src')!.offline!.table!;
    const glue = new GlueClient({
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      endpoint: 'http://127.0.0.1',
      requestHandler: local.requestHandler,
    });
    await glue.send(new DeleteTableCommand({ DatabaseName: database, Name: name }));
    const { code, stderr } = await migrate(['--force']);
    expect(code, stderr).toBe(1);
    expect(stderr).toContain('The offline store of src cannot be read.');
    expect(await held('dst')).toEqual(before);
    expect(wire.count('DeleteRecord')).toBe(0);
  });

  test('the query itself failing, after it was counted: exit 1', async () => {
    const { migrate, held, before, wire } = await openPair();
    wire.change = ({ operation }, body) => {
      if (operation === 'StartQueryExecution' && wire.count('StartQueryExecution') === 2)
        body.QueryString = 'SELECT * FROM gone.table_';
    };
    const { code, stderr } = await migrate(['--force']);
    expect(code, stderr).toBe(1);
    expect(await held('dst')).toEqual(before);
  });
});

test('interrupted while it writes and resumed: what was written is not cleared again', async () => {
  const store = await openPair(2000);
  let send: (signal: StopSignal) => void;
  store.wire.before = () => store.wire.count('BatchWriteRecord') === 10 && send('SIGINT');
  const first = await store.migrate(['--force'], { interrupt: (sender: typeof send) => (send = sender) });
  expect(first.code, first.stderr).toBe(130);
  const deletions = store.wire.count('DeleteRecord');
  expect(deletions).toBe(2);
  const { code, stderr } = await store.migrate(['--resume', '--verify']);
  expect(code, stderr).toBe(0);
  expect(stderr).toContain('2,000 the same, 0 different');
  expect(store.wire.count('DeleteRecord')).toBe(deletions);
});

test('a record of the target that cannot be deleted stops it before anything is written, exit 4', async () => {
  const { migrate, wire, local } = await openPair();
  local.faults.deny = ['sagemaker:DeleteRecord'];
  const { code, stderr } = await migrate(['--force']);
  expect([1, 4], stderr).toContain(code);
  expect(wire.count('BatchWriteRecord')).toBe(0);
  local.faults.deny = [];
  const again = await migrate(['--force', '--resume']);
  expect(again.code, again.stderr).toBe(0);
});

test('with --engine athena, too', async () => {
  const { run, create, put } = await openPair();
  await create('cold', { OnlineStoreConfig: undefined });
  await put('cold', [{ id: 'x', at: OLD }]);
  const { code, stderr } = await run([
    'migrate',
    'src',
    'cold',
    ...OUTPUT,
    '--clear-target',
    '--force',
    '--engine',
    'athena',
  ]);
  expect(code, stderr).toBe(0);
  const plan = await run(['migrate', 'cold', 'dst', ...OUTPUT, '--dry-run', '-o', 'json']);
  expect(JSON.parse(plan.stdout)).toMatchObject({ rows: 3, live: 3 });
});
