/** GetDatabases: every database of the catalog. */
import type { Operation } from '../../wire/operation.js';
import { integer } from '../../wire/rules.js';
import { pageOf } from '../../wire/pages.js';

/** [GetDatabases](https://docs.aws.amazon.com/glue/latest/webapi/API_GetDatabases.html) */
const MAX_DATABASES_PER_PAGE = 100;

export const getDatabases: Operation<{ MaxResults?: number; NextToken?: string }> = {
  rules: { MaxResults: integer({ min: 1, max: MAX_DATABASES_PER_PAGE }) },
  run(store, { MaxResults, NextToken }, { region, accountId }) {
    const page = pageOf(store.tables.databases(region), {
      size: MaxResults ?? MAX_DATABASES_PER_PAGE,
      token: NextToken,
    });
    return { DatabaseList: page.items.map((Name) => ({ Name, CatalogId: accountId })), NextToken: page.next };
  },
};
