/** `bulk-get` on a line with faults: every record that is there is in the output, in order, and only what is not there is missing. */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { openFaultyStore, records } from './faulty-store.js';
import { atEveryRate } from './matrix.js';

const RECORDS = records(600);
const ABSENT = Array.from({ length: 20 }, (_, row) => `absent${row}`);
/** Some twice, some absent. */
const ASKED = RECORDS.flatMap(({ id }, row) => [
  id as string,
  ...(row % 30 === 0 ? [ABSENT[row / 30]!] : []),
  ...(row % 50 === 0 ? ['a7'] : []),
]);

atEveryRate('bulk-get', async ({ once, ...chance }) => {
  const store = await openFaultyStore();
  await store.create('shop');
  await store.put('shop', RECORDS);
  await writeFile(join(store.dir, 'ids.txt'), ASKED.map((id) => `${id}\n`).join(''));
  const files = ['-o', 'out.jsonl', '--missing-file', 'missing.txt', '--summary', 'summary.json'];
  const { tries, proxy } = await store.untilDone(chance, {
    argv: ['bulk-get', 'shop', 'ids.txt', ...files, '--overwrite', '--batch-size', '10', '--retry-for', '1m'],
    check({ code }, told) {
      expect(existsSync(join(store.dir, 'out.jsonl')), told).toBe(code === 0);
    },
  });
  const read = async (name: string) => (await readFile(join(store.dir, name), 'utf8')).trimEnd().split('\n');
  const there = new Map(RECORDS.map((record) => [record.id, record]));
  const expected = ASKED.map((id) => there.get(id)).filter((record) => record !== undefined);
  const got = (await read('out.jsonl')).map((line) => JSON.parse(line) as object);
  expect(got, proxy.log()).toEqual(expected);
  expect(await read('missing.txt'), proxy.log()).toEqual(ABSENT);
  const { ok, failed } = (await store.json('summary.json')) as Record<string, number>;
  expect({ ok, failed }, proxy.log()).toEqual({ ok: expected.length, failed: 0 });
  if (once) expect(tries, proxy.log()).toHaveLength(1);
});
