/** `bulk-put` on a line with faults: what it says it wrote is there, all of it and nothing else. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { byIdentifier, compared, openFaultyStore, records, SAME } from './faulty-store.js';
import { atEveryRate } from './matrix.js';

const RECORDS = records(600);

atEveryRate('bulk-put', async ({ once, ...chance }) => {
  const store = await openFaultyStore();
  await store.create('shop');
  await writeFile(join(store.dir, 'shop.jsonl'), RECORDS.map((record) => `${JSON.stringify(record)}\n`).join(''));
  const { tries, proxy } = await store.untilDone(chance, {
    argv: ['bulk-put', 'shop', 'shop.jsonl', '--summary', 'summary.json', '--batch-size', '25', '--retry-for', '1m'],
    again: ['--resume'],
  });
  expect(compared(store.records('shop'), byIdentifier(RECORDS)), proxy.log()).toEqual(SAME);
  const { ok, skipped, failed } = (await store.json('summary.json')) as Record<string, number>;
  expect({ told: ok! + skipped!, failed }, proxy.log()).toEqual({ told: RECORDS.length, failed: 0 });
  if (once) expect(tries, proxy.log()).toHaveLength(1);
});
