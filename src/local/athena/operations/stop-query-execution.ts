/** StopQueryExecution: cancels a query; one that has ended stays as it is. */
import type { Operation } from '../../wire/operation.js';
import { required } from '../../wire/rules.js';
import { executionId, executionOf } from './shapes.js';

export const stopQueryExecution: Operation<{ QueryExecutionId: string }> = {
  rules: { QueryExecutionId: required(executionId) },
  async run(store, { QueryExecutionId }, caller) {
    await executionOf(store, caller, QueryExecutionId);
    await store.queries.stop(caller.region, QueryExecutionId);
    return {};
  },
};
