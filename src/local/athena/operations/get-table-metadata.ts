/** GetTableMetadata: a table's columns, as Athena sees the catalog. */
import type { Operation } from '../../wire/operation.js';
import { required, string } from '../../wire/rules.js';
import { metadataMissing } from './refusals.js';
import { describeTable, requireCatalog } from './shapes.js';

export const getTableMetadata: Operation<{ CatalogName: string; DatabaseName: string; TableName: string }> = {
  rules: { CatalogName: required(string()), DatabaseName: required(string()), TableName: required(string()) },
  run(store, { CatalogName, DatabaseName, TableName }, caller) {
    requireCatalog(store, caller, { catalog: CatalogName, database: DatabaseName });
    const table = store.tables.get(caller.region, DatabaseName, TableName);
    if (!table) throw metadataMissing(`EntityNotFoundException: Entity Not Found (Table ${TableName} not found.)`);
    return { TableMetadata: describeTable(table) };
  },
};
