/** ListQueryExecutions: a workgroup's queries, newest first. */
import type { Operation } from '../../wire/operation.js';
import { integer } from '../../wire/rules.js';
import { PRIMARY } from '../workgroups.js';
import { pageOf } from '../../wire/pages.js';
import { workGroupName, workGroupOf } from './shapes.js';

/** [ListQueryExecutions](https://docs.aws.amazon.com/athena/latest/APIReference/API_ListQueryExecutions.html) */
const MAX_IDS_PER_PAGE = 50;

export const listQueryExecutions: Operation<{ WorkGroup?: string; MaxResults?: number; NextToken?: string }> = {
  rules: { WorkGroup: workGroupName, MaxResults: integer({ min: 0, max: MAX_IDS_PER_PAGE }) },
  run(store, { WorkGroup = PRIMARY, MaxResults, NextToken }, caller) {
    workGroupOf(store, caller, WorkGroup);
    const ids = store.queries.executions.list(caller.region, WorkGroup);
    const page = pageOf(ids, { size: MaxResults || MAX_IDS_PER_PAGE, token: NextToken });
    return { QueryExecutionIds: page.items, NextToken: page.next };
  },
};
