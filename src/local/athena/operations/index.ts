/** The operations of Amazon Athena that the embedded store answers. */
import type { Operations } from '../../wire/operation.js';
import { batchGetQueryExecution } from './batch-get-query-execution.js';
import { createWorkGroup } from './create-work-group.js';
import { deleteWorkGroup } from './delete-work-group.js';
import { getDataCatalog } from './get-data-catalog.js';
import { getDatabase } from './get-database.js';
import { getQueryExecution } from './get-query-execution.js';
import { getQueryResults } from './get-query-results.js';
import { getTableMetadata } from './get-table-metadata.js';
import { getWorkGroup } from './get-work-group.js';
import { listDataCatalogs } from './list-data-catalogs.js';
import { listDatabases } from './list-databases.js';
import { listQueryExecutions } from './list-query-executions.js';
import { listTableMetadata } from './list-table-metadata.js';
import { listWorkGroups } from './list-work-groups.js';
import { startQueryExecution } from './start-query-execution.js';
import { stopQueryExecution } from './stop-query-execution.js';
import { updateWorkGroup } from './update-work-group.js';

export const operations: Operations = {
  BatchGetQueryExecution: batchGetQueryExecution,
  CreateWorkGroup: createWorkGroup,
  DeleteWorkGroup: deleteWorkGroup,
  GetDataCatalog: getDataCatalog,
  GetDatabase: getDatabase,
  GetQueryExecution: getQueryExecution,
  GetQueryResults: getQueryResults,
  GetTableMetadata: getTableMetadata,
  GetWorkGroup: getWorkGroup,
  ListDataCatalogs: listDataCatalogs,
  ListDatabases: listDatabases,
  ListQueryExecutions: listQueryExecutions,
  ListTableMetadata: listTableMetadata,
  ListWorkGroups: listWorkGroups,
  StartQueryExecution: startQueryExecution,
  StopQueryExecution: stopQueryExecution,
  UpdateWorkGroup: updateWorkGroup,
};
