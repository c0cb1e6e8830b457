/** The tables of the catalog; their objects stay whatever is done here. */
import type { Operation } from '../../wire/operation.js';
import { pageOf } from '../../wire/pages.js';
import { integer, required, string, structure } from '../../wire/rules.js';
import { matcher, missingTable } from '../tables.js';
import { describeTable, requireDatabase, tableFromInput } from './shapes.js';

const name = required(string({ minLength: 1, maxLength: 255 }));
const namedTable = { DatabaseName: name, Name: name };

interface Definition {
  DatabaseName: string;
  TableInput: Parameters<typeof tableFromInput>[0];
}

const definition = { DatabaseName: name, TableInput: required(structure({ Name: name })) };

/** CreateTable: a Parquet table that its owner maintains, e.g. for a group that brings its own. */
export const createTable: Operation<Definition> = {
  rules: definition,
  async run(store, { DatabaseName, TableInput }, { region }) {
    requireDatabase(store, region, DatabaseName);
    await store.tables.create(tableFromInput(TableInput, { region, database: DatabaseName, now: store.now() }));
    return {};
  },
};

/** GetTable: one table of the catalog, its columns and where its objects are. */
export const getTable: Operation<{ DatabaseName: string; Name: string }> = {
  rules: namedTable,
  run(store, { DatabaseName, Name }, { region, accountId }) {
    requireDatabase(store, region, DatabaseName);
    const table = store.tables.get(region, DatabaseName, Name);
    if (!table) throw missingTable(Name);
    return { Table: describeTable(table, accountId) };
  },
};

/** [GetTables](https://docs.aws.amazon.com/glue/latest/webapi/API_GetTables.html) */
const MAX_TABLES_PER_PAGE = 100;

interface GetTablesInput {
  DatabaseName: string;
  /** A pattern where `*` stands for anything and `|` for a choice. */
  Expression?: string;
  MaxResults?: number;
  NextToken?: string;
}

/** GetTables: the tables of a database whose names match. */
export const getTables: Operation<GetTablesInput> = {
  rules: {
    DatabaseName: name,
    Expression: string({ maxLength: 2048 }),
    MaxResults: integer({ min: 1, max: MAX_TABLES_PER_PAGE }),
  },
  run(store, { DatabaseName, Expression, MaxResults, NextToken }, { region, accountId }) {
    requireDatabase(store, region, DatabaseName);
    const matches = matcher(Expression);
    const found = store.tables.list(region, DatabaseName).filter(({ name }) => matches(name));
    const page = pageOf(found, { size: MaxResults ?? MAX_TABLES_PER_PAGE, token: NextToken });
    return { TableList: page.items.map((table) => describeTable(table, accountId)), NextToken: page.next };
  },
};

/** UpdateTable: replaces a table's definition, if need be of the one version that the caller has seen. */
export const updateTable: Operation<Definition & { VersionId?: string }> = {
  rules: { ...definition, VersionId: string({ minLength: 1, maxLength: 255 }) },
  async run(store, { DatabaseName, TableInput, VersionId }, { region }) {
    requireDatabase(store, region, DatabaseName);
    const table = tableFromInput(TableInput, { region, database: DatabaseName, now: store.now() });
    await store.tables.update(table, VersionId === undefined ? undefined : Number(VersionId));
    return {};
  },
};

/** DeleteTable: takes a table out of the catalog; its objects stay. */
export const deleteTable: Operation<{ DatabaseName: string; Name: string }> = {
  rules: namedTable,
  async run(store, { DatabaseName, Name }, { region }) {
    requireDatabase(store, region, DatabaseName);
    if (!(await store.tables.delete(region, DatabaseName, Name))) throw missingTable(Name);
    return {};
  },
};

/** GetPartitions: none, for the tables that Feature Store makes have no partitions in the catalog. */
export const getPartitions: Operation<{ DatabaseName: string; TableName: string }> = {
  rules: { DatabaseName: required(string()), TableName: required(string()) },
  run({ tables }, { DatabaseName, TableName }, { region }) {
    if (!tables.get(region, DatabaseName, TableName)) throw missingTable(TableName);
    return { Partitions: [] };
  },
};
