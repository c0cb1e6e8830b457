/** The statement that counts what a migration, an export or a comparison would find. Pure. */
import type { FeatureGroup } from '../groups/describe.js';
import { column, eventTimeKey, eventTimeLiteral, tableName } from './columns.js';
import { ARRIVAL_COLUMNS, arrivalCounts, withMark } from './arrivals-sql.js';
import { countRankedSql, isDeleted, sampleSql, SHARD_COLUMN, shardOf, within, type RowChoice } from './sql.js';

/**
 * One row that says what would be found: `rows`, `live` and `deleted` identifiers, rows `chosen` and deletions among them
 * (`markers`), rows `without_id` and `without_time`, and `bytes` and `units` of an average record from a sample. For shards
 * that share a statement one row each, but for those that have nothing. With `arrivals` also rows that have `arrived` since
 * then, the `mark` for the next time, rows that are as `recent` as that, and when the `last` one came.
 */
export function countSql(group: FeatureGroup, choice: RowChoice = {}): string {
  return isByIdentifier(choice) ? countByIdentifierSql(group, choice) : countRankedSql(group, choice);
}

/** Whether all shards can have the same statement. */
export const isCountShared = (choice: RowChoice): boolean => choice.shard?.shared === true && isByIdentifier(choice);

/** A condition may name any column, and a history is made of all rows: both have to be looked at in their order. */
const isByIdentifier = ({ filter, history }: RowChoice) => filter === undefined && !history;

/**
 * Looks at identifier, times and deletions alone, and keeps a line for each identifier instead of putting the whole history
 * in order, which takes more memory than the migration itself.
 */
function countByIdentifierSql(group: FeatureGroup, choice: RowChoice): string {
  const [id, time, key] = [column(group.recordIdentifier), column(group.eventTime), eventTimeKey(group)];
  const { deletions, until, shard, arrivals } = choice;
  const isRecord = `${id} IS NOT NULL AND "_newest" IS NOT NULL`;
  const chosen = [
    deletions ? undefined : 'NOT "_deleted"',
    arrivals?.since === undefined ? undefined : '"_arrived" > 0',
    until === undefined ? undefined : `"_newest" < ${eventTimeLiteral(group, until)}`,
    isRecord,
  ]
    .filter((condition) => condition !== undefined)
    .join(' AND ');
  const shared = shard?.shared ? `${shardOf(group, shard)} AS "${SHARD_COLUMN}", ` : '';
  const { arrived, recent, times, timesTold } = arrivalCounts(arrivals ?? { mark: 0 });
  const own = arrivals ? `,\n      ${arrived} AS "_arrived", ${recent} AS "_recent", ${times}` : '';
  const sums = arrivals
    ? `,\n    coalesce(sum("_arrived"), 0) AS "arrived", coalesce(sum("_recent"), 0) AS "recent", ${timesTold}`
    : '';
  // Null is what a row of a bring-your-own table may leave out, and comes last; rows with a null in them cannot be compared.
  const first = time === key ? `coalesce(${time}, -infinity())` : `coalesce(${key}, '')`;
  const ties = ['"api_invocation_time"', '"write_time"'].map((name) => `coalesce(CAST(${name} AS varchar), '')`);
  return `SELECT ${shared && `"${SHARD_COLUMN}", `}"rows", "live", "deleted", "chosen", "markers", "without_id", "without_time", "bytes", "units"${arrivals ? ARRIVAL_COLUMNS : ''}
FROM (
  SELECT ${shared}coalesce(sum("_rows"), 0) AS "rows",
    count_if(NOT "_deleted" AND ${isRecord}) AS "live",
    count_if("_deleted" AND ${id} IS NOT NULL) AS "deleted",
    count_if(${chosen}) AS "chosen",
    count_if(${chosen} AND "_deleted") AS "markers",
    coalesce(sum(CASE WHEN ${id} IS NULL THEN "_rows" ELSE 0 END), 0) AS "without_id",
    coalesce(sum("_timeless"), 0) AS "without_time"${sums}
  FROM (
    SELECT ${id}, count(*) AS "_rows", count_if(${time} IS NULL) AS "_timeless", max(${key}) AS "_newest",
      max_by(${isDeleted}, ROW(${[first, ...ties].join(', ')})) AS "_deleted"${own}
    FROM ${tableName(group)}${withMark(group, arrivals)}${within(group, choice)}
    GROUP BY ${id}
  )${shared && '\n  GROUP BY 1'}
) CROSS JOIN (
${sampleSql(group, choice)}
)`;
}
