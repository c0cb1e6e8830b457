/** The operations of Amazon Athena that the embedded store answers. */
import type { Operations } from '../../wire/operation.js';
import { listDataCatalogs } from './catalog.js';
import { getQueryResults } from './get-query-results.js';
import { getQueryExecution, listQueryExecutions, stopQueryExecution } from './query-executions.js';
import { startQueryExecution } from './start-query-execution.js';
import { createWorkGroup, deleteWorkGroup, getWorkGroup, listWorkGroups, updateWorkGroup } from './work-groups.js';

export const operations: Operations = {
  CreateWorkGroup: createWorkGroup,
  DeleteWorkGroup: deleteWorkGroup,
  GetQueryExecution: getQueryExecution,
  GetQueryResults: getQueryResults,
  GetWorkGroup: getWorkGroup,
  ListDataCatalogs: listDataCatalogs,
  ListQueryExecutions: listQueryExecutions,
  ListWorkGroups: listWorkGroups,
  StartQueryExecution: startQueryExecution,
  StopQueryExecution: stopQueryExecution,
  UpdateWorkGroup: updateWorkGroup,
};
