/** Names and event times of an offline table as SQL: quoted, lower-cased as Glue has them, ordered as instants. Pure. */
import { UsageError } from '../../errors.js';
import { formatEventTime } from '../records/event-time.js';
import { eventTimeTypeOf, type FeatureGroup } from '../groups/describe.js';

/** `a"b` → `"a""b"`. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A feature's column: Glue lower-cases names, and quotes let it be a keyword or hyphenated. */
export function column(name: string): string {
  return quoteName(name.toLowerCase());
}

/** @throws UsageError for a group that has no table: one made with DisableGlueTableCreation and no DataCatalogConfig. */
export function tableName(group: FeatureGroup): string {
  const table = group.offline?.table;
  if (!table)
    throw new UsageError(
      `Feature group ${group.name} has no Athena table (no DataCatalogConfig), so its offline store cannot be queried.`,
    );
  return `${quoteName(table.database)}.${quoteName(table.name)}`;
}

/**
 * What to order event times by. As text `…00.500Z` comes before `…00Z`; this fixed-width key of 19 + 1 + 9 characters sorts as the
 * instants do, to the nanosecond, over years 0000–9999. (`from_iso8601_timestamp` keeps milliseconds, and fails the whole query at one bad value.)
 */
export function eventTimeKey(group: FeatureGroup): string {
  const name = column(group.eventTime);
  if (eventTimeTypeOf(group) !== 'String') return name;
  return `rpad(CASE WHEN strpos(${name}, '.') > 0 THEN replace(${name}, 'Z', '') ELSE replace(${name}, 'Z', '.') END, 29, '0')`;
}

/**
 * The condition that a row's event time is on this side of an instant, with a wider one on the column itself before it: by that
 * Iceberg, and statistics of Parquet, know files that need not be read. Days are enough, for partitions are days.
 */
export function eventTimeIs(group: FeatureGroup, side: '>=' | '<=' | '<', instant: bigint): string {
  const literal = eventTimeLiteral(group, instant);
  const exact = `${eventTimeKey(group)} ${side} ${literal}`;
  if (eventTimeTypeOf(group) !== 'String') return exact;
  const day = literal.slice(1, 11);
  return `${side === '>=' ? sinceDay(group, day) : untilDay(group, day)} AND ${exact}`;
}

/** Event times of this day, `2026-01-31`, and later ones. */
export const sinceDay = (group: FeatureGroup, day: string): string => `${column(group.eventTime)} >= '${day}'`;

/** Event times of this day and earlier ones: behind the day stands a `T`, and `[` is the sign after `Z`. */
export const untilDay = (group: FeatureGroup, day: string): string => `${column(group.eventTime)} < '${day}['`;

/** An instant, nanoseconds since 1970, to compare `eventTimeKey` with. */
export function eventTimeLiteral(group: FeatureGroup, instant: bigint): string {
  const type = eventTimeTypeOf(group);
  const text = formatEventTime(instant, type);
  if (type === 'Fractional') return `CAST('${text}' AS double)`;
  const [seconds, fraction = ''] = text.replace('Z', '').split('.');
  return `'${seconds}.${fraction.padEnd(9, '0')}'`;
}
