/** CreateDatabase: an empty database in the catalog. */
import type { Operation } from '../../wire/operation.js';
import { required, string, structure } from '../../wire/rules.js';

export const createDatabase: Operation<{ DatabaseInput: { Name: string } }> = {
  rules: { DatabaseInput: required(structure({ Name: required(string({ minLength: 1, maxLength: 255 })) })) },
  async run(store, { DatabaseInput }, { region }) {
    await store.tables.createDatabase(region, DatabaseInput.Name);
    return {};
  },
};
