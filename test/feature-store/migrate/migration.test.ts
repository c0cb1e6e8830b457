import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/errors.js';
import type { FeatureGroup } from '../../../src/feature-store/groups/describe.js';
import { checkMigration, type MigrationOptions } from '../../../src/feature-store/migrate/check.js';
import { migratedRecords } from '../../../src/feature-store/migrate/rows.js';
import { planMigration } from '../../../src/feature-store/migrate/plan.js';
import { renderMigrationPlan } from '../../../src/commands/plans/migration-plan.js';
import { isProblems } from '../../../src/feature-store/records/shape.js';
import { feature, groupOf } from '../groups.js';
import { featureValues } from '../../../src/feature-store/records/record-json.js';
import type { Row } from '../../../src/utils/json.js';
import type { ShapedRecord } from '../../../src/feature-store/records/rows.js';

const renderPlan = (...plan: Parameters<typeof renderMigrationPlan>) =>
  renderMigrationPlan(...plan)
    .map((line) => `${line}\n`)
    .join('');

const OFFLINE = groupOf().offline!;
const group = (name: string, more: Partial<FeatureGroup> = {}) => groupOf([], { name, ...more });
const check = (source: FeatureGroup, target: FeatureGroup, options: MigrationOptions = {}) =>
  checkMigration(source, target, options);

describe('the check', () => {
  test('reads the offline store where there is one', () => {
    expect(check(group('a'), group('b'))).toMatchObject({ readFrom: 'offline', targetStores: undefined, warnings: [] });
    expect(check(group('a', { offline: undefined }), group('b'))).toMatchObject({ readFrom: 'online' });
    expect(check(group('a'), group('b'), { readFrom: 'online' })).toMatchObject({ readFrom: 'online' });
  });

  test('lets a group fill its own online store, and nothing else of it', () => {
    expect(check(group('a'), group('a'))).toMatchObject({ targetStores: ['OnlineStore'] });
  });

  const refusals: [string, () => unknown][] = [
    ['are one feature group, a', () => check(group('a', { online: undefined }), group('a', { online: undefined }))],
    [
      'are one feature group, a',
      () => check(group('a'), { ...group('a'), arn: group('a').arn.toUpperCase() }, { readFrom: 'online' }),
    ],
    ['is Creating, not Created', () => check(group('a'), group('b', { status: 'Creating' }))],
    [
      'has no online store to read from',
      () => check(group('a', { online: undefined }), group('b'), { readFrom: 'online' }),
    ],
    ['has no Athena table', () => check(group('a', { offline: { ...OFFLINE, table: undefined } }), group('b'))],
    [
      '--filter-query, --history ask Athena for rows of an offline store',
      () => check(group('a'), group('b'), { readFrom: 'online', filterQuery: 'x', history: true }),
    ],
    ['do not fit', () => check(groupOf([feature('x')], { name: 'a' }), group('b'))],
  ];
  test.each(refusals)('refuses: %s', (words, checking) => {
    expect(checking).toThrow(UsageError);
    expect(checking).toThrow(words);
  });

  test('refuses options that do not go together', () => {
    const offlineOnly = { online: undefined };
    const refused: [string, FeatureGroup, MigrationOptions][] = [
      ['b has no offline store', group('b', { offline: undefined }), { history: true }],
      ['and b has none', group('b', offlineOnly), { verify: true }],
      ['run sagemaker-fs clear b once', group('b'), { shard: { index: 0, count: 2 }, clearTarget: true }],
      ['no Athena table to insert into', group('b', { offline: undefined }), { engine: 'athena' }],
      ['not with --clear-target', group('a'), { clearTarget: true }],
      ['not with --clear-target, --history', group('a'), { history: true }],
      [
        'are not in one account and region',
        group('b', { arn: 'arn:aws:sagemaker:eu-west-1:111122223333:feature-group/b' }),
        { engine: 'athena' },
      ],
      [
        'the event times of the two groups differ in type',
        group('b', { features: [feature('id'), feature('event_time', 'Fractional')] }),
        { engine: 'athena' },
      ],
    ];
    for (const [words, target, options] of refused) {
      expect(() => check(group('a'), target, options), words).toThrow(UsageError);
      expect(() => check(group('a'), target, options)).toThrow(words);
    }
  });

  test('warns of a blocked offline store', () => {
    const blocked = { offline: { ...OFFLINE, status: 'Blocked', blockedReason: 'no permission' } };
    expect(check(group('a', blocked), group('b')).warnings).toEqual([
      'The offline store of a is blocked (no permission): newer records may be missing from it.',
    ]);
  });
});

describe('a row on its way', () => {
  const timed = (name: string, type: 'String' | 'Fractional') =>
    groupOf([], { name, features: [feature('id'), feature('event_time', type)] });

  test.each([
    { from: 'String', time: '2024-05-01T00:00:00.123456789Z', to: 'Fractional', converted: '1714521600.123456789' },
    { from: 'Fractional', time: '1714521600.5', to: 'String', converted: '2024-05-01T00:00:00.500Z' },
    { from: 'String', time: '2024-05-01T00:00:00Z', to: 'String', converted: '2024-05-01T00:00:00Z' },
  ] as const)(
    'has its event time in the target’s form: $from $time → $to $converted',
    ({ from, time, to, converted }) => {
      const shape = migratedRecords(check(timed('a', from), timed('b', to)));
      expect(shape({ id: '1', event_time: time })).toMatchObject({ identifier: '1', eventTime: converted });
    },
  );

  test('is renamed', () => {
    const shape = migratedRecords(
      check(groupOf([feature('colour')], { name: 'a' }), groupOf([feature('color')], { name: 'b' }), {
        map: { colour: 'color' },
      }),
    );
    const { json } = shape({ id: '1', event_time: '2024-05-01T00:00:00Z', colour: 'red' }) as ShapedRecord;
    expect(featureValues(json)).toMatchObject([
      { FeatureName: 'id' },
      { FeatureName: 'event_time' },
      { FeatureName: 'color', ValueAsString: 'red' },
    ]);
  });

  const bad: Row[] = [{ event_time: '2024-05-01T00:00:00Z' }, { id: '1' }, { id: '1', event_time: 'yesterday' }];
  test.each(bad)('is a problem: %j', (row) => {
    expect(isProblems(migratedRecords(check(group('a'), group('b')))(row))).toBe(true);
    expect(isProblems(migratedRecords(check(timed('a', 'String'), timed('b', 'Fractional')))(row))).toBe(true);
  });
});

describe('the plan', () => {
  const found = {
    rows: 5000,
    live: 1500,
    deleted: 20,
    toWrite: 1001,
    averageRecordBytes: 1500.4,
    averageWriteUnits: 2,
    athenaBytes: 20e6,
  };
  const plan = planMigration({
    migration: check(group('a'), group('b')),
    found,
    pace: { maxWorkers: 4 },
    sql: 'SELECT 1',
  });

  test('reckons units, calls, minutes and money', () => {
    expect(plan).toMatchObject({
      rows: 5000,
      live: 1500,
      deleted: 20,
      toWrite: 1001,
      averageRecordBytes: 1500,
      writeUnits: 2002,
      calls: 41,
      minutes: 0.004,
      cost: {
        writes: 0.002503,
        // Each is asked for, to tell what the target holds newer.
        reads: 0.00025,
        athena: 0.00015,
        pricesAsOf: '2026-08',
        pricesRegion: 'us-east-1',
      },
      account: '111122223333',
      region: 'us-east-1',
    });
  });

  test('reads as aligned lines', () => {
    expect(renderPlan(plan)).toBe(`\
migrate   a (offline) → b (online+offline)
          account 111122223333, us-east-1
read      the newest row of each identifier, through Athena
          records of the last 15 minutes may be missing: they reach the offline
          store late
features  2, none renamed or converted
records   1,001 to write of 5,000 rows (20 deleted, 499 left out)
cost      ≈ $0.0029 (2,002 write units), ≈ 0.2 s with 4 calls in flight
`);
    expect(renderPlan(plan, { verbose: true })).toContain('\nSELECT 1\n');
  });

  test('reads of an online source and of --verify cost units, too; what is paid by the hour has no price', () => {
    const costOf = (source: object, target: object, pace: object = {}) =>
      planMigration({
        migration: check(group('a', source), group('b', target)),
        found: { ...found, averageRecordBytes: 5000 },
        pace: { maxWorkers: 4, ...pace },
      }).cost;
    expect(costOf({}, {}).reads).toBeCloseTo(1001 * 2 * 0.25e-6, 5);
    expect(costOf({}, {}, { verify: true }).reads).toBeCloseTo(2 * 1001 * 2 * 0.25e-6, 5);
    expect(costOf({}, {}, { verify: 10 }).reads).toBeCloseTo(1011 * 2 * 0.25e-6, 5);
    expect(costOf({}, { online: undefined }).reads).toBe(0);
    expect(
      costOf({ offline: undefined, online: { storageType: 'Standard' } }, { online: undefined }).reads,
    ).toBeCloseTo(1500 * 2 * 0.25e-6, 5);
    const provisioned = costOf({}, { throughput: { mode: 'Provisioned', write: 50 } });
    expect(provisioned).toMatchObject({
      ...{ writes: 0, reads: 0 },
      unpriced: 'the provisioned capacity of b is paid by the hour',
    });
    expect(costOf({}, { online: { storageType: 'InMemory' } }).unpriced).toContain('b is in memory');
  });

  test('warns where the pace asks for more than the target is provisioned for', () => {
    const provisioned = group('b', { throughput: { mode: 'Provisioned', write: 50 } });
    const { warnings } = planMigration({ migration: check(group('a'), provisioned), found, pace: { maxWorkers: 4 } });
    expect(warnings).toEqual([
      'b has 50 provisioned write units a second, and this pace may ask for 10000: the rest is throttled. --tps sets the pace.',
    ]);
    const slow = planMigration({ migration: check(group('a'), provisioned), found, pace: { maxWorkers: 4, tps: 1 } });
    expect(slow.warnings).toEqual([]);
  });

  test('counts a deletion as a call and a write unit of its own', () => {
    const migration = check(group('a'), group('b'), { history: true, asOf: 0n, since: -1_000_000_000n });
    const history = planMigration({ migration, found: { ...found, markers: 1 }, pace: { maxWorkers: 4 } });
    expect(history).toMatchObject({
      toWrite: 1001,
      markers: 1,
      calls: 41,
      writeUnits: 2001,
      asOf: '1970-01-01T00:00:00Z',
    });
    expect(history.filtered).toBeUndefined();
    expect(renderPlan(history)).toContain('records   1,000 versions and 1 deletion to write of 5,000 rows');
    expect(renderPlan(history)).toContain('period    event times from 1969-12-31T23:59:59Z');
  });

  test('is JSON without surprises, also for an empty source', () => {
    const nothing = { live: 0, toWrite: 0, averageRecordBytes: 0, averageWriteUnits: 0 };
    const empty = planMigration({ migration: check(group('a'), group('b')), found: nothing, pace: { maxWorkers: 1 } });
    expect(JSON.parse(JSON.stringify(empty))).toMatchObject({ writeUnits: 0, calls: 0, minutes: 0, cost: { usd: 0 } });
  });
});
