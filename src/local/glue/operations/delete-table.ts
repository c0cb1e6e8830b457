/** DeleteTable: takes a table out of the catalog; its objects stay. */
import type { Operation } from '../../wire/operation.js';
import { required, string } from '../../wire/rules.js';
import { missingTable } from '../tables.js';
import { requireDatabase } from './shapes.js';

export const deleteTable: Operation<{ DatabaseName: string; Name: string }> = {
  rules: {
    DatabaseName: required(string({ minLength: 1, maxLength: 255 })),
    Name: required(string({ minLength: 1, maxLength: 255 })),
  },
  async run(store, { DatabaseName, Name }, { region }) {
    requireDatabase(store, region, DatabaseName);
    if (!(await store.tables.delete(region, DatabaseName, Name))) throw missingTable(Name);
    return {};
  },
};
