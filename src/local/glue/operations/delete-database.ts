/** DeleteDatabase: takes a database and its tables out of the catalog; their objects stay. */
import type { Operation } from '../../wire/operation.js';
import { required, string } from '../../wire/rules.js';
import { requireDatabase } from './shapes.js';

export const deleteDatabase: Operation<{ Name: string }> = {
  rules: { Name: required(string({ minLength: 1, maxLength: 255 })) },
  async run(store, { Name }, { region }) {
    requireDatabase(store, region, Name);
    await store.tables.deleteDatabase(region, Name);
    return {};
  },
};
