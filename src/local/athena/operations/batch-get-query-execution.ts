/** BatchGetQueryExecution: several executions at once; unknown ids are answered as unprocessed. */
import type { Operation } from '../../wire/operation.js';
import { list, required } from '../../wire/rules.js';
import { describeExecution, executionId } from './shapes.js';

/** [BatchGetQueryExecution](https://docs.aws.amazon.com/athena/latest/APIReference/API_BatchGetQueryExecution.html) */
const MAX_IDS = 50;

export const batchGetQueryExecution: Operation<{ QueryExecutionIds: string[] }> = {
  rules: { QueryExecutionIds: required(list(executionId, { minLength: 1, maxLength: MAX_IDS })) },
  async run(store, { QueryExecutionIds }, { region }) {
    const found = await Promise.all(QueryExecutionIds.map((id) => store.queries.get(region, id)));
    return {
      QueryExecutions: found.flatMap((execution) => (execution ? [describeExecution(execution)] : [])),
      UnprocessedQueryExecutionIds: QueryExecutionIds.filter((_, i) => !found[i]).map((id) => ({
        QueryExecutionId: id,
        ErrorCode: 'QUERY_EXECUTION_NOT_FOUND',
        ErrorMessage: `QueryExecution ${id} was not found`,
      })),
    };
  },
};
