/** `migrate --verify` on a line with faults, from either store: every live record arrives as it was. */
import { DeleteRecordCommand } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { expect } from 'vitest';
import { byIdentifier, compared, openFaultyStore, records, SAME } from './faulty-store.js';
import { atEveryRate } from './matrix.js';

const RECORDS = records(400);
const DELETED = ['a3', 'a399'];
const LIVE = RECORDS.filter(({ id }) => !DELETED.includes(id as string));

for (const readFrom of ['offline', 'online'])
  atEveryRate(`migrate --read-from ${readFrom} --verify`, async ({ once, ...chance }) => {
    const store = await openFaultyStore();
    await store.create('src');
    await store.create('dst');
    await store.put('src', RECORDS);
    for (const id of DELETED) {
      const which = { FeatureGroupName: 'src', RecordIdentifierValueAsString: id };
      await store.runtime.send(new DeleteRecordCommand({ ...which, EventTime: '2026-02-01T00:00:00Z' }));
    }
    await store.local.store.offline.flush();
    await store.local.store.objects.createBucket('results', 'us-east-1');
    const from = ['--read-from', readFrom, ...(readFrom === 'offline' ? ['--athena-output', 's3://results/'] : [])];
    const { tries, proxy } = await store.untilDone(chance, {
      argv: ['migrate', 'src', 'dst', ...from, '--verify', '--summary', 'summary.json', '--retry-for', '1m'],
      again: ['--resume'],
      check({ code, stderr }, told) {
        if (code === 0) expect(stderr, told).toContain(`Verified: ${LIVE.length} the same, 0 different`);
      },
    });
    expect(compared(store.records('dst'), byIdentifier(LIVE)), proxy.log()).toEqual(SAME);
    const { ok, skipped, failed } = (await store.json('summary.json')) as Record<string, number>;
    expect({ told: ok! + skipped!, failed }, proxy.log()).toEqual({ told: LIVE.length, failed: 0 });
    if (once) expect(tries, proxy.log()).toHaveLength(1);
  });
