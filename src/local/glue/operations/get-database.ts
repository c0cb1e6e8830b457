/** GetDatabase: whether the catalog has a database. */
import type { Operation } from '../../wire/operation.js';
import { required, string } from '../../wire/rules.js';
import { requireDatabase } from './shapes.js';

export const getDatabase: Operation<{ Name: string }> = {
  rules: { Name: required(string({ minLength: 1, maxLength: 255 })) },
  run(store, { Name }, { region, accountId }) {
    requireDatabase(store, region, Name);
    return { Database: { Name: Name.toLowerCase(), CatalogId: accountId } };
  },
};
