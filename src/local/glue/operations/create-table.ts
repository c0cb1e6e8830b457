/** CreateTable: a Parquet table that its owner maintains, e.g. for a group that brings its own. */
import type { Operation } from '../../wire/operation.js';
import { required, string, structure } from '../../wire/rules.js';
import { requireDatabase, tableFromInput } from './shapes.js';

interface Input {
  DatabaseName: string;
  TableInput: Parameters<typeof tableFromInput>[0];
}

export const createTable: Operation<Input> = {
  rules: {
    DatabaseName: required(string({ minLength: 1, maxLength: 255 })),
    TableInput: required(structure({ Name: required(string({ minLength: 1, maxLength: 255 })) })),
  },
  async run(store, { DatabaseName, TableInput }, { region }) {
    requireDatabase(store, region, DatabaseName);
    await store.tables.create(tableFromInput(TableInput, { region, database: DatabaseName, now: store.now() }));
    return {};
  },
};
