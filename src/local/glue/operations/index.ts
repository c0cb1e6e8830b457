/** The operations of AWS Glue that the embedded store answers. */
import type { Operations } from '../../wire/operation.js';
import { createDatabase, deleteDatabase, getDatabase, getDatabases } from './databases.js';
import { createTable, deleteTable, getPartitions, getTable, getTables, updateTable } from './tables.js';

export const operations: Operations = {
  CreateDatabase: createDatabase,
  CreateTable: createTable,
  DeleteDatabase: deleteDatabase,
  DeleteTable: deleteTable,
  GetDatabase: getDatabase,
  GetDatabases: getDatabases,
  GetPartitions: getPartitions,
  GetTable: getTable,
  GetTables: getTables,
  UpdateTable: updateTable,
};
