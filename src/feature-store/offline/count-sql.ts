/** The SQL that counts what a migration, export or comparison would find. Pure. */
import type { FeatureGroup } from '../groups/describe.js';
import { allOf, column, eventTimeKey, eventTimeLiteral, tableName } from './columns.js';
import { ARRIVAL_COLUMNS, arrivalCounts, withMark } from './arrivals-sql.js';
import { countRankedSql, isDeleted, sampleSql, SHARD_COLUMN, shardOf, within, type RowChoice } from './sql.js';

/**
 * Returns one row: `rows`, `live` and `deleted` identifiers, rows `chosen` and the deletions among them (`markers`),
 * rows `without_id` and `without_time`, and from a sample the average `bytes` and `units` of a record. For shards with
 * a shared statement, one row per shard that is not empty. With `arrivals` also the rows `arrived` since then, the next
 * `mark`, the rows since that (`recent`), and the newest arrival (`last`).
 */
export function countSql(group: FeatureGroup, choice: RowChoice = {}): string {
  return isByIdentifier(choice) ? countByIdentifierSql(group, choice) : countRankedSql(group, choice);
}

/** Whether all shards can use the same statement. */
export const isCountShared = (choice: RowChoice): boolean => choice.shard?.shared === true && isByIdentifier(choice);

/** A filter may name any column, and a history needs all rows: both require the ranked rows. */
const isByIdentifier = ({ filter, history }: RowChoice) => filter === undefined && !history;

/** Keeps one entry per identifier: ranking the whole history would take more memory than the migration itself. */
function countByIdentifierSql(group: FeatureGroup, choice: RowChoice): string {
  const [id, time, key] = [column(group.recordIdentifier), column(group.eventTime), eventTimeKey(group)];
  const { deletions, until, shard, arrivals } = choice;
  const isRecord = `${id} IS NOT NULL AND "_newest" IS NOT NULL`;
  const chosen = allOf([
    deletions ? undefined : 'NOT "_deleted"',
    arrivals?.since === undefined ? undefined : '"_arrived" > 0',
    until === undefined ? undefined : `"_newest" < ${eventTimeLiteral(group, until)}`,
    isRecord,
  ]);
  const shared = shard?.shared ? `${shardOf(group, shard)} AS "${SHARD_COLUMN}", ` : '';
  const { arrived, recent, times, timesTold } = arrivalCounts(arrivals ?? { mark: 0 });
  const own = arrivals ? `,\n      ${arrived} AS "_arrived", ${recent} AS "_recent", ${times}` : '';
  const sums = arrivals
    ? `,\n    coalesce(sum("_arrived"), 0) AS "arrived", coalesce(sum("_recent"), 0) AS "recent", ${timesTold}`
    : '';
  // NULL, possible in bring-your-own tables, comes last; rows with a NULL cannot be compared.
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
