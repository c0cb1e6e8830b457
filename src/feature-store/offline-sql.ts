/** The SQL that reads a group's offline table: Athena engine v3 (Trino), columns by name, nothing unquoted that has a name. Pure. */
import { UsageError } from '../errors.js';
import type { FeatureDefinition, FeatureGroup } from './feature-group.js';
import { BYTES_PER_WRITE_UNIT } from './record-size.js';
import { filterCondition } from './sql-filter.js';

export interface LiveRecords {
  /** Features to read; all of them by default. */
  features?: FeatureDefinition[];
  /** `--filter-query`: a condition on the live rows, with or without the word WHERE. */
  filter?: string;
}

/** Feature names start with a letter or digit, so no feature can have these names. */
const RANK = '"_rank"';
const CHOSEN = '"_chosen"';
const BYTES = '"_bytes"';

/** Rows whose size is looked at: LIMIT lets Athena stop after a few files. */
const SAMPLED_ROWS = 1000;
/** Features whose size is looked at, so that the statement of a group of 2,500 stays within Athena's 262,144 bytes. */
const SAMPLED_FEATURES = 100;

/**
 * The newest row of each identifier, without the identifiers whose newest row is a deletion. Result columns bear the
 * features' lower-cased names in the order asked for; collections come as JSON arrays.
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-create-a-dataset.html
 */
export function liveRecordsSql(group: FeatureGroup, { features = group.features, filter }: LiveRecords = {}): string {
  const condition = filter === undefined ? '' : `\n  AND (\n${filterCondition(filter)}\n)`;
  return `SELECT ${selectList(features)}
FROM ${rankedRows(group)}
WHERE ${isLive}${condition}`;
}

/**
 * One row that says what a migration would find: `rows`, `live` and `deleted` identifiers, `chosen` by the filter,
 * rows `without_id` and `without_time`, and `bytes` and `units` of an average record from a sample.
 */
export function countRecordsSql(group: FeatureGroup, { features = group.features, filter }: LiveRecords = {}): string {
  const chosen = filter === undefined ? 'true' : `(\n${filterCondition(filter)}\n)`;
  const [id, time] = [column(group.recordIdentifier), column(group.eventTime)];
  return `SELECT "rows", "live", "deleted", "chosen", "without_id", "without_time", "bytes", "units"
FROM (
  SELECT count(*) AS "rows",
    count_if(${isLive}) AS "live",
    count_if(${RANK} = 1 AND ${isDeleted}) AS "deleted",
    count_if(${CHOSEN}) AS "chosen",
    count_if(${id} IS NULL) AS "without_id",
    count_if(${time} IS NULL) AS "without_time"
  FROM (
    SELECT *, CASE WHEN ${isLive} THEN ${chosen} ELSE false END AS ${CHOSEN}
    FROM ${rankedRows(group)}
  )
) CROSS JOIN (
  SELECT avg(${BYTES}) AS "bytes", avg(greatest(1, ceil(${BYTES} / ${BYTES_PER_WRITE_UNIT}e0))) AS "units"
  FROM (SELECT ${recordBytes(features)} AS ${BYTES} FROM ${tableName(group)} WHERE NOT ${isDeleted} LIMIT ${SAMPLED_ROWS})
)`;
}

/** A bring-your-own table may leave is_deleted null: no deletion. */
const isDeleted = 'coalesce("is_deleted", false)';
/** Told after the window has found the newest row, or deleted records would come back to life. */
const isLive = `${RANK} = 1 AND NOT ${isDeleted}`;

/** `SELECT *` keeps the statement short, and lets a filter name every column; Athena still reads only the columns in use. */
function rankedRows(group: FeatureGroup): string {
  const newestFirst = [eventTimeKey(group), '"api_invocation_time"', '"write_time"'].map(
    (key) => `${key} DESC NULLS LAST`,
  );
  return `(
  SELECT *, row_number() OVER (PARTITION BY ${column(group.recordIdentifier)}
    ORDER BY ${newestFirst.join(', ')}) AS ${RANK}
  FROM ${tableName(group)}
)`;
}

/**
 * What to order event times by. As text `…00.500Z` comes before `…00Z`; this fixed-width key of 19 + 1 + 9 characters sorts as the
 * instants do, to the nanosecond, over years 0000–9999. (`from_iso8601_timestamp` keeps milliseconds, and fails the whole query at one bad value.)
 */
export function eventTimeKey(group: FeatureGroup): string {
  const name = column(group.eventTime);
  if (typeOf(group, group.eventTime) !== 'String') return name;
  return `rpad(CASE WHEN strpos(${name}, '.') > 0 THEN replace(${name}, 'Z', '') ELSE replace(${name}, 'Z', '.') END, 29, '0')`;
}

function typeOf(group: FeatureGroup, name: string): FeatureDefinition['type'] | undefined {
  return group.features.find((feature) => feature.name === name)?.type;
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

/** A feature's column: Glue lower-cases names, and quotes let it be a keyword or hyphenated. */
function column(name: string): string {
  return quoteName(name.toLowerCase());
}

/** @throws UsageError for a group that has no table: one made with DisableGlueTableCreation and no DataCatalogConfig. */
function tableName(group: FeatureGroup): string {
  const table = group.offline?.table;
  if (!table)
    throw new UsageError(
      `Feature group ${group.name} has no Athena table (no DataCatalogConfig), so its offline store cannot be queried.`,
    );
  return `${quoteName(table.database)}.${quoteName(table.name)}`;
}

/** `a"b` → `"a""b"`. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
