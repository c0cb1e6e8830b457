/** What a migration is going to do, take and cost, as an object and as text. Pure. */
import type { FeatureGroup } from './feature-group.js';
import type { Migration } from './migration.js';
import { OFFLINE_LAG_MINUTES } from './offline-store.js';
import { PRICES, athenaCost, writeCost } from './prices.js';
import { count, duration } from '../utils/progress.js';
import { MAX_ENTRIES_PER_BATCH_WRITE } from './write-calls.js';

/** What a BatchWriteRecord call is taken to last; the plan says so. */
const ASSUMED_CALL_MS = 20;

/** What was found in the source. */
export interface Found {
  /** Rows of history; unknown for an online store, which keeps none. */
  rows?: number;
  live: number;
  deleted?: number;
  toWrite: number;
  rowsWithoutId?: number;
  rowsWithoutTime?: number;
  averageRecordBytes: number;
  averageWriteUnits: number;
  /** Scanned by the counting query. */
  athenaBytes?: number;
}

export interface Pace {
  maxWorkers: number;
  /** Calls a second. */
  tps?: number;
}

export interface MigrationPlan {
  source: PlannedGroup;
  target: PlannedGroup;
  account: string;
  region: string;
  strategy: { read: string; write: string };
  /** How stale what is read may be. */
  staleness: string;
  filterQuery?: string;
  features: { migrated: string[]; leftBehind: string[]; leftUnset: string[] };
  rows?: number;
  live: number;
  deleted?: number;
  rowsWithoutId?: number;
  rowsWithoutTime?: number;
  toWrite: number;
  averageRecordBytes: number;
  writeUnits: number;
  calls: number;
  minutes: number;
  pace: string;
  cost: { usd: number; writes: number; athena: number; pricesAsOf: string; pricesRegion: string };
  warnings: string[];
  sql?: string;
}

interface PlannedGroup {
  name: string;
  arn: string;
  /** `Online Only`, `Offline Only` or `Online+Offline`. */
  storeType: string;
  table?: string;
}

export interface PlanInput {
  migration: Migration;
  found: Found;
  pace: Pace;
  filterQuery?: string;
  sql?: string;
}

/** Reckons with the service's own units: 1 KB of a record a write unit, 25 records a call. */
export function planMigration({ migration, found, pace, filterQuery, sql }: PlanInput): MigrationPlan {
  const { source, target, match } = migration;
  const { averageRecordBytes, averageWriteUnits, athenaBytes, ...counts } = found;
  const writeUnits = Math.ceil(found.toWrite * Math.max(1, averageWriteUnits));
  const calls = Math.ceil(found.toWrite / MAX_ENTRIES_PER_BATCH_WRITE);
  const perSecond = Math.min(pace.tps ?? Infinity, (pace.maxWorkers * 1000) / ASSUMED_CALL_MS);
  const writes = writeCost(writeUnits);
  // Counting reads few columns, migrating reads them all: never more than their plain size.
  const athena =
    athenaBytes === undefined ? 0 : athenaCost(athenaBytes) + athenaCost((found.rows ?? 0) * averageRecordBytes);
  const [, , , region = '', account = ''] = target.arn.split(':');
  return {
    source: plannedGroup(source),
    target: plannedGroup(target),
    account,
    region,
    strategy: strategyOf(migration),
    staleness:
      migration.readFrom === 'offline'
        ? `records written within the last ${OFFLINE_LAG_MINUTES} minutes may not have reached the offline store yet`
        : 'the online store is read as it is',
    filterQuery,
    features: {
      migrated: match.pairs.map((pair) => pair.source.name),
      leftBehind: match.dropped.map(({ name }) => name),
      leftUnset: match.unset.map(({ name }) => name),
    },
    ...counts,
    averageRecordBytes: Math.round(averageRecordBytes),
    writeUnits,
    calls,
    minutes: Math.ceil(calls / perSecond / 6) / 10,
    pace: pace.tps
      ? `at most ${pace.tps} calls a second`
      : `${pace.maxWorkers} calls in flight, taken to last ${ASSUMED_CALL_MS} ms each`,
    cost: { usd: writes + athena, writes, athena, pricesAsOf: PRICES.asOf, pricesRegion: PRICES.region },
    warnings: migration.warnings,
    sql,
  };
}

function plannedGroup(group: FeatureGroup): PlannedGroup {
  const { name, arn, online, offline } = group;
  const storeType = online && offline ? 'Online+Offline' : online ? 'Online Only' : 'Offline Only';
  return { name, arn, storeType, table: offline?.table && `${offline.table.database}.${offline.table.name}` };
}

function strategyOf({ readFrom, target, targetStores }: Migration): MigrationPlan['strategy'] {
  const online = targetStores !== undefined || !target.offline;
  const stores = online ? 'online store' : target.online ? 'online and offline stores' : 'offline store';
  return {
    read:
      readFrom === 'offline'
        ? 'the newest row of each identifier in the offline store, through Athena'
        : 'the records of the online store, through ListRecords and BatchGetRecord',
    write: `the ${stores}, through BatchWriteRecord`,
  };
}

/** The plan as aligned lines, for people. */
export function renderPlan(plan: MigrationPlan, { withSql = false } = {}): string {
  const { source, target, strategy, features, cost } = plan;
  const named = (group: PlannedGroup) => `${group.name} (${[group.storeType, group.table].filter(Boolean).join(', ')})`;
  const lines: [string, string | undefined][] = [
    ['source', named(source)],
    ['target', `${named(target)}, account ${plan.account}, ${plan.region}`],
    ['reads', strategy.read],
    ['staleness', plan.staleness],
    ['writes', strategy.write],
    ['filter', plan.filterQuery],
    ['features', `${features.migrated.length} migrated`],
    ['left behind', features.leftBehind.join(', ')],
    ['left unset', features.leftUnset.join(', ')],
    ['rows', plan.rows === undefined ? undefined : count(plan.rows)],
    ['live', count(plan.live)],
    ['deleted', plan.deleted === undefined ? undefined : count(plan.deleted)],
    ['without id', plan.rowsWithoutId ? `${count(plan.rowsWithoutId)} rows, which cannot be migrated` : undefined],
    [
      'without time',
      plan.rowsWithoutTime ? `${count(plan.rowsWithoutTime)} rows, which cannot be migrated` : undefined,
    ],
    ['to write', `${count(plan.toWrite)} records of ${count(plan.averageRecordBytes)} bytes on average`],
    [
      'takes',
      `${count(plan.writeUnits)} write ${plan.writeUnits === 1 ? 'unit' : 'units'}, ${count(plan.calls)} ${plan.calls === 1 ? 'call' : 'calls'}, about ${duration(plan.minutes * 60)} (${plan.pace})`,
    ],
    [
      'costs',
      `${usd(cost.usd)} (writes ${usd(cost.writes)}, Athena ${usd(cost.athena)}; prices of ${cost.pricesRegion}, ${cost.pricesAsOf})`,
    ],
  ];
  const width = Math.max(...lines.map(([label]) => label.length)) + 2;
  const shown = lines.filter(([, value]) => value).map(([label, value]) => `${label.padEnd(width)}${value}\n`);
  return shown.join('') + (withSql && plan.sql ? `\n${plan.sql}\n` : '');
}

/** Small sums keep two significant digits. */
const usd = (value: number) => `${value >= 1 ? value.toFixed(2) : Number(value.toPrecision(2)).toString()} USD`;
