/** GetDatabase: whether the catalog has a database. */
import type { Operation } from '../../wire/operation.js';
import { required, string } from '../../wire/rules.js';
import { requireCatalog } from './shapes.js';

export const getDatabase: Operation<{ CatalogName: string; DatabaseName: string }> = {
  rules: { CatalogName: required(string()), DatabaseName: required(string()) },
  run(store, { CatalogName, DatabaseName }, caller) {
    requireCatalog(store, caller, { catalog: CatalogName, database: DatabaseName });
    return { Database: { Name: DatabaseName.toLowerCase() } };
  },
};
