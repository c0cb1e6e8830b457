/** ListDatabases: the databases of the one catalog. */
import type { Operation } from '../../wire/operation.js';
import { integer, required, string } from '../../wire/rules.js';
import { pageOf } from '../../wire/pages.js';
import { requireCatalog } from './shapes.js';

/** [ListDatabases](https://docs.aws.amazon.com/athena/latest/APIReference/API_ListDatabases.html) */
const MAX_DATABASES_PER_PAGE = 50;

export const listDatabases: Operation<{ CatalogName: string; MaxResults?: number; NextToken?: string }> = {
  rules: { CatalogName: required(string()), MaxResults: integer({ min: 1, max: MAX_DATABASES_PER_PAGE }) },
  run(store, { CatalogName, MaxResults, NextToken }, caller) {
    requireCatalog(store, caller, { catalog: CatalogName });
    const all = store.tables.databases(caller.region);
    const page = pageOf(all, { size: MaxResults ?? MAX_DATABASES_PER_PAGE, token: NextToken });
    return { DatabaseList: page.items.map((Name) => ({ Name })), NextToken: page.next };
  },
};
