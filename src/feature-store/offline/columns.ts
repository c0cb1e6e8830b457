/** Names and event times as SQL: names quoted, and lower-cased as in Glue; event times ordered as instants. Pure. */
import { UsageError } from '../../errors.js';
import { eventTimeForm } from '../records/event-time.js';
import { eventTimeTypeOf, type FeatureGroup } from '../groups/describe.js';

/** `a"b` → `"a""b"`. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The column of a feature: Glue lower-cases names, and quoting allows keywords and hyphens. */
export function column(name: string): string {
  return quoteName(name.toLowerCase());
}

/** @throws UsageError for a group without a table, created with DisableGlueTableCreation and no DataCatalogConfig */
export function tableName(group: FeatureGroup): string {
  const table = group.offline?.table;
  if (!table) throw noTable(group);
  return `${quoteName(table.database)}.${quoteName(table.name)}`;
}

/** @param instead what can be read, to end the sentence */
export const noTable = ({ name }: FeatureGroup, instead = ''): UsageError =>
  new UsageError(
    `Feature group ${name} has no Athena table (no DataCatalogConfig), so its offline store cannot be queried${instead}.`,
  );

/** The conditions that are there, all of which must hold. */
export const allOf = (conditions: (string | undefined)[]): string =>
  conditions.filter((condition) => condition !== undefined).join(' AND ');

const formOf = (group: FeatureGroup) => eventTimeForm(eventTimeTypeOf(group));

/** The sort key of event times, which orders them as instants, to the nanosecond. */
export const eventTimeKey = (group: FeatureGroup): string => formOf(group).key(column(group.eventTime));

/**
 * Compares event times with an instant. A wider condition on the raw column comes first, from which Iceberg and Parquet
 * statistics tell which files to skip; days suffice, since partitions are days.
 */
export function eventTimeIs(group: FeatureGroup, side: '>=' | '<=' | '<', instant: bigint): string {
  const literal = eventTimeLiteral(group, instant);
  const exact = `${eventTimeKey(group)} ${side} ${literal}`;
  if (!formOf(group).beginsWithDay) return exact;
  const day = literal.slice(1, 11);
  return `${side === '>=' ? sinceDay(group, day) : untilDay(group, day)} AND ${exact}`;
}

/** Event times from this day, `2026-01-31`, on. */
export const sinceDay = (group: FeatureGroup, day: string): string => `${column(group.eventTime)} >= '${day}'`;

/** Event times up to and including this day: `T` follows the day, and `[` sorts after `Z`. */
export const untilDay = (group: FeatureGroup, day: string): string => `${column(group.eventTime)} < '${day}['`;

/** The literal of an instant (nanoseconds since 1970), comparable with `eventTimeKey`. */
export const eventTimeLiteral = (group: FeatureGroup, instant: bigint): string => formOf(group).keyLiteral(instant);
