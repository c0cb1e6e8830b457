/** The SQL that reads an offline table: Athena engine v3 (Trino), columns by name, every name quoted. Pure. */
import { UsageError } from '../../errors.js';
import type { FeatureDefinition, FeatureGroup } from '../groups/describe.js';
import {
  allOf,
  column,
  eventTimeIs,
  eventTimeKey,
  eventTimeLiteral,
  quoteName,
  sinceDay,
  tableName,
  untilDay,
} from './columns.js';
import { OFFLINE_COLUMNS, SYSTEM_COLUMNS } from '../records/offline-columns.js';
import { BYTES_PER_WRITE_UNIT } from '../records/size.js';
import { ARRIVAL_COLUMNS, arrivalCounts, isSince, withMark, type Arrivals } from './arrivals-sql.js';
import { filterCondition } from './filter.js';

/** Selects rows from the history of a group. */
export interface RowChoice {
  /** Features to read; by default all. */
  features?: FeatureDefinition[];
  /** A condition on live rows, with or without WHERE. */
  filter?: string;
  /** The option it comes from; `--filter-query` by default. */
  filterOption?: string;
  /** The state at this instant (nanoseconds since 1970): later rows are ignored. */
  asOf?: bigint;
  /** Only event times from this instant on. */
  since?: bigint;
  /** Only event times before this instant. */
  until?: bigint;
  /** All versions and deletions, one per event time, instead of the newest. */
  history?: boolean;
  /** Whether to include deletions; by default only for a history. */
  deletions?: boolean;
  /** Adds when the service accepted each row, and when it reached the offline store. */
  systemColumns?: boolean;
  /** Only event times of these days, checked exactly by the caller; reduces what is read of a partitioned table. */
  days?: readonly [first: string, last: string];
  /** Only identifiers with an arrived row. */
  arrivals?: Arrivals;
  /** Sorts by identifier, for a reproducible order. */
  ordered?: boolean;
  limit?: number;
  shard?: Shard;
}

/** One share of the identifiers. */
export interface Shard {
  /** Counted from 0. */
  index: number;
  count: number;
  /** One statement for all shards; a column of the result tells them apart. */
  shared?: boolean;
}

/** Feature names start with a letter or digit, so these names are free. */
const RANK = '"_rank"';
const VERSION = '"_version"';
const CHOSEN = '"_chosen"';
const BYTES = '"_bytes"';
const ARRIVED = '"_arrived"';

/** Result columns that are not features. */
export const DELETED_COLUMN = '_deleted';
export const LIVE_COLUMN = '_live';
export const SHARD_COLUMN = '_shard';

/** Rows sampled for their size; LIMIT lets Athena stop after a few files. */
const SAMPLED_ROWS = 1000;
/** Features sampled for their size: the statement for 2,500 features must stay within the 262,144 bytes of Athena. */
const SAMPLED_FEATURES = 100;

/** is_deleted may be NULL in a bring-your-own table, which means false. */
export const isDeleted = 'coalesce("is_deleted", false)';
/** Evaluated after ranking; filtering earlier would resurrect deleted records. */
const isLive = `${RANK} = 1 AND NOT ${isDeleted}`;

/**
 * The newest row of each identifier, unless it is a deletion. With `history`, all versions by event time, with columns
 * that mark deletions (`_deleted`) and live rows (`_live`). Result columns have the lower-cased names of the features,
 * in the requested order; collections are JSON arrays.
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-create-a-dataset.html
 */
export function recordsSql(group: FeatureGroup, choice: RowChoice = {}): string {
  const { features = group.features, history, shard, systemColumns, ordered, limit } = choice;
  const columns = [
    selectList(features),
    ...(systemColumns ? SYSTEM_COLUMNS.map(quoteName) : []),
    ...(history || choice.deletions ? [`${isDeleted} AS "${DELETED_COLUMN}"`, `(${isLive}) AS "${LIVE_COLUMN}"`] : []),
    ...(shard?.shared ? [`${shardOf(group, shard)} AS "${SHARD_COLUMN}"`] : []),
  ];
  const key = [column(group.recordIdentifier), ...(history ? [eventTimeKey(group)] : [])];
  const order = history || ordered ? `\nORDER BY ${key.join(', ')}` : '';
  const most = limit === undefined ? '' : `\nLIMIT ${limit}`;
  return `SELECT ${columns.join(', ')}\nFROM ${chosenRows(group, choice)}${order}${most}`;
}

/** FROM and WHERE of the selected rows; more conditions can be added with AND. */
export function chosenRows(group: FeatureGroup, choice: RowChoice): string {
  const wanted = isWanted(group, choice);
  if (choice.filter === undefined) return `${rankedRows(group, choice)}\nWHERE ${wanted}`;
  if (!choice.history)
    return `${rankedRows(group, choice)}\nWHERE ${wanted}\n  AND ${passes(group, choice, choice.filter)}`;
  return `(\n  SELECT *, ${isChosen(group, choice)} AS ${CHOSEN}\n  FROM ${rankedRows(group, choice)}\n)\nWHERE ${CHOSEN}`;
}

/** The filter applies to live rows; deletions have no values, and always pass. */
function passes(group: FeatureGroup, { deletions, filterOption }: RowChoice, filter: string): string {
  const condition = `(\n${filterCondition(filter, filterOption, columnsOf(group))}\n)`;
  return deletions ? `CASE WHEN ${isDeleted} THEN true ELSE ${condition} END` : condition;
}

/** As countSql (count-sql.ts), on ranked rows: for a history, or where a filter may name any column. */
export function countRankedSql(group: FeatureGroup, choice: RowChoice = {}): string {
  const { shard, arrivals } = choice;
  const { arrived, recent, timesTold } = arrivalCounts(arrivals ?? { mark: 0 });
  const more = arrivals ? `,\n    ${arrived} AS "arrived", ${recent} AS "recent", ${timesTold}` : '';
  const own: RowChoice = { ...choice, shard: shard && { ...shard, shared: false } };
  const [id, time] = [column(group.recordIdentifier), column(group.eventTime)];
  // Rows that the service would reject are counted separately.
  const isRecord = `${id} IS NOT NULL AND ${time} IS NOT NULL`;
  return `SELECT "rows", "live", "deleted", "chosen", "markers", "without_id", "without_time", "bytes", "units"${arrivals ? ARRIVAL_COLUMNS : ''}
FROM (
  SELECT count(*) AS "rows",
    count_if(${isLive} AND ${isRecord}) AS "live",
    count_if(${RANK} = 1 AND ${isDeleted} AND ${id} IS NOT NULL) AS "deleted",
    count_if(${CHOSEN} AND ${isRecord}) AS "chosen",
    count_if(${CHOSEN} AND ${isDeleted} AND ${isRecord}) AS "markers",
    count_if(${id} IS NULL) AS "without_id",
    count_if(${time} IS NULL) AS "without_time"${more}
  FROM (
    SELECT *, ${isChosen(group, own)} AS ${CHOSEN}
    FROM ${rankedRows(group, own)}
  )${withMark(group, arrivals)}
) CROSS JOIN (
${sampleSql(group, choice)}
)`;
}

/** Average bytes and write units of a record. */
export function sampleSql(group: FeatureGroup, { features = group.features }: RowChoice): string {
  return `  SELECT avg(${BYTES}) AS "bytes", avg(greatest(1, ceil(${BYTES} / ${BYTES_PER_WRITE_UNIT}e0))) AS "units"
  FROM (SELECT ${recordBytes(features)} AS ${BYTES} FROM ${tableName(group)} WHERE NOT ${isDeleted} LIMIT ${SAMPLED_ROWS})`;
}

/** `SELECT *` keeps the statement short and lets a filter name any column; Athena still reads only the columns used. */
function rankedRows(group: FeatureGroup, choice: RowChoice): string {
  const { history, arrivals } = choice;
  const id = column(group.recordIdentifier);
  const latestFirst = '"api_invocation_time" DESC NULLS LAST, "write_time" DESC NULLS LAST';
  const version = `,\n    row_number() OVER (PARTITION BY ${id}, ${eventTimeKey(group)}\n    ORDER BY ${latestFirst}) AS ${VERSION}`;
  const arrived =
    arrivals?.since === undefined
      ? ''
      : `,\n    bool_or(${isSince(arrivals.since)}) OVER (PARTITION BY ${id}) AS ${ARRIVED}`;
  return `(
  SELECT *, row_number() OVER (PARTITION BY ${id}
    ORDER BY ${eventTimeKey(group)} DESC NULLS LAST, ${latestFirst}) AS ${RANK}${history ? version : ''}${arrived}
  FROM ${tableName(group)}${within(group, choice)}
)`;
}

/**
 * Restricts the rows before ranking. Dropping rows before the start of a period does not change which row is the
 * newest; dropping rows after its end would, and is only done for a history without a filter.
 */
export function within(group: FeatureGroup, { asOf, since, days, history, filter, shard }: RowChoice): string {
  const conditions = allOf([
    asOf === undefined ? undefined : eventTimeIs(group, '<=', asOf),
    since === undefined ? undefined : eventTimeIs(group, '>=', since),
    days && sinceDay(group, days[0]),
    days && history && filter === undefined ? untilDay(group, days[1]) : undefined,
    shard && !shard.shared ? `${shardOf(group, shard)} = ${shard.index}` : undefined,
  ]);
  return conditions === '' ? '' : `\n  WHERE ${conditions}`;
}

/** Whether a ranked row is selected, apart from the filter. */
function isWanted(group: FeatureGroup, { history, until, arrivals, deletions = history === true }: RowChoice): string {
  const time = eventTimeKey(group);
  return allOf([
    `${history ? VERSION : RANK} = 1`,
    deletions ? undefined : `NOT ${isDeleted}`,
    arrivals?.since === undefined ? undefined : ARRIVED,
    until === undefined ? undefined : `${time} < ${eventTimeLiteral(group, until)}`,
  ]);
}

/** Columns that a filter may name: features, system columns, and the partition columns. */
const columnsOf = ({ features }: FeatureGroup): string[] => [
  ...features.map(({ name }) => name),
  ...OFFLINE_COLUMNS,
  ...['year', 'month', 'day', 'hour'],
];

/** Includes the filter, which applies to live rows; if the live record passes, its whole history is selected. */
function isChosen(group: FeatureGroup, choice: RowChoice): string {
  const wanted = isWanted(group, choice);
  if (choice.filter === undefined) return `(${wanted})`;
  if (!choice.history) return `CASE WHEN ${wanted} THEN ${passes(group, choice, choice.filter)} ELSE false END`;
  const condition = `(\n${filterCondition(choice.filter, choice.filterOption, columnsOf(group))}\n)`;
  const ofRecord = `bool_or(CASE WHEN ${isLive} THEN ${condition} ELSE false END) OVER (PARTITION BY ${column(group.recordIdentifier)})`;
  return `CASE WHEN ${wanted} THEN ${ofRecord} ELSE false END`;
}

/** Rows without an identifier go to the first shard, to be reported once. */
export function shardOf(group: FeatureGroup, { count }: Shard): string {
  const text = `CAST(${column(group.recordIdentifier)} AS varchar)`;
  return `coalesce(abs(mod(from_big_endian_64(xxhash64(to_utf8(${text}))), ${count})), 0)`;
}

/** @throws UsageError where two features differ only in case: Glue has one column for both */
function selectList(features: FeatureDefinition[]): string {
  const byColumn = new Map<string, string>();
  for (const { name } of features) {
    const other = byColumn.get(name.toLowerCase());
    if (other)
      throw new UsageError(
        `Features ${other} and ${name} share one column in Athena, so neither can be read reliably.`,
      );
    byColumn.set(name.toLowerCase(), name);
  }
  return features.map(selected).join(', ');
}

/** Athena prints arrays as `[p, q, null]`, which is ambiguous; JSON is not. */
function selected({ name, collection }: FeatureDefinition): string {
  return collection ? `json_format(CAST(${column(name)} AS JSON)) AS ${column(name)}` : column(name);
}

/** UTF-8 bytes of names and values; features beyond the sample are assumed to be alike. */
function recordBytes(features: FeatureDefinition[]): string {
  const measured = features.slice(0, SAMPLED_FEATURES);
  const each = measured.map(({ name, collection }) => {
    const text = collection ? `json_format(CAST(${column(name)} AS JSON))` : `CAST(${column(name)} AS varchar)`;
    return `coalesce(length(to_hex(to_utf8(${text}))) / 2 + ${Buffer.byteLength(name)}, 0)`;
  });
  const sum = each.join(' + ');
  return measured.length === features.length ? sum : `(${sum}) * ${features.length} / ${measured.length}`;
}
