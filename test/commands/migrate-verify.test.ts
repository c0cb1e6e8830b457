/** `migrate --verify`: a service that says yes and does something else is found out. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import type { PlainRecord } from '../support/groups.js';
import { watchedStore } from '../support/watched-store.js';

vi.setConfig({ testTimeout: 60_000 });

const OUTPUT = ['--athena-output', 's3://results/'];
const ROWS = 2000;
const records = Array.from({ length: ROWS }, (_, row): PlainRecord => ({
  id: `r${row}`,
  at: '2026-01-01T00:00:00Z',
  price: `${row}.5`,
  stock: '9007199254740993',
  name: `n${row}`,
}));

interface Entry {
  Record: { FeatureName: string; ValueAsString: string }[];
}

/** A migration on a wire that does to each entry what `tamper` says; false loses it. */
async function openMigration(tamper: (id: string, entry: Entry) => boolean = () => true) {
  const store = await watchedStore();
  await store.create('src', { OnlineStoreConfig: undefined });
  await store.create('dst');
  await store.put('src', records);
  store.wire.change = ({ operation }, body) => {
    if (operation !== 'BatchWriteRecord') return;
    const entries = body.Entries as Entry[];
    const idOf = ({ Record }: Entry) => Record.find(({ FeatureName }) => FeatureName === 'id')!.ValueAsString;
    body.Entries = entries.filter((entry) => tamper(idOf(entry), entry));
  };
  const migrate = (...argv: string[]) => store.run(['migrate', 'src', 'dst', ...OUTPUT, ...argv]);
  return { ...store, migrate };
}

test('what arrived as it should is the same, all of it or a sample', async () => {
  const { migrate, wire } = await openMigration();
  const all = await migrate('--verify');
  expect(all.code, all.stderr).toBe(0);
  expect(all.stderr).toMatch(/^Verified: 2,000 the same, 0 different in .* s\.$/m);
  const before = wire.count('BatchGetRecord');
  const sample = await migrate('--verify', 'sample=300', '--summary', 'summary.json');
  expect(sample.code, sample.stderr).toBe(0);
  expect(sample.stderr).toMatch(/^Verified: 300 the same, 0 different/m);
  // The second run also asks whether what it writes is stale.
  expect(wire.count('BatchGetRecord') - before).toBeLessThan(ROWS / 50 + 10);
});

describe('a service that says yes and does otherwise', () => {
  const planted = new Map(Array.from({ length: 50 }, (_, index) => [`r${index * 39}`, index % 5]));
  const value = ({ Record }: Entry, name: string) => Record.find(({ FeatureName }) => FeatureName === name)!;
  /** Loses a record, changes one of its values, one digit of a long number, drops a feature, empties a text. */
  const tamper = (id: string, entry: Entry): boolean => {
    const kind = planted.get(id);
    if (kind === 0) return false;
    if (kind === 1) value(entry, 'name').ValueAsString += ' ';
    if (kind === 2) value(entry, 'stock').ValueAsString = '9007199254740992';
    if (kind === 3) entry.Record = entry.Record.filter(({ FeatureName }) => FeatureName !== 'price');
    if (kind === 4) value(entry, 'name').ValueAsString = '';
    return true;
  };

  test('each of 50 planted differences is found, exit 7, and the file of them mends the target', async () => {
    const { dir, migrate, run, wire, online } = await openMigration(tamper);
    const { code, stderr } = await migrate('--verify', '--summary', 'summary.json');
    expect(code, stderr).toBe(7);
    expect(stderr).toContain('2,000 migrated, 0 failed');
    expect(stderr).toMatch(/^Verified: 1,950 the same, 50 different in/m);
    expect(stderr).toMatch(
      /record (r\d+): (name|stock|price) is .*, not .*\.$|record (r\d+): dst does not hold the record\.$/m,
    );
    const lines = (await readFile(join(dir, 'src--dst.differences.jsonl'), 'utf8')).trim().split('\n');
    const found = lines.map((line) => JSON.parse(line) as { id: string; code: string; message: string });
    expect(found.map(({ id }) => id).sort()).toEqual([...planted.keys()].sort());
    expect(found.filter((each) => each.code === 'Missing').length).toBe(10);
    expect(found.find(({ id }) => id === 'r39')?.message).toBe('name is "n39 ", not "n39".');
    expect(JSON.parse(await readFile(join(dir, 'summary.json'), 'utf8'))).toMatchObject({
      ...{ ok: ROWS, failed: 0, verified: ROWS, different: 50 },
      differencesFile: expect.stringMatching(/src--dst\.differences\.jsonl$/),
    });

    wire.change = () => {};
    expect(await run(['bulk-put', 'dst', 'src--dst.differences.jsonl'])).toMatchObject({ code: 0 });
    const held = await online('dst', planted.keys());
    const expected = records.filter(({ id }) => planted.has(id as string)).map((record) => [record.id, record]);
    expect(Object.fromEntries(held)).toEqual(Object.fromEntries(expected as [string, PlainRecord][]));
  });
});

test('the live line does not call a record different that is missing', async () => {
  const { run, wire } = await openMigration((id) => Number(id.slice(1)) % 2 === 0);
  let verifying = 0;
  // The line is drawn ten times a second, and must have been while what is left is waited for.
  wire.answer = async ({ operation }) => {
    if (operation !== 'BatchGetRecord' || wire.count('BatchWriteRecord') < ROWS / 25) return undefined;
    if ((verifying += 1) === 5) await sleep(1500);
    return undefined;
  };
  const argv = ['--max-workers', '1', '--verify'];
  const { code, stderr } = await run(['migrate', 'src', 'dst', ...OUTPUT, ...argv], { terminal: { columns: 120 } });
  expect(code, stderr).toBe(7);
  expect(stderr).toMatch(/\d not the same/);
});

test('what the target holds newer, and what has expired, is no difference', async () => {
  const store = await openMigration();
  const day = { Unit: 'Days' as const, Value: 1 };
  await store.create('short', { OnlineStoreConfig: { EnableOnlineStore: true, TtlDuration: day } });
  const expired = await store.run(['migrate', 'src', 'short', ...OUTPUT, '--verify']);
  expect(expired.code, expired.stderr).toBe(0);
  expect(expired.stderr).toContain('2,000 expired, 0 different');

  await store.put('dst', [{ ...records[7]!, at: '2026-01-02T00:00:00Z', name: 'newer' }]);
  const newer = await store.migrate('--verify');
  expect(newer.code, newer.stderr).toBe(0);
  expect(newer.stderr).toContain('1,999 the same, 1 newer in dst, 0 different');
});

test('--verify needs an online store to look into, exit 2', async () => {
  const store = await openMigration();
  await store.create('cold', { OnlineStoreConfig: undefined });
  const { code, stderr } = await store.run(['migrate', 'src', 'cold', ...OUTPUT, '--verify']);
  expect(code).toBe(2);
  expect(stderr).toContain('and cold has none');
  const wrong = await store.migrate('--verify', 'sample=0');
  expect(wrong.code).toBe(2);
});
