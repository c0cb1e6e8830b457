/** What Athena shows of the catalog: one data catalog, its databases and their tables. */
import type { Operation } from '../../wire/operation.js';
import { pageOf } from '../../wire/pages.js';
import { integer, required, string } from '../../wire/rules.js';
import { invalidRequest, metadataMissing } from './refusals.js';
import { describeTable, requireCatalog } from './shapes.js';

/** ListDataCatalogs: the one catalog that the store has. */
export const listDataCatalogs: Operation<object> = {
  rules: {},
  run: () => ({ DataCatalogsSummary: [{ CatalogName: 'AwsDataCatalog', Type: 'GLUE' }] }),
};

/** GetDataCatalog: the one catalog that the store has. */
export const getDataCatalog: Operation<{ Name: string }> = {
  rules: { Name: required(string()) },
  run(store, { Name }, caller) {
    requireCatalog(store, caller, { catalog: Name });
    return { DataCatalog: { Name: 'AwsDataCatalog', Type: 'GLUE', Parameters: { 'catalog-id': caller.accountId } } };
  },
};

/** [ListDatabases](https://docs.aws.amazon.com/athena/latest/APIReference/API_ListDatabases.html) */
const MAX_DATABASES_PER_PAGE = 50;

/** ListDatabases: the databases of the one catalog. */
export const listDatabases: Operation<{ CatalogName: string; MaxResults?: number; NextToken?: string }> = {
  rules: { CatalogName: required(string()), MaxResults: integer({ min: 1, max: MAX_DATABASES_PER_PAGE }) },
  run(store, { CatalogName, MaxResults, NextToken }, caller) {
    requireCatalog(store, caller, { catalog: CatalogName });
    const all = store.tables.databases(caller.region);
    const page = pageOf(all, { size: MaxResults ?? MAX_DATABASES_PER_PAGE, token: NextToken });
    return { DatabaseList: page.items.map((Name) => ({ Name })), NextToken: page.next };
  },
};

/** GetDatabase: whether the catalog has a database. */
export const getDatabase: Operation<{ CatalogName: string; DatabaseName: string }> = {
  rules: { CatalogName: required(string()), DatabaseName: required(string()) },
  run(store, { CatalogName, DatabaseName }, caller) {
    requireCatalog(store, caller, { catalog: CatalogName, database: DatabaseName });
    return { Database: { Name: DatabaseName.toLowerCase() } };
  },
};

/** [ListTableMetadata](https://docs.aws.amazon.com/athena/latest/APIReference/API_ListTableMetadata.html) */
const MAX_TABLES_PER_PAGE = 50;

interface Input {
  CatalogName: string;
  DatabaseName: string;
  Expression?: string;
  MaxResults?: number;
  NextToken?: string;
}

/** ListTableMetadata: the tables of a database whose names match a regular expression. */
export const listTableMetadata: Operation<Input> = {
  rules: {
    CatalogName: required(string()),
    DatabaseName: required(string()),
    Expression: string({ maxLength: 256 }),
    MaxResults: integer({ min: 1, max: MAX_TABLES_PER_PAGE }),
  },
  run(store, { CatalogName, DatabaseName, Expression, MaxResults, NextToken }, caller) {
    requireCatalog(store, caller, { catalog: CatalogName, database: DatabaseName });
    const wanted = expressionOf(Expression);
    const found = store.tables.list(caller.region, DatabaseName).filter(({ name }) => wanted.test(name));
    const page = pageOf(found, { size: MaxResults ?? MAX_TABLES_PER_PAGE, token: NextToken });
    return { TableMetadataList: page.items.map(describeTable), NextToken: page.next };
  },
};

function expressionOf(expression = '.*'): RegExp {
  try {
    return new RegExp(`^(?:${expression})$`);
  } catch {
    throw invalidRequest(`Expression ${expression} is not a regular expression`);
  }
}

/** GetTableMetadata: a table's columns, as Athena sees the catalog. */
export const getTableMetadata: Operation<{ CatalogName: string; DatabaseName: string; TableName: string }> = {
  rules: { CatalogName: required(string()), DatabaseName: required(string()), TableName: required(string()) },
  run(store, { CatalogName, DatabaseName, TableName }, caller) {
    requireCatalog(store, caller, { catalog: CatalogName, database: DatabaseName });
    const table = store.tables.get(caller.region, DatabaseName, TableName);
    if (!table) throw metadataMissing(`EntityNotFoundException: Entity Not Found (Table ${TableName} not found.)`);
    return { TableMetadata: describeTable(table) };
  },
};
