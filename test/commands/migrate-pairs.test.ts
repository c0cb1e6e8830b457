/** `migrate` between all kinds of stores: the target holds what is live in the source, value by value. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { createGroup, definitions, ROLE, type PlainRecord } from '../support/groups.js';
import { liveAtTheEnd, TIME } from '../support/histories.js';
import {
  features,
  model,
  OFFLINE_ONLY,
  openHistory,
  OUTPUT,
  rowOf,
  STORES,
  type Change,
  type Kind,
} from '../support/played-history.js';
import { run } from '../support/run.js';
import { watchedStore } from '../support/watched-store.js';

vi.setConfig({ testTimeout: 300_000 });

describe('every pair of stores: the target holds what is live, value by value', () => {
  const sources: Kind[] = ['offline only', 'offline only, Iceberg', 'online only', 'both', 'both, Iceberg'];
  const targets: Kind[] = ['online only', 'both', 'both, Iceberg'];
  test.each(sources)('%s', async (source) => {
    const store = await openHistory(STORES[source]);
    for (const target of targets) {
      const name = `to-${targets.indexOf(target)}`;
      await store.create(name, STORES[target]);
      const { stderr } = await store.migrate(name, '--verify');
      expect(stderr).toMatch(/^Verified: .* 0 different/m);
      // A deletion of the same event time as the record does nothing online, and wins offline.
      const expected = source === 'online only' ? await store.held('src') : model(liveAtTheEnd(store.history));
      expect(await store.held(name)).toEqual(expected);
    }
  });

  test.each(['offline only', 'offline only, Iceberg'] as const)('into %s', async (target) => {
    const store = await openHistory({});
    await store.create('cold', STORES[target]);
    await store.migrate('cold');
    const live = liveAtTheEnd(store.history);
    const expected = store.history.filter(({ id, record, deletion }) => !deletion && live.get(id) === record);
    expect(await store.rows('cold')).toEqual(expected.map(rowOf).sort());
  });

  test('event times of the other type', async () => {
    for (const [from, to] of [
      ['String', 'Fractional'],
      ['Fractional', 'String'],
    ] as const) {
      // Whole seconds, which both types hold exactly.
      const store = await openHistory(OFFLINE_ONLY, { eventTimes: from, identifiers: 30 });
      await createGroup(store.sagemaker, 'dst', features(to));
      await store.migrate('dst', '--verify');
      const instants = new Map(store.history.map(({ id, record, instant }) => [record, { id, instant }]));
      const live = liveAtTheEnd(store.history);
      const expected = [...live].map(([id, record]) => [id, instants.get(record)!.instant / 1000n]);
      const held = await store.online('dst', live.keys());
      const found = [...held].map(([id, record]) => [id, microseconds(record[TIME] as string)]);
      expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
    }
  });

  test('collections, from one InMemory group into another', async () => {
    const store = await watchedStore();
    const inMemory: Change = {
      OnlineStoreConfig: { EnableOnlineStore: true, StorageType: 'InMemory' },
      OfflineStoreConfig: undefined,
      FeatureDefinitions: [
        ...definitions('id:String, at:String'),
        { FeatureName: 'tags', FeatureType: 'String', CollectionType: 'List' },
        { FeatureName: 'sizes', FeatureType: 'Integral', CollectionType: 'Set' },
        {
          FeatureName: 'embedding',
          FeatureType: 'Fractional',
          CollectionType: 'Vector',
          CollectionConfig: { VectorConfig: { Dimension: 3 } },
        },
      ],
    };
    await store.create('src', inMemory);
    await store.create('dst', inMemory);
    const at = '2026-01-01T00:00:00Z';
    const records = [
      {
        id: '1',
        at,
        tags: ['a', 'a', '"b", [c]', ''],
        sizes: ['3', '1', '9223372036854775807'],
        embedding: ['0.1', '-2e-3', '3'],
      },
      { id: '2', at, tags: [], embedding: ['1', '2', '3'] },
      { id: '3', at },
    ];
    await store.put('src', records as PlainRecord[]);
    const { code, stderr } = await store.run(['migrate', 'src', 'dst', '--verify']);
    expect(code, stderr).toBe(0);
    expect(await store.online('dst', ['1', '2', '3'])).toEqual(await store.online('src', ['1', '2', '3']));
    expect(stderr).toContain('3 the same, 0 different');
  });
});

/** Unix seconds or ISO-8601 → microseconds. */
function microseconds(time: string): bigint {
  if (/^[\d.]+$/.test(time)) return BigInt(Math.round(Number(time) * 1e6));
  const [, second, fraction = ''] = /^([^.Z]+)(?:\.(\d+))?Z$/.exec(time)!;
  return BigInt(Date.parse(`${second}Z`)) * 1000n + BigInt(fraction.padEnd(9, '0').slice(0, 6));
}

test('20,000 identifiers with their histories: both → both', async () => {
  const store = await openHistory({}, { identifiers: 6000, happenings: 42_000, hours: 200, deletions: 0.05 });
  const live = liveAtTheEnd(store.history);
  expect(new Set(store.history.map(({ id }) => id)).size).toBeGreaterThan(19_000);
  await store.create('dst');
  const { stderr } = await store.migrate('dst', '--verify', '--max-workers', '8');
  expect(stderr).toMatch(/^Verified: .* 0 different/m);
  expect(await store.held('dst')).toEqual(model(live));
});

describe('two regions', () => {
  test.each([
    { how: 'by --source-region', source: 'far', argv: ['--source-region', 'eu-west-1'] },
    { how: 'by the ARN', source: 'arn:aws:sagemaker:eu-west-1:000000000000:feature-group/far', argv: [] },
  ])('$how', async ({ source, argv }) => {
    const store = await watchedStore();
    await store.create('dst');
    await writeFile(join(store.dir, 'far.csv'), 'id,at,name\n1,2026-01-01T00:00:00Z,x\n');
    const there = ['--region', 'eu-west-1'];
    const created = await run(
      [
        ...'create far --infer far.csv --event-time-feature-name at --s3-uri s3://far --execution-role-arn'.split(' '),
        ROLE,
        ...there,
        '--endpoint-url',
        store.endpoint,
      ],
      { cwd: store.dir },
    );
    expect(created.code, created.stderr).toBe(0);
    const filled = await run(['bulk-put', 'far', 'far.csv', ...there, '--endpoint-url', store.endpoint], {
      cwd: store.dir,
    });
    expect(filled.code, filled.stderr).toBe(0);
    const { code, stderr } = await store.run(['migrate', source, 'dst', ...OUTPUT, ...argv]);
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/^migrate +far .* → dst .*\s+→\s+account 0+, us-east-1$/m);
    expect((await store.online('dst', ['1'])).get('1')).toEqual({ id: '1', at: '2026-01-01T00:00:00Z', name: 'x' });
  });
});
