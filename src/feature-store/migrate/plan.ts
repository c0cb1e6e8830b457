/** What a migration is going to do, take and cost. Pure. */
import { formatEventTime } from '../records/event-time.js';
import type { FeatureGroup } from '../groups/describe.js';
import { plannedGroup, type PlannedGroup } from '../groups/planned-group.js';
import type { Migration } from './check.js';
import { OFFLINE_LAG_MINUTES } from '../offline/offline-store.js';
import type { Found } from '../offline/record-source.js';
import { PRICES, athenaReadingCost, writeCost } from '../bulk/prices.js';
import { MAX_ENTRIES_PER_BATCH_WRITE } from '../online/write-calls.js';

/** What a BatchWriteRecord call is taken to last; the plan says so. */
const ASSUMED_CALL_MS = 20;
/** Calls a second of one operation, for an account in a region. https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-quotas.html */
const CALLS_PER_SECOND_QUOTA = 10_000;

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
  /** Where Athena's results go, and what becomes of them. */
  results?: string;
  filterQuery?: string;
  /** Event times, ISO-8601. */
  asOf?: string;
  since?: string;
  until?: string;
  /** `2/16` */
  shard?: string;
  /** How long a record lives online, from its event time on. */
  timeToLive?: string;
  features: { migrated: string[]; leftBehind: string[]; leftUnset: string[] };
  rows?: number;
  live: number;
  deleted?: number;
  /** Live records that the filter or the period leaves out. */
  filtered?: number;
  rowsWithoutId?: number;
  rowsWithoutTime?: number;
  toWrite: number;
  /** Deletions among them. */
  markers?: number;
  averageRecordBytes: number;
  writeUnits: number;
  calls: number;
  minutes: number;
  pace: string;
  /** Share of the account's default quota of calls that this pace takes, 0 to 1. */
  quotaShare: number;
  cost: { usd: number; writes: number; athena: number; pricesAsOf: string; pricesRegion: string };
  warnings: string[];
  sql?: string;
}

export interface PlanInput {
  migration: Migration;
  found: Found;
  pace: Pace;
  sql?: string;
}

/** Reckons with the service's own units: 1 KB of a record a write unit, 25 records a call. */
export function planMigration({ migration, found, pace, sql }: PlanInput): MigrationPlan {
  const { source, target, match, choice } = migration;
  const { averageRecordBytes, averageWriteUnits: _, athenaBytes, markers = 0, warnings = [], ...counts } = found;
  const effort = migration.byAthena ? NO_EFFORT : effortOf(found, pace);
  const writes = writeCost(effort.writeUnits);
  const athena = athenaBytes === undefined ? 0 : athenaReadingCost({ ...found, athenaBytes });
  const [, , , region = '', account = ''] = target.arn.split(':');
  const { ttl } = target.online ?? {};
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
    filterQuery: choice.filter,
    asOf: iso(choice.asOf),
    since: iso(choice.since),
    until: iso(choice.until),
    shard: choice.shard && `${choice.shard.index + 1}/${choice.shard.count}`,
    timeToLive: ttl && `${ttl.value} ${ttl.unit}`,
    features: {
      migrated: match.pairs.map((pair) => pair.source.name),
      leftBehind: match.dropped.map(({ name }) => name),
      leftUnset: match.unset.map(({ name }) => name),
    },
    ...counts,
    markers: choice.history ? markers : undefined,
    filtered: choice.history ? undefined : found.live - found.toWrite,
    averageRecordBytes: Math.round(averageRecordBytes),
    ...effort,
    cost: { usd: writes + athena, writes, athena, pricesAsOf: PRICES.asOf, pricesRegion: PRICES.region },
    warnings: [...migration.warnings, ...warnings, ...capacityWarnings(target, { ...found, ...effort })],
    sql,
  };
}

type Effort = Pick<MigrationPlan, 'writeUnits' | 'calls' | 'minutes' | 'pace' | 'quotaShare'> & {
  unitsPerSecond: number;
};

const NO_EFFORT: Effort = {
  writeUnits: 0,
  calls: 0,
  minutes: 0,
  pace: 'Athena inserts the rows by itself',
  quotaShare: 0,
  unitsPerSecond: 0,
};

/** A deletion takes a call of its own, and a write unit. */
function effortOf({ toWrite, markers = 0, averageWriteUnits }: Found, { maxWorkers, tps }: Pace): Effort {
  const records = toWrite - markers;
  const unitsOfRecord = Math.max(1, averageWriteUnits);
  const calls = Math.ceil(records / MAX_ENTRIES_PER_BATCH_WRITE) + markers;
  const perSecond = Math.min(tps ?? Infinity, (maxWorkers * 1000) / ASSUMED_CALL_MS);
  return {
    writeUnits: Math.ceil(records * unitsOfRecord) + markers,
    calls,
    minutes: Math.ceil((calls / perSecond / 60) * 1000) / 1000,
    pace: tps
      ? `at most ${tps} calls a second`
      : `${maxWorkers} calls in flight, taken to last ${ASSUMED_CALL_MS} ms each`,
    quotaShare: perSecond / CALLS_PER_SECOND_QUOTA,
    unitsPerSecond: Math.round(perSecond * Math.min(MAX_ENTRIES_PER_BATCH_WRITE, toWrite) * unitsOfRecord),
  };
}

/** Nothing is lost when the service throttles, but it takes longer, and others that write to the group suffer. */
function capacityWarnings({ name, throughput }: FeatureGroup, { unitsPerSecond, quotaShare }: Effort): string[] {
  const warnings: string[] = [];
  const { mode, write = 0 } = throughput ?? {};
  if (mode === 'Provisioned' && unitsPerSecond > write) {
    warnings.push(
      `${name} has ${write} provisioned write units a second, and this pace may ask for ${unitsPerSecond}: the rest is throttled. --tps sets the pace.`,
    );
  }
  if (quotaShare > 1)
    warnings.push(`This pace is beyond the default quota of ${CALLS_PER_SECOND_QUOTA} calls a second; --tps sets it.`);
  return warnings;
}

const iso = (instant: bigint | undefined) => (instant === undefined ? undefined : formatEventTime(instant, 'String'));

function strategyOf({ readFrom, target, targetStores, choice, byAthena }: Migration): MigrationPlan['strategy'] {
  const isOnlineOnly = targetStores !== undefined || !target.offline;
  const stores = isOnlineOnly ? 'online store' : target.online ? 'online and offline stores' : 'offline store';
  const what = choice.history ? 'every version of each record' : 'the newest row of each identifier';
  const past = choice.history && target.online ? '; older versions and deletions to the offline store alone' : '';
  return {
    read:
      readFrom === 'offline'
        ? `${what} in the offline store, through Athena`
        : 'the records of the online store, through ListRecords and BatchGetRecord',
    write: byAthena
      ? 'the offline store, through INSERT INTO of Athena'
      : `the ${stores}, through BatchWriteRecord${past}`,
  };
}
