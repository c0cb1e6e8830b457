/** `analyze`: held against what the store holds. */
import { describe, expect, it } from 'vitest';
import { openHistory, OFFLINE_ONLY } from '../support/played-history.js';
import { refusal } from '../support/wire.js';
import type { Analysis } from '../../src/feature-store/analyze/analyze.js';

const OUTPUT = ['--athena-output', 's3://results/'];

describe('analyze', () => {
  it('counts objects, bytes, rows, identifiers, duplicates and deletions as they are', async () => {
    const { run, history, local } = await openHistory({}, { identifiers: 10, happenings: 120 });
    const ran = await run(['analyze', 'src', '-o', 'json', ...OUTPUT]);
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stderr).toContain('Asking Athena about the rows, for at most $0.00005');
    const { rows, offline, online, monthly } = JSON.parse(ran.stdout) as Analysis;
    const instants = history.map(({ instant }) => instant).sort((a, b) => (a < b ? -1 : 1));
    const day = (instant: bigint) => new Date(Number(instant / 1_000_000n)).toISOString().slice(0, 19);
    expect(rows).toMatchObject({
      rows: history.length,
      identifiers: new Set(history.map(({ id }) => id)).size,
      duplicates: history.length - new Set(history.map(({ id, instant }) => `${id} ${instant}`)).size,
      tombstones: history.filter(({ deletion }) => deletion).length,
      oldest: expect.stringContaining(day(instants[0]!)),
      newest: expect.stringContaining(day(instants.at(-1)!)),
    });
    const prefix = offline!.place.replace('s3://features/', '');
    const objects = [...local.store.objects.list('features', `${prefix}/`)];
    const bytes = objects.reduce((sum, { size }) => sum + size, 0);
    expect(offline).toMatchObject({ objects: objects.length, bytes, small: objects.length });
    expect(offline!.months).toEqual([{ month: '2024-05', objects: objects.length, bytes, small: objects.length }]);
    expect(offline!.compacted).toBe(new Set(objects.map(({ key }) => key.replace(/[^/]*$/, ''))).size);
    expect(online!.bytes).toBeGreaterThan(0);
    expect(monthly.offline).toBeCloseTo((bytes / 1024 ** 3) * 0.023, 12);
  });

  it('draws bars on a terminal alone, and asks nothing with --no-rows', async () => {
    const { run, wire } = await openHistory(OFFLINE_ONLY, { identifiers: 3, happenings: 9, eventTimes: 'Fractional' });
    const plain = await run(['analyze', 'src', '--no-rows']);
    expect(plain.stdout).toMatch(/^group +src \(Offline Only, Created\)\n/);
    expect(plain.stdout).toMatch(/^storage +≈ \$0\.\d+ a month \(offline .* at \$0\.023 a GB/m);
    expect(plain.stdout).not.toContain('█');
    expect(wire.count('StartQueryExecution')).toBe(0);
    const shown = await run(['analyze', 'src', ...OUTPUT], { terminal: { columns: 100 } });
    expect(shown.stdout).toContain('█');
    const narrow = (await run(['analyze', 'src', ...OUTPUT], { terminal: { columns: 44 } })).stdout;
    expect(
      Math.max(
        ...narrow
          .split('\n')
          .filter((line) => line.includes('█'))
          .map((line) => line.length),
      ),
    ).toBe(44);
    expect(shown.stdout).toMatch(/events +from 2024-05-01T/);
  });

  it('shows all groups at a glance, and keeps the row of one that cannot be looked at', async () => {
    const { run, create, wire } = await openHistory(OFFLINE_ONLY, { identifiers: 3, happenings: 9 });
    await create('memory', {
      OnlineStoreConfig: { EnableOnlineStore: true, StorageType: 'InMemory' },
      OfflineStoreConfig: undefined,
    });
    const all = await run(['analyze', '-o', 'csv']);
    expect(all.code, all.stderr).toBe(0);
    expect(all.stdout).toMatch(
      /^FeatureGroupName,.*MonthlyUsd\nmemory,Created,Online Only,\d*,,,,\nsrc,Created,Offline Only,,\d+,\d+,\d+,[\d.e-]+\n$/,
    );
    expect(wire.count('StartQueryExecution')).toBe(0);
    wire.answer = ({ operation, body }) =>
      operation === 'DescribeFeatureGroup' && body.includes('memory')
        ? refusal(403, 'AccessDeniedException')
        : undefined;
    const partly = await run(['analyze']);
    expect(partly).toMatchObject({ code: 4, stderr: expect.stringContaining('memory could not be analyzed') });
    expect(partly.stdout).toMatch(/^src /m);
    expect((await run(['analyze', 'nobody'])).code).toBe(3);
  });
});
