/** Operations on running and finished query executions, and on the single catalog. */
import { operation } from '../../wire/operation.js';
import { pageOf } from '../../wire/pages.js';
import { integer, required, string } from '../../wire/rules.js';
import { PRIMARY } from '../workgroups.js';
import { describeExecution, executionId, executionOf, workGroupName, workGroupOf } from './shapes.js';

/** [ListQueryExecutions](https://docs.aws.amazon.com/athena/latest/APIReference/API_ListQueryExecutions.html) */
const MAX_IDS_PER_PAGE = 50;

export const queryExecutions = {
  /** State and result location of a query. */
  GetQueryExecution: operation({
    rules: { QueryExecutionId: required(executionId) },
    run: async (store, { QueryExecutionId }, caller) => ({
      QueryExecution: describeExecution(await executionOf(store, caller, QueryExecutionId)),
    }),
  }),

  /** A workgroup's queries, newest first. */
  ListQueryExecutions: operation({
    rules: { WorkGroup: workGroupName, MaxResults: integer({ min: 0, max: MAX_IDS_PER_PAGE }), NextToken: string() },
    run(store, { WorkGroup = PRIMARY, ...input }, caller) {
      workGroupOf(store, caller, WorkGroup);
      const page = pageOf(store.queries.executions.list(caller.region, WorkGroup), input, MAX_IDS_PER_PAGE);
      return { QueryExecutionIds: page.items, NextToken: page.next };
    },
  }),

  /** Cancels a query, unless it has ended. */
  StopQueryExecution: operation({
    rules: { QueryExecutionId: required(executionId) },
    async run(store, { QueryExecutionId }, caller) {
      await executionOf(store, caller, QueryExecutionId);
      await store.queries.stop(caller.region, QueryExecutionId);
      return {};
    },
  }),

  /** The single catalog; Glue has what is in it. */
  ListDataCatalogs: operation({
    rules: {},
    run: () => ({ DataCatalogsSummary: [{ CatalogName: 'AwsDataCatalog', Type: 'GLUE' }] }),
  }),
};
