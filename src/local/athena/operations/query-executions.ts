/** Operations on running and finished query executions. */
import type { Operation } from '../../wire/operation.js';
import { pageOf } from '../../wire/pages.js';
import { integer, required } from '../../wire/rules.js';
import { PRIMARY } from '../workgroups.js';
import { describeExecution, executionId, executionOf, workGroupName, workGroupOf } from './shapes.js';

/** GetQueryExecution: state and result location of a query. */
export const getQueryExecution: Operation<{ QueryExecutionId: string }> = {
  rules: { QueryExecutionId: required(executionId) },
  run: async (store, { QueryExecutionId }, caller) => ({
    QueryExecution: describeExecution(await executionOf(store, caller, QueryExecutionId)),
  }),
};

/** [ListQueryExecutions](https://docs.aws.amazon.com/athena/latest/APIReference/API_ListQueryExecutions.html) */
const MAX_IDS_PER_PAGE = 50;

/** ListQueryExecutions: a workgroup's queries, newest first. */
export const listQueryExecutions: Operation<{ WorkGroup?: string; MaxResults?: number; NextToken?: string }> = {
  rules: { WorkGroup: workGroupName, MaxResults: integer({ min: 0, max: MAX_IDS_PER_PAGE }) },
  run(store, { WorkGroup = PRIMARY, MaxResults, NextToken }, caller) {
    workGroupOf(store, caller, WorkGroup);
    const ids = store.queries.executions.list(caller.region, WorkGroup);
    const page = pageOf(ids, { size: MaxResults || MAX_IDS_PER_PAGE, token: NextToken });
    return { QueryExecutionIds: page.items, NextToken: page.next };
  },
};

/** StopQueryExecution: cancels a query, unless it has ended. */
export const stopQueryExecution: Operation<{ QueryExecutionId: string }> = {
  rules: { QueryExecutionId: required(executionId) },
  async run(store, { QueryExecutionId }, caller) {
    await executionOf(store, caller, QueryExecutionId);
    await store.queries.stop(caller.region, QueryExecutionId);
    return {};
  },
};
