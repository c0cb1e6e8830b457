/** UpdateTable: replaces a table's definition. */
import type { Operation } from '../../wire/operation.js';
import { required, string, structure } from '../../wire/rules.js';
import { requireDatabase, tableFromInput } from './shapes.js';

interface Input {
  DatabaseName: string;
  TableInput: Parameters<typeof tableFromInput>[0];
}

export const updateTable: Operation<Input> = {
  rules: {
    DatabaseName: required(string({ minLength: 1, maxLength: 255 })),
    TableInput: required(structure({ Name: required(string({ minLength: 1, maxLength: 255 })) })),
  },
  async run(store, { DatabaseName, TableInput }, { region }) {
    requireDatabase(store, region, DatabaseName);
    await store.tables.update(tableFromInput(TableInput, { region, database: DatabaseName, now: store.now() }));
    return {};
  },
};
