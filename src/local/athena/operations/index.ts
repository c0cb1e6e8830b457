/** The operations of Amazon Athena that the embedded store answers. */
import type { Operations } from '../../wire/operation.js';
import { getQueryResults } from './get-query-results.js';
import { queryExecutions } from './query-executions.js';
import { startQueryExecution } from './start-query-execution.js';
import { workGroups } from './work-groups.js';

export const operations: Operations = {
  ...queryExecutions,
  ...workGroups,
  GetQueryResults: getQueryResults,
  StartQueryExecution: startQueryExecution,
};
