/** GetTable: one table of the catalog, its columns and where its objects are. */
import type { Operation } from '../../wire/operation.js';
import { required, string } from '../../wire/rules.js';
import { missingTable } from '../tables.js';
import { describeTable, requireDatabase } from './shapes.js';

export const getTable: Operation<{ DatabaseName: string; Name: string }> = {
  rules: {
    DatabaseName: required(string({ minLength: 1, maxLength: 255 })),
    Name: required(string({ minLength: 1, maxLength: 255 })),
  },
  run(store, { DatabaseName, Name }, { region, accountId }) {
    requireDatabase(store, region, DatabaseName);
    const table = store.tables.get(region, DatabaseName, Name);
    if (!table) throw missingTable(Name);
    return { Table: describeTable(table, accountId) };
  },
};
