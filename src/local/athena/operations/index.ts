/** The operations of Amazon Athena that the embedded store answers. */
import type { Operations } from '../../wire/operation.js';
import { getQueryResults } from './get-query-results.js';
import { startQueryExecution } from './start-query-execution.js';
import { createWorkGroup, deleteWorkGroup, getWorkGroup, listWorkGroups, updateWorkGroup } from './work-groups.js';
import {
  getDataCatalog,
  getDatabase,
  getTableMetadata,
  listDataCatalogs,
  listDatabases,
  listTableMetadata,
} from './catalog.js';
import {
  batchGetQueryExecution,
  getQueryExecution,
  listQueryExecutions,
  stopQueryExecution,
} from './query-executions.js';

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
