/** The operations of AWS Glue that the embedded store answers. */
import type { Operations } from '../../wire/operation.js';
import { createDatabase } from './create-database.js';
import { createTable } from './create-table.js';
import { deleteDatabase } from './delete-database.js';
import { deleteTable } from './delete-table.js';
import { getDatabase } from './get-database.js';
import { getDatabases } from './get-databases.js';
import { getPartitions } from './get-partitions.js';
import { getTable } from './get-table.js';
import { getTables } from './get-tables.js';
import { updateTable } from './update-table.js';

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
