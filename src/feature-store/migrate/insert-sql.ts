/** The SQL that copies rows from one offline table into another. Pure. */
import type { Migration } from './check.js';
import { column, tableName } from '../offline/columns.js';
import { chosenRows, isDeleted } from '../offline/sql.js';
import type { FeaturePair } from '../schema/schema-match.js';

/** Limit of Athena on partitions per INSERT. https://docs.aws.amazon.com/athena/latest/ug/ctas-insert-into.html */
const MAX_PARTITIONS_PER_INSERT = 100;

/** A range of event days, `2026-01-31`, by which an Iceberg group is partitioned. */
export type Days = [first: string, last: string];

const SQL_TYPES = { String: 'varchar', Integral: 'bigint', Fractional: 'double' } as const;

/**
 * Appends the selected rows to the table of the target. Feature Store keeps no list of its rows, so it treats them as
 * its own. Their write times are kept, since they break ties between equal event times.
 */
export function insertSql({ source, target, match, choice }: Migration, days?: Days): string {
  const columns = [...match.pairs.map((pair) => column(pair.target.name)), ...OWN_COLUMNS.map(([name]) => name)];
  const values = [...match.pairs.map(converted), ...OWN_COLUMNS.map(([, value]) => value)];
  const within = days ? `\n  AND ${dayOf(source)} BETWEEN '${days[0]}' AND '${days[1]}'` : '';
  return `INSERT INTO ${tableName(target)} (${columns.join(', ')})
SELECT ${values.join(', ')}
FROM ${chosenRecords(source, { ...choice, days })}${within}`;
}

/** Rows without identifier or event time, which bring-your-own tables may contain, are no records. */
const chosenRecords = (source: Migration['source'], choice: Migration['choice']) =>
  `${chosenRows(source, choice)}\n  AND ${column(source.recordIdentifier)} IS NOT NULL AND ${column(source.eventTime)} IS NOT NULL`;

/** Counts what would be inserted: proves that the rows can be read and put in order. */
export const countInsertedSql = ({ source, choice }: Migration): string =>
  `SELECT count(*) AS "rows"\nFROM ${chosenRecords(source, choice)}`;

/** The event days of the selected rows, ascending. */
export function daysSql({ source, choice }: Migration): string {
  return `SELECT DISTINCT ${dayOf(source)} AS "day"\nFROM ${chosenRecords(source, choice)}\nORDER BY 1`;
}

/** Groups consecutive days into ranges within the limit of Athena. */
export function portionsOf(days: string[]): Days[] {
  const portions: Days[] = [];
  for (let at = 0; at < days.length; at += MAX_PARTITIONS_PER_INSERT) {
    portions.push([days[at]!, days[Math.min(at + MAX_PARTITIONS_PER_INSERT, days.length) - 1]!]);
  }
  return portions;
}

const OWN_COLUMNS = [
  ['"write_time"', 'CAST(current_timestamp AS timestamp)'],
  ['"api_invocation_time"', '"api_invocation_time"'],
  ['"is_deleted"', isDeleted],
] as const;

const dayOf = ({ eventTime }: Migration['source']) => `substr(${column(eventTime)}, 1, 10)`;

function converted({ source, target }: FeaturePair): string {
  const name = column(source.name);
  return source.type === target.type ? name : `CAST(${name} AS ${SQL_TYPES[target.type]})`;
}
