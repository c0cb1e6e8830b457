/** The databases of the catalog. */
import type { Operation } from '../../wire/operation.js';
import { pageOf } from '../../wire/pages.js';
import { integer, required, string, structure } from '../../wire/rules.js';
import { requireDatabase } from './shapes.js';

const name = required(string({ minLength: 1, maxLength: 255 }));

/** CreateDatabase: creates an empty database. */
export const createDatabase: Operation<{ DatabaseInput: { Name: string } }> = {
  rules: { DatabaseInput: required(structure({ Name: name })) },
  async run(store, { DatabaseInput }, { region }) {
    await store.tables.createDatabase(region, DatabaseInput.Name);
    return {};
  },
};

/** GetDatabase: describes a database. */
export const getDatabase: Operation<{ Name: string }> = {
  rules: { Name: name },
  run(store, { Name }, { region, accountId }) {
    requireDatabase(store, region, Name);
    return { Database: { Name: Name.toLowerCase(), CatalogId: accountId } };
  },
};

/** [GetDatabases](https://docs.aws.amazon.com/glue/latest/webapi/API_GetDatabases.html) */
const MAX_DATABASES_PER_PAGE = 100;

/** GetDatabases: all databases of the catalog. */
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

/** DeleteDatabase: removes a database and its tables from the catalog; their objects stay. */
export const deleteDatabase: Operation<{ Name: string }> = {
  rules: { Name: name },
  async run(store, { Name }, { region }) {
    requireDatabase(store, region, Name);
    await store.tables.deleteDatabase(region, Name);
    return {};
  },
};
