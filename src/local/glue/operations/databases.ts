/** The databases of the catalog. */
import { operation } from '../../wire/operation.js';
import { pageOf } from '../../wire/pages.js';
import { integer, required, string, structure } from '../../wire/rules.js';
import { requireDatabase } from './shapes.js';

const name = required(string({ minLength: 1, maxLength: 255 }));

/** [GetDatabases](https://docs.aws.amazon.com/glue/latest/webapi/API_GetDatabases.html) */
const MAX_DATABASES_PER_PAGE = 100;

export const databases = {
  /** Creates an empty database. */
  CreateDatabase: operation({
    rules: { DatabaseInput: required(structure({ Name: name })) },
    async run(store, { DatabaseInput }, { region }) {
      await store.tables.createDatabase(region, DatabaseInput.Name);
      return {};
    },
  }),

  /** Describes a database. */
  GetDatabase: operation({
    rules: { Name: name },
    run(store, { Name }, { region, accountId }) {
      requireDatabase(store, region, Name);
      return { Database: { Name: Name.toLowerCase(), CatalogId: accountId } };
    },
  }),

  /** All databases of the catalog. */
  GetDatabases: operation({
    rules: { MaxResults: integer({ min: 1, max: MAX_DATABASES_PER_PAGE }), NextToken: string() },
    run(store, input, { region, accountId }) {
      const page = pageOf(store.tables.databases(region), input, MAX_DATABASES_PER_PAGE);
      return { DatabaseList: page.items.map((Name) => ({ Name, CatalogId: accountId })), NextToken: page.next };
    },
  }),

  /** Removes a database and its tables from the catalog; their objects stay. */
  DeleteDatabase: operation({
    rules: { Name: name },
    async run(store, { Name }, { region }) {
      requireDatabase(store, region, Name);
      await store.tables.deleteDatabase(region, Name);
      return {};
    },
  }),
};
