/** The SQL that reads a group's offline table: Athena engine v3 (Trino), columns by name, nothing unquoted that has a name. Pure. */
import { UsageError } from '../../errors.js';
import type { FeatureDefinition, FeatureGroup } from '../groups/describe.js';
import {
  column,
  eventTimeIs,
  eventTimeKey,
  eventTimeLiteral,
  quoteName,
  sinceDay,
  tableName,
  untilDay,
} from './columns.js';
import { BYTES_PER_WRITE_UNIT } from '../records/size.js';
import { ARRIVAL_COLUMNS, arrivalCounts, isSince, withMark, type Arrivals } from './arrivals-sql.js';
import { filterCondition } from './filter.js';

/** Which rows of a group's history are wanted. */
export interface RowChoice {
  /** Features to read; all of them by default. */
  features?: FeatureDefinition[];
  /** A condition on the live rows, with or without the word WHERE. */
  filter?: string;
  /** The option that it was typed for, `--filter-query` by default. */
  filterOption?: string;
  /** The state of that instant, nanoseconds since 1970: later rows count for nothing. */
  asOf?: bigint;
  /** Only rows with an event time from this instant on. */
  since?: bigint;
  /** Only rows with an event time before this instant. */
  until?: bigint;
  /** Every version and deletion of a record, one for each event time, instead of the newest alone. */
  history?: boolean;
  /** Whether deletions are among the rows; by default those of a history are. */
  deletions?: boolean;
  /** When the service took each row, and when it reached the offline store. */
  systemColumns?: boolean;
  /** Only rows with event times of these days, which the caller tells exactly: less is read of a partitioned table. */
  days?: readonly [first: string, last: string];
  /** Only identifiers of which a row has arrived. */
  arrivals?: Arrivals;
  /** By identifier, so that the same rows come in the same order. */
  ordered?: boolean;
  /** So many rows at most. */
  limit?: number;
  shard?: Shard;
}

/** One n-th of the identifiers. */
export interface Shard {
  /** From 0. */
  index: number;
  count: number;
  /** The statement serves all shards, and a column of its result says which row is whose. */
  shared?: boolean;
}

/** Feature names start with a letter or digit, so no feature can have these names. */
const RANK = '"_rank"';
const VERSION = '"_version"';
const CHOSEN = '"_chosen"';
const BYTES = '"_bytes"';
const ARRIVED = '"_arrived"';

/** Columns of the result that are no features. */
export const DELETED_COLUMN = '_deleted';
export const LIVE_COLUMN = '_live';
export const SHARD_COLUMN = '_shard';
/** What the service adds to each row, beside `is_deleted`; no feature can have these names. */
export const SYSTEM_COLUMNS = ['write_time', 'api_invocation_time'];

/** Rows whose size is looked at: LIMIT lets Athena stop after a few files. */
const SAMPLED_ROWS = 1000;
/** Features whose size is looked at, so that the statement of a group of 2,500 stays within Athena's 262,144 bytes. */
const SAMPLED_FEATURES = 100;

/** A bring-your-own table may leave is_deleted null: no deletion. */
export const isDeleted = 'coalesce("is_deleted", false)';
/** Told after the window has found the newest row, or deleted records would come back to life. */
const isLive = `${RANK} = 1 AND NOT ${isDeleted}`;

/**
 * The newest row of each identifier, without the identifiers whose newest row is a deletion; or, as `history`, all versions
 * in the order of their event times, with a column that tells deletions (`_deleted`) and one that tells live rows (`_live`).
 * Result columns bear the features' lower-cased names in the order asked for; collections come as JSON arrays.
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

/** `FROM` and `WHERE` of the rows that are to be carried; more conditions can be added with AND. */
export function chosenRows(group: FeatureGroup, choice: RowChoice): string {
  const wanted = isWanted(group, choice);
  if (choice.filter === undefined) return `${rankedRows(group, choice)}\nWHERE ${wanted}`;
  if (!choice.history)
    return `${rankedRows(group, choice)}\nWHERE ${wanted}\n  AND ${passes(group, choice, choice.filter)}`;
  return `(\n  SELECT *, ${isChosen(group, choice)} AS ${CHOSEN}\n  FROM ${rankedRows(group, choice)}\n)\nWHERE ${CHOSEN}`;
}

/** The filter looks at live rows: a deletion has no values, and goes with those that pass. */
function passes(group: FeatureGroup, { deletions, filterOption }: RowChoice, filter: string): string {
  const condition = `(\n${filterCondition(filter, filterOption, columnsOf(group))}\n)`;
  return deletions ? `CASE WHEN ${isDeleted} THEN true ELSE ${condition} END` : condition;
}

/** What countSql (count-sql.ts) says, of rows in their order: for a history, or where a condition may name any column. */
export function countRankedSql(group: FeatureGroup, choice: RowChoice = {}): string {
  const { shard, arrivals } = choice;
  const { arrived, recent, timesTold } = arrivalCounts(arrivals ?? { mark: 0 });
  const more = arrivals ? `,\n    ${arrived} AS "arrived", ${recent} AS "recent", ${timesTold}` : '';
  const own: RowChoice = { ...choice, shard: shard && { ...shard, shared: false } };
  const [id, time] = [column(group.recordIdentifier), column(group.eventTime)];
  // What the service would refuse is told apart, and not promised.
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

/** Bytes and write units of an average record. */
export function sampleSql(group: FeatureGroup, { features = group.features }: RowChoice): string {
  return `  SELECT avg(${BYTES}) AS "bytes", avg(greatest(1, ceil(${BYTES} / ${BYTES_PER_WRITE_UNIT}e0))) AS "units"
  FROM (SELECT ${recordBytes(features)} AS ${BYTES} FROM ${tableName(group)} WHERE NOT ${isDeleted} LIMIT ${SAMPLED_ROWS})`;
}

/** `SELECT *` keeps the statement short, and lets a filter name every column; Athena still reads only the columns in use. */
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
 * The rows that are looked at, ahead of telling which is the newest: those of a period's beginning and later ones tell that as
 * well as all do; later ones than its end are needed, but for a history that no filter chooses by its newest row.
 */
export function within(group: FeatureGroup, { asOf, since, days, history, filter, shard }: RowChoice): string {
  const conditions = [
    asOf === undefined ? undefined : eventTimeIs(group, '<=', asOf),
    since === undefined ? undefined : eventTimeIs(group, '>=', since),
    days && sinceDay(group, days[0]),
    days && history && filter === undefined ? untilDay(group, days[1]) : undefined,
    shard && !shard.shared ? `${shardOf(group, shard)} = ${shard.index}` : undefined,
  ].filter((condition) => condition !== undefined);
  return conditions.length > 0 ? `\n  WHERE ${conditions.join(' AND ')}` : '';
}

/** Whether a ranked row is one to carry, as far as no filter tells. */
function isWanted(group: FeatureGroup, { history, until, arrivals, deletions = history === true }: RowChoice): string {
  const time = eventTimeKey(group);
  return [
    `${history ? VERSION : RANK} = 1`,
    deletions ? undefined : `NOT ${isDeleted}`,
    arrivals?.since === undefined ? undefined : ARRIVED,
    until === undefined ? undefined : `${time} < ${eventTimeLiteral(group, until)}`,
  ]
    .filter((condition) => condition !== undefined)
    .join(' AND ');
}

/** Columns that a condition can name: those of the features, of the service, and of the hours that objects are sorted into. */
const columnsOf = ({ features }: FeatureGroup): string[] => [
  ...features.map(({ name }) => name),
  ...SYSTEM_COLUMNS,
  ...['is_deleted', 'year', 'month', 'day', 'hour'],
];

/** With the filter, which looks at live rows alone; of a live record that passes, the whole history is chosen. */
function isChosen(group: FeatureGroup, choice: RowChoice): string {
  const wanted = isWanted(group, choice);
  if (choice.filter === undefined) return `(${wanted})`;
  if (!choice.history) return `CASE WHEN ${wanted} THEN ${passes(group, choice, choice.filter)} ELSE false END`;
  const condition = `(\n${filterCondition(choice.filter, choice.filterOption, columnsOf(group))}\n)`;
  const ofRecord = `bool_or(CASE WHEN ${isLive} THEN ${condition} ELSE false END) OVER (PARTITION BY ${column(group.recordIdentifier)})`;
  return `CASE WHEN ${wanted} THEN ${ofRecord} ELSE false END`;
}

/** Rows that name no record go to the first shard, to be reported once. */
export function shardOf(group: FeatureGroup, { count }: Shard): string {
  const text = `CAST(${column(group.recordIdentifier)} AS varchar)`;
  return `coalesce(abs(mod(from_big_endian_64(xxhash64(to_utf8(${text}))), ${count})), 0)`;
}

/** @throws UsageError where two features differ in case alone: Glue has one column for both. */
function selectList(features: FeatureDefinition[]): string {
  const byColumn = new Map<string, string>();
  for (const { name } of features) {
    const other = byColumn.get(name.toLowerCase());
    if (other)
      throw new UsageError(
        `Features ${other} and ${name} share one column in Athena; neither can be read for certain.`,
      );
    byColumn.set(name.toLowerCase(), name);
  }
  return features.map(selected).join(', ');
}

/** Athena prints an array as `[p, q, null]`, which cannot be read back; JSON can. */
function selected({ name, collection }: FeatureDefinition): string {
  return collection ? `json_format(CAST(${column(name)} AS JSON)) AS ${column(name)}` : column(name);
}

/** UTF-8 bytes of names and values; what is left unmeasured is taken to be like the rest. */
function recordBytes(features: FeatureDefinition[]): string {
  const measured = features.slice(0, SAMPLED_FEATURES);
  const each = measured.map(({ name, collection }) => {
    const text = collection ? `json_format(CAST(${column(name)} AS JSON))` : `CAST(${column(name)} AS varchar)`;
    return `coalesce(length(to_hex(to_utf8(${text}))) / 2 + ${Buffer.byteLength(name)}, 0)`;
  });
  const sum = each.join(' + ');
  return measured.length === features.length ? sum : `(${sum}) * ${features.length} / ${measured.length}`;
}
