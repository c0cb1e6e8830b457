/** The SQL of a clear: lists identifiers, counts rows, and empties an Iceberg table. Pure. */
import type { FeatureGroup } from '../../groups/describe.js';
import { column, tableName } from '../../offline/columns.js';

/** A name that needs no quotes; one that begins with an underscore or a digit needs backticks. */
const PLAIN_NAME = /^[a-z][a-z0-9_]*$/i;

/**
 * `database.table` for statements that reject double quotes, and accept backticks around the table only. If the
 * database needs quotes, it is omitted, and set as the context of the query.
 * @see https://docs.aws.amazon.com/athena/latest/ug/vacuum-statement.html
 */
function plainTableName({ offline }: FeatureGroup): string {
  const { database, name } = offline!.table!;
  const table = PLAIN_NAME.test(name) ? name : `\`${name.replaceAll('`', '``')}\``;
  return PLAIN_NAME.test(database) ? `${database}.${table}` : table;
}

export function distinctIdentifiersSql(group: FeatureGroup): string {
  const id = column(group.recordIdentifier);
  return `SELECT DISTINCT ${id} FROM ${tableName(group)} WHERE ${id} IS NOT NULL`;
}

export const countRowsSql = (group: FeatureGroup): string => `SELECT count(*) AS "rows" FROM ${tableName(group)}`;

/** Only for Iceberg tables. https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-delete.html */
export const deleteRowsSql = (group: FeatureGroup): string => `DELETE FROM ${tableName(group)}`;

/** https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-data-optimization.html */
export const optimizeSql = (group: FeatureGroup): string =>
  `OPTIMIZE ${plainTableName(group)} REWRITE DATA USING BIN_PACK`;

export const vacuumSql = (group: FeatureGroup): string => `VACUUM ${plainTableName(group)}`;

export function setPropertiesSql(group: FeatureGroup, properties: Record<string, string>): string {
  const list = Object.entries(properties).map(([name, value]) => `'${name}'='${value}'`);
  return `ALTER TABLE ${plainTableName(group)} SET TBLPROPERTIES (${list.join(', ')})`;
}

export const showPropertiesSql = (group: FeatureGroup): string => `SHOW TBLPROPERTIES ${plainTableName(group)}`;
