/** The SQL of a clear: which identifiers there are, how many rows, and the statements that empty an Iceberg table. Pure. */
import type { FeatureGroup } from '../../groups/describe.js';
import { column, tableName } from '../../offline/columns.js';

/** A word that Athena takes as it is; one that begins with an underscore or a digit needs backticks. */
const PLAIN_NAME = /^[a-z][a-z0-9_]*$/i;

/**
 * `database.table`: these statements take no double quotes, and backticks around the table's name alone. A database whose
 * name is not plain is left to the query's own context.
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

/** Iceberg alone knows it. https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-delete.html */
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
