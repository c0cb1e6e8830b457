/** What `migrate` checks and says before it changes anything, on a wire that is watched. */
import { describe, expect, test, vi } from 'vitest';
import { createGroup, definitions } from '../support/groups.js';
import { watchedStore } from '../support/watched-store.js';

vi.setConfig({ testTimeout: 60_000 });

const OUTPUT = ['--athena-output', 's3://results/'];
const at = '2026-01-01T00:00:00Z';

async function openPair() {
  const store = await watchedStore();
  await store.create('src', { OnlineStoreConfig: undefined });
  await store.create('dst');
  await store.put('src', [
    { id: '1', at, price: '1' },
    { id: '2', at, price: '2' },
    { id: '3', at, price: '3' },
  ]);
  const migrate = (...argv: string[]) => store.run(['migrate', 'src', 'dst', ...OUTPUT, ...argv]);
  /** Operations that changed something; Athena's result files come and go. */
  const changes = () => store.wire.requests.filter(({ changes: is, target }) => is && !target.startsWith('/results'));
  return { ...store, migrate, changes };
}

describe('in a CI job', () => {
  test('--dry-run -o json parses, writes nothing, and asks Athena once', async () => {
    const { migrate, changes, wire } = await openPair();
    const { code, stdout, stderr } = await migrate('--dry-run', '-o', 'json', '--filter-query', 'price > 1');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ rows: 3, live: 3, toWrite: 2, filtered: 1, quotaShare: 0.02 });
    expect(wire.count('StartQueryExecution')).toBe(1);
    expect(changes()).toEqual([]);
  });

  test('--expect-count stops a run that would write another number, exit 6', async () => {
    const { migrate, changes } = await openPair();
    const { code, stderr } = await migrate('--expect-count', '4');
    expect(code).toBe(6);
    expect(stderr).toContain('--expect-count 4 does not match: 3 records would be written. Nothing was changed.');
    expect(changes()).toEqual([]);
    expect(await migrate('--expect-count', '3')).toMatchObject({ code: 0 });
  });
});

describe('refused before anything is changed', () => {
  test.each([
    { argv: ['src', 'src', '--clear-target'], words: 'are one feature group, src' },
    { argv: ['dst', 'dst', '--clear-target'], words: 'not with --clear-target' },
    { argv: ['src', 'dst', '--shard', '1/2', '--clear-target'], words: 'run sagemaker-fs clear dst once' },
    { argv: ['src', 'dst', '--history', 'some'], words: 'Allowed choices are all' },
    { argv: ['src', 'dst', '--verify', 'some'], words: '--verify alone or --verify sample=N' },
    { argv: ['src', 'dst', '--expect-count', 'many'], words: 'whole number' },
    { argv: ['src', 'dst', '--read-from', 'online'], words: 'has no online store to read from' },
    { argv: ['src', 'dst', '--filter-query', 'nonsense >'], words: 'Athena does not accept this --filter-query' },
  ])('$argv: exit 2', async ({ argv, words }) => {
    const { run, changes } = await openPair();
    const { code, stderr, stdout } = await run(['migrate', ...argv, ...OUTPUT]);
    expect({ code, stdout }, stderr).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(words);
    expect(changes()).toEqual([]);
  });

  test('a source that Athena may not read: exit 1, with the action that is missing', async () => {
    const { migrate, changes, local } = await openPair();
    local.faults.deny = ['athena:StartQueryExecution'];
    const { code, stderr } = await migrate();
    expect(code).toBe(1);
    expect(stderr).toContain('athena:StartQueryExecution');
    expect(changes()).toEqual([]);
  });
});

describe('--wait-offline', () => {
  test('waits before Athena is asked', async () => {
    const { migrate, wire } = await openPair();
    const started = Date.now();
    const { code, stderr } = await migrate('--wait-offline', '1s');
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('Waiting 1.0 s for records on their way to the offline store.');
    expect(Date.now() - started).toBeGreaterThanOrEqual(1000);
    expect(wire.count('StartQueryExecution')).toBe(2);
  });

  test('lasts 15 minutes by default, and Ctrl-C ends it', async () => {
    const { run, wire } = await openPair();
    const interruptAt = { words: 'Waiting 15 min for' };
    const { code, stderr } = await run(['migrate', 'src', 'dst', ...OUTPUT, '--wait-offline'], { interruptAt });
    expect(code, stderr).toBe(130);
    expect(wire.count('StartQueryExecution')).toBe(0);
  });
});

test('numbers that would lose digits are told before they do', async () => {
  const store = await watchedStore();
  await createGroup(store.sagemaker, 'src', { OnlineStoreConfig: undefined });
  await store.create('dst', {
    FeatureDefinitions: definitions('id:String, at:String, price:String, stock:Fractional, name:String'),
  });
  await store.put('src', [{ id: '1', at, stock: '9007199254740993', price: '1e-7' }]);
  const { code, stderr } = await store.run(['migrate', 'src', 'dst', ...OUTPUT]);
  expect(code, stderr).toBe(0);
  expect(stderr).toContain('warning: stock: an Integral beyond 2^53 loses digits as a Fractional.');
  expect((await store.online('dst', ['1'])).get('1')).toMatchObject({ stock: '9007199254740993', price: '0.0000001' });
});
