/** GetQueryExecution: where a query stands, and where its result is. */
import type { Operation } from '../../wire/operation.js';
import { required } from '../../wire/rules.js';
import { describeExecution, executionId, executionOf } from './shapes.js';

export const getQueryExecution: Operation<{ QueryExecutionId: string }> = {
  rules: { QueryExecutionId: required(executionId) },
  run: async (store, { QueryExecutionId }, caller) => ({
    QueryExecution: describeExecution(await executionOf(store, caller, QueryExecutionId)),
  }),
};
