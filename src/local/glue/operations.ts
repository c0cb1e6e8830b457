/** The operations of AWS Glue that the embedded store answers: on databases and tables, whose objects stay whatever is done here. */
import { operation, type Operations } from '../wire/operation.js';
import { pageOf } from '../wire/pages.js';
import { integer, required, string, structure } from '../wire/rules.js';
import { describeTable, name, requireDatabase, tableFromInput, tableInput } from './shapes.js';
import { matcher, missingTable } from './tables.js';

const namedTable = { DatabaseName: name, Name: name };
const definition = { DatabaseName: name, TableInput: required(tableInput) };

/**
 * [GetDatabases](https://docs.aws.amazon.com/glue/latest/webapi/API_GetDatabases.html),
 * [GetTables](https://docs.aws.amazon.com/glue/latest/webapi/API_GetTables.html)
 */
const MAX_PER_PAGE = 100;

export const operations: Operations = {
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
    rules: { MaxResults: integer({ min: 1, max: MAX_PER_PAGE }), NextToken: string() },
    run(store, input, { region, accountId }) {
      const page = pageOf(store.tables.databases(region), input, MAX_PER_PAGE);
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

  /** A Parquet table that its owner maintains, e.g. for a group that brings its own. */
  CreateTable: operation({
    rules: definition,
    async run(store, { DatabaseName, TableInput }, { region }) {
      requireDatabase(store, region, DatabaseName);
      const table = tableFromInput(TableInput, { region, database: DatabaseName, now: store.now() });
      await store.env.transaction(() => store.tables.insert(table));
      return {};
    },
  }),

  /** One table of the catalog, its columns and where its objects are. */
  GetTable: operation({
    rules: namedTable,
    run(store, { DatabaseName, Name }, { region, accountId }) {
      requireDatabase(store, region, DatabaseName);
      const table = store.tables.get(region, DatabaseName, Name);
      if (!table) throw missingTable(Name);
      return { Table: describeTable(table, accountId) };
    },
  }),

  /** The tables of a database whose names match. */
  GetTables: operation({
    rules: {
      DatabaseName: name,
      Expression: string({ maxLength: 2048 }),
      MaxResults: integer({ min: 1, max: MAX_PER_PAGE }),
      NextToken: string(),
    },
    run(store, input, { region, accountId }) {
      requireDatabase(store, region, input.DatabaseName);
      const matches = matcher(input.Expression);
      const found = store.tables.list(region, input.DatabaseName).filter((table) => matches(table.name));
      const page = pageOf(found, input, MAX_PER_PAGE);
      return { TableList: page.items.map((table) => describeTable(table, accountId)), NextToken: page.next };
    },
  }),

  /** Replaces a table's definition, if need be of the one version that the caller has seen. */
  UpdateTable: operation({
    rules: { ...definition, VersionId: string({ minLength: 1, maxLength: 255 }) },
    async run(store, { DatabaseName, TableInput, VersionId }, { region }) {
      requireDatabase(store, region, DatabaseName);
      const table = tableFromInput(TableInput, { region, database: DatabaseName, now: store.now() });
      const version = VersionId === undefined ? undefined : Number(VersionId);
      await store.env.transaction(() => store.tables.replace(table, version));
      return {};
    },
  }),

  /** Takes a table out of the catalog; its objects stay. */
  DeleteTable: operation({
    rules: namedTable,
    async run(store, { DatabaseName, Name }, { region }) {
      requireDatabase(store, region, DatabaseName);
      if (!(await store.tables.delete(region, DatabaseName, Name))) throw missingTable(Name);
      return {};
    },
  }),

  /** None, for the tables that Feature Store makes have no partitions in the catalog. */
  GetPartitions: operation({
    rules: { DatabaseName: required(string()), TableName: required(string()) },
    run(store, { DatabaseName, TableName }, { region }) {
      if (!store.tables.get(region, DatabaseName, TableName)) throw missingTable(TableName);
      return { Partitions: [] };
    },
  }),
};
