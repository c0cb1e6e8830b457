/** `clear --backup-s3` on a line with faults: whatever is gone is in a backup, whatever it says is gone, and nothing beside it. */
import { expect } from 'vitest';
import { byIdentifier, compared, openFaultyStore, records, SAME, type FaultyStore } from './faulty-store.js';
import type { PlainRecord } from '../support/groups.js';
import { atEveryRate } from './matrix.js';

const RECORDS = records(60);
const NEIGHBOURS = records(5, 'b');

/** All records and offline objects that any of the backups has. */
function backedUp(store: FaultyStore): { records: Map<string, PlainRecord>; objects: Map<string, string> } {
  const all = { records: new Map<string, PlainRecord>(), objects: new Map<string, string>() };
  for (const [key, content] of store.objects({ bucket: 'backups', prefix: '' })) {
    const [, name] = /^shop\/[^/]+\/offline\/(.*)$/.exec(key) ?? [];
    if (name !== undefined) all.objects.set(name, content);
    if (!key.endsWith('/records.jsonl')) continue;
    for (const line of Buffer.from(content, 'base64').toString().split('\n').filter(Boolean)) {
      const record = JSON.parse(line) as PlainRecord;
      all.records.set(record.id as string, record);
    }
  }
  return all;
}

atEveryRate('clear --backup-s3', async ({ once, ...chance }) => {
  const store = await openFaultyStore();
  await store.create('shop');
  await store.create('shop-1');
  await store.put('shop', RECORDS);
  await store.put('shop-1', NEIGHBOURS);
  await store.local.store.objects.createBucket('backups', 'us-east-1');
  const [whole, beside] = [store.objects({ group: 'shop' }), store.objects({ group: 'shop-1' })];
  const { tries, proxy } = await store.untilDone(chance, {
    argv: ['clear', 'shop', '--force', '--backup-s3', 's3://backups', '--max-workers', '8', '--retry-for', '1m'],
    check({ code }, told) {
      const [left, leftObjects, backup] = [store.records('shop'), store.objects({ group: 'shop' }), backedUp(store)];
      for (const record of RECORDS)
        expect(left.get(record.id as string) ?? backup.records.get(record.id as string), told).toEqual(record);
      for (const [name, content] of whole)
        expect((leftObjects.get(name) ?? backup.objects.get(name)) === content, `${name} is lost\n${told}`).toBe(true);
      // The offline objects go last.
      if (left.size > 0) expect(leftObjects.size, told).toBe(whole.size);
      if (code === 0) expect([left.size, leftObjects.size], told).toEqual([0, 0]);
    },
  });
  expect(compared(store.records('shop-1'), byIdentifier(NEIGHBOURS)), proxy.log()).toEqual(SAME);
  expect(store.objects({ group: 'shop-1' }), proxy.log()).toEqual(beside);
  if (once) expect(tries, proxy.log()).toHaveLength(1);
});
