/** ListWorkGroups: every workgroup of the region. */
import type { Operation } from '../../wire/operation.js';
import { integer } from '../../wire/rules.js';
import { pageOf } from '../../wire/pages.js';
import { summarizeWorkGroup } from './shapes.js';

/** [ListWorkGroups](https://docs.aws.amazon.com/athena/latest/APIReference/API_ListWorkGroups.html) */
const MAX_WORK_GROUPS_PER_PAGE = 50;

export const listWorkGroups: Operation<{ MaxResults?: number; NextToken?: string }> = {
  rules: { MaxResults: integer({ min: 1, max: MAX_WORK_GROUPS_PER_PAGE }) },
  run(store, { MaxResults, NextToken }, { region }) {
    const all = store.queries.workGroups.list(region);
    const page = pageOf(all, { size: MaxResults ?? MAX_WORK_GROUPS_PER_PAGE, token: NextToken });
    return { WorkGroups: page.items.map(summarizeWorkGroup), NextToken: page.next };
  },
};
