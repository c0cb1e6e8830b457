/** GetDatabase: whether the catalog has a database. */
import type { Operation } from '../../operation.js';
import { required, string } from '../../rules.js';
import { requireCatalog } from './shapes.js';

export const getDatabase: Operation<{ CatalogName: string; DatabaseName: string }> = {
  rules: { CatalogName: required(string()), DatabaseName: required(string()) },
  run(store, { CatalogName, DatabaseName }, caller) {
    requireCatalog(store, caller, { catalog: CatalogName, database: DatabaseName });
    return { Database: { Name: DatabaseName.toLowerCase() } };
  },
};
