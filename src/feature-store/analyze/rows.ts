/** Statistics on the rows of an offline table, from one query: rows, identifiers, and range of event times. */
import type { Clients } from '../../config.js';
import { eventTimeTypeOf, type FeatureGroup } from '../groups/describe.js';
import { numbersOf, queryTable } from '../offline/athena-result.js';
import type { AthenaOptions } from '../offline/athena-run.js';
import { column, eventTimeKey, tableName } from '../offline/columns.js';
import { unreadable } from '../offline/offline-store.js';
import { isDeleted } from '../offline/sql.js';
import { eventTimeForm } from '../records/event-time.js';
import { writeTime } from '../records/zoned-time.js';

export type RowsFound = Awaited<ReturnType<typeof findRows>>;

/** Returns one row, with columns as `findRows` reads them. */
export function rowsSql(group: FeatureGroup): string {
  return `SELECT coalesce(sum("_rows"), 0) AS "rows", count(DISTINCT "_id") AS "identifiers",
  coalesce(sum("_rows"), 0) - count(*) AS "duplicates", coalesce(sum("_deleted"), 0) AS "tombstones",
  min("_time") AS "oldest", max("_time") AS "newest"
FROM (
  SELECT ${column(group.recordIdentifier)} AS "_id", ${eventTimeKey(group)} AS "_time",
    count(*) AS "_rows", count_if(${isDeleted}) AS "_deleted"
  FROM ${tableName(group)}
  GROUP BY 1, 2
)`;
}

/** @throws CommandError where the table cannot be read; else as runQuery does */
export async function findRows(aws: Clients, group: FeatureGroup, options: AthenaOptions) {
  const query = { sql: rowsSql(group), group };
  const [header = [], row] = await queryTable(aws, query, options).catch(unreadable(group));
  const text = (name: string) => row?.[header.indexOf(name)] ?? undefined;
  const number = numbersOf(header, row);
  return {
    rows: number('rows'),
    identifiers: number('identifiers'),
    /** Rows with the same identifier and event time as another row. */
    duplicates: number('duplicates'),
    /** Rows that record a deletion. */
    tombstones: number('tombstones'),
    /** ISO-8601; undefined for an empty table. */
    oldest: isoOf(text('oldest'), group),
    newest: isoOf(text('newest'), group),
  };
}

/** Turns a key of `eventTimeKey` back into an event time. */
function isoOf(key: string | undefined, group: FeatureGroup): string | undefined {
  if (key === undefined) return undefined;
  const instant = eventTimeForm(eventTimeTypeOf(group)).parseKey(key);
  return instant === undefined ? key : writeTime(instant, 'String');
}
