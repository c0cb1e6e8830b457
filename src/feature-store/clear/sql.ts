/** The SQL of a clear: which identifiers there are, how many rows, and the statements that empty an Iceberg table. Pure. */
import type { FeatureGroup } from '../groups/describe.js';
import { column, tableName } from '../offline/columns.js';

/** `` `table` `` of the query's own database: DDL is Hive's, and quotes otherwise. */
function ddlName({ offline }: FeatureGroup): string {
  return `\`${offline!.table!.name.replaceAll('`', '``')}\``;
}

export function distinctIdentifiersSql(group: FeatureGroup): string {
  const id = column(group.recordIdentifier);
  return `SELECT DISTINCT ${id} FROM ${tableName(group)} WHERE ${id} IS NOT NULL`;
}

export const countRowsSql = (group: FeatureGroup): string => `SELECT count(*) AS "rows" FROM ${tableName(group)}`;

/** Iceberg alone knows it. https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-delete.html */
export const deleteRowsSql = (group: FeatureGroup): string => `DELETE FROM ${tableName(group)}`;

/** https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-data-optimization.html */
export const optimizeSql = (group: FeatureGroup): string => `OPTIMIZE ${tableName(group)} REWRITE DATA USING BIN_PACK`;

export const vacuumSql = (group: FeatureGroup): string => `VACUUM ${tableName(group)}`;

export function setPropertiesSql(group: FeatureGroup, properties: Record<string, string>): string {
  const list = Object.entries(properties).map(([name, value]) => `'${name}'='${value}'`);
  return `ALTER TABLE ${ddlName(group)} SET TBLPROPERTIES (${list.join(', ')})`;
}

export const showPropertiesSql = (group: FeatureGroup): string => `SHOW TBLPROPERTIES ${ddlName(group)}`;
