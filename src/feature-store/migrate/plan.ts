/** What a migration will do, how long it takes, and what it costs. Pure. */
import { RefusedError } from '../../errors.js';
import { type FeatureGroup, plannedGroup } from '../groups/describe.js';
import type { Migration } from './check.js';
import type { KeptMark, Mark } from './mark.js';
import { readingWords } from '../offline/offline-store.js';
import { plannedReading, type Found } from '../offline/record-source.js';
import { lifeWords } from '../records/expiry.js';
import { counted, countedWith } from '../../utils/quantities.js';
import { changeOf } from '../schema/schema-match.js';
import { PRICED, athenaCost, athenaReadingCost } from '../bulk/prices.js';
import { onlineCost, type Verified } from './cost.js';
import { MAX_ENTRIES_PER_BATCH_WRITE } from '../online/write/write-calls.js';

/** Assumed latency of BatchWriteRecord, stated in the plan. */
const ASSUMED_CALL_MS = 20;
/**
 * Quota of calls per second, per operation, account and region.
 * https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-quotas.html
 */
const CALLS_PER_SECOND_QUOTA = 10_000;

export interface Pace {
  maxWorkers: number;
  /** Calls a second. */
  tps?: number;
  /** `--verify` */
  verify?: Verified;
}

export type MigrationPlan = ReturnType<typeof planMigration>;
export type IncrementalPlan = ReturnType<typeof incrementalOf>;

export interface PlanInput {
  migration: Migration;
  /** The mark and its location. */
  mark?: Pick<KeptMark, 'place' | 'last' | 'isSetAside'>;
  found: Found;
  pace: Pace;
  sql?: string;
}

/**
 * Estimates with the units of the service: 1 KB of a record per write unit, and full BatchWriteRecord calls.
 * @throws RefusedError (exit 6) where rows have arrived that the mark would skip
 */
export function planMigration({ migration, mark, found: all, pace, sql }: PlanInput) {
  const { source, target, match, choice } = migration;
  const incremental = mark && incrementalOf(all, mark);
  const isQuiet = incremental?.quiet === true;
  // A quiet round would select only rows that are migrated already.
  const found = isQuiet ? { ...all, toWrite: 0, markers: 0 } : all;
  const { live, toWrite, markers = 0, athenaBytes } = found;
  const effort = migration.byAthena ? NO_EFFORT : effortOf(found, pace);
  const { writes, reads, unpriced } = onlineCost(migration, found, { ...effort, verify: pace.verify });
  const athena =
    athenaBytes === undefined ? 0 : isQuiet ? athenaCost(athenaBytes) : athenaReadingCost({ ...found, athenaBytes });
  const { ttl } = target.online ?? {};
  return {
    source: plannedGroup(source),
    target: plannedGroup(target),
    stores: { read: migration.readFrom, write: storesOf(migration) },
    strategy: strategyOf(migration),
    filterQuery: choice.filter,
    incremental,
    /** `2/16` */
    shard: choice.shard && `${choice.shard.index + 1}/${choice.shard.count}`,
    /** TTL of the online records, counted from the event time. */
    timeToLive: ttl && lifeWords(ttl),
    features: {
      migrated: match.pairs.map((pair) => pair.source.name),
      changed: match.pairs.flatMap(changeOf),
      leftBehind: match.dropped.map(({ name }) => name),
      leftUnset: match.unset.map(({ name }) => name),
    },
    ...plannedReading(target.arn, migration, found),
    ...{ live, toWrite },
    /** Deletions among these. */
    markers: choice.history || incremental ? markers : undefined,
    /** Live records excluded by filter or period. */
    filtered: choice.history || incremental ? undefined : live - toWrite,
    ...effort,
    cost: {
      ...{ usd: micros(writes + reads + athena), writes: micros(writes), reads: micros(reads), athena: micros(athena) },
      unpriced,
      ...PRICED,
    },
    warnings: [
      ...migration.warnings,
      ...textWarnings(migration),
      ...(found.warnings ?? []),
      ...removalWarnings(migration, { found, last: mark?.last }),
      ...capacityWarnings(target, { ...found, ...effort }),
    ],
    sql,
  };
}

/** What a resumed run has left of its plan, at most: some of the reads may be done as well. */
export function restOf(plan: MigrationPlan, { done, queryId }: { done: number; queryId?: string }): MigrationPlan {
  const toWrite = Math.max(0, plan.toWrite - done);
  const share = toWrite / Math.max(1, plan.toWrite);
  const { writes, reads, athena } = plan.cost;
  const usd = micros(writes * share + reads + (queryId === undefined ? athena : 0));
  const effort = { writeUnits: Math.ceil(plan.writeUnits * share), minutes: plan.minutes * share };
  return { ...plan, toWrite, ...effort, cost: { ...plan.cost, usd } };
}

function incrementalOf({ arrivals, rows = 0 }: Found, { place, last, isSetAside }: NonNullable<PlanInput['mark']>) {
  const { arrived = 0, mark = 0, recent = 0, last: newest = 0 } = arrivals ?? {};
  const next: Mark = { since: mark, rows: recent, newest, total: rows };
  const late = last ? rows - last.total - (arrived - last.rows) : 0;
  if (late > 0)
    throw new RefusedError(
      `${countedWith(late, 'row', ['has', 'have'])} reached the offline store since the last run with a write_time from before its mark, more than an hour late or by another clock: remove ${place} and everything is migrated again.`,
    );
  return {
    /** Where the mark is kept. */
    state: place,
    /** Rows that reached the offline store from then on, ISO-8601; undefined for the first run, which migrates everything. */
    since: last && new Date(last.since * 1000).toISOString(),
    /** Whether an existing mark is ignored, so that everything is migrated. */
    isSetAside: isSetAside || undefined,
    /** The number of such rows. */
    rows: arrived,
    /** Whether the previous run has migrated them all. */
    quiet: last?.rows === arrived && last.newest === newest,
    /** The mark to set once everything has arrived. */
    next,
  };
}

/** A row removed from a table leaves no deletion to migrate. */
function removalWarnings({ source, target }: Migration, { found, last }: { found: Found; last?: Mark }): string[] {
  const gone = (last?.rows ?? 0) - (found.arrivals?.arrived ?? 0);
  if (gone <= 0) return [];
  return [
    `${countedWith(gone, 'row', ['has', 'have'])} been removed from the offline store of ${source.name} since the last run: records that are gone with them stay in ${target.name}; sagemaker-fs compare ${source.name} ${target.name} lists those.`,
  ];
}

/** Sums are rounded to a millionth of a dollar. */
const micros = (usd: number) => Math.round(usd * 1e6) / 1e6;

type Effort = ReturnType<typeof effortOf>;

const NO_EFFORT: Effort = {
  writeUnits: 0,
  calls: 0,
  minutes: 0,
  pace: 'Athena inserts the rows by itself',
  quotaShare: 0,
  unitsPerSecond: 0,
};

/** A deletion takes a call and a write unit of its own. */
function effortOf({ toWrite, markers = 0, averageWriteUnits }: Found, { maxWorkers, tps }: Pace) {
  const records = toWrite - markers;
  const unitsOfRecord = Math.max(1, averageWriteUnits);
  const calls = Math.ceil(records / MAX_ENTRIES_PER_BATCH_WRITE) + markers;
  const perSecond = Math.min(tps ?? Infinity, (maxWorkers * 1000) / ASSUMED_CALL_MS);
  return {
    writeUnits: Math.ceil(records * unitsOfRecord) + markers,
    calls,
    minutes: Math.ceil((calls / perSecond / 60) * 1000) / 1000,
    pace: tps ? `at most ${counted(tps, 'call')} a second` : `${counted(maxWorkers, 'call')} in flight`,
    /** Share of the default quota of the account that this rate uses, 0 to 1. */
    quotaShare: perSecond / CALLS_PER_SECOND_QUOTA,
    unitsPerSecond: Math.round(perSecond * Math.min(MAX_ENTRIES_PER_BATCH_WRITE, toWrite) * unitsOfRecord),
  };
}

/** A record that was put under `1` comes back as `1.0`, which is another one online. */
function textWarnings({ source, target, readFrom, byAthena }: Migration): string[] {
  const id = source.features.find(({ name }) => name === source.recordIdentifier);
  if (id?.type !== 'Fractional' || readFrom === 'online' || !target.online || byAthena) return [];
  const instead = source.online ? '; --read-from online keeps the text' : '';
  return [
    `The record identifier ${id.name} is Fractional: the offline store has one number for 1, 1.0 and 1e0, and it is written as 1.0, which is a record of its own online${instead}.`,
  ];
}

/** Throttling loses nothing, but slows this run, and hurts others that write to the group. */
function capacityWarnings({ name, throughput }: FeatureGroup, { unitsPerSecond, quotaShare }: Effort): string[] {
  const warnings: string[] = [];
  const { mode, write = 0 } = throughput ?? {};
  if (mode === 'Provisioned' && unitsPerSecond > write)
    warnings.push(
      `${name} has ${write} provisioned write units a second, and this pace may ask for ${unitsPerSecond}: the rest is throttled. --tps sets the pace.`,
    );
  if (quotaShare > 1)
    warnings.push(`This pace is beyond the default quota of ${CALLS_PER_SECOND_QUOTA} calls a second; --tps sets it.`);
  return warnings;
}

/** The stores of the target that are written: `online`, `offline` or `online+offline`. */
function storesOf({ target, targetStores, byAthena }: Migration): string {
  if (byAthena) return 'offline';
  if (targetStores !== undefined || !target.offline) return 'online';
  return target.online ? 'online+offline' : 'offline';
}

/** The operations that read the source and write the target. */
function strategyOf(migration: Migration): { read: string; write: string } {
  const { readFrom, target, choice, byAthena } = migration;
  const stores = storesOf(migration).replace('+', ' and ');
  const past = choice.history && target.online ? '; older versions and deletions to the offline store alone' : '';
  return {
    read: readingWords(readFrom, choice.history).read,
    write: byAthena ? 'the offline store, through INSERT INTO of Athena' : `${stores}, through BatchWriteRecord${past}`,
  };
}
