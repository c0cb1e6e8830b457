/** The operations of AWS Glue that the embedded store answers. */
import type { Operations } from '../../wire/operation.js';
import { createDatabase } from './create-database.js';
import { createTable } from './create-table.js';
import { deleteTable } from './delete-table.js';
import { getDatabase } from './get-database.js';
import { getDatabases } from './get-databases.js';
import { getTable } from './get-table.js';
import { getTables } from './get-tables.js';

export const operations: Operations = {
  CreateDatabase: createDatabase,
  CreateTable: createTable,
  DeleteTable: deleteTable,
  GetDatabase: getDatabase,
  GetDatabases: getDatabases,
  GetTable: getTable,
  GetTables: getTables,
};
