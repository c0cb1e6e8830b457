/** GetDataCatalog: the one catalog that the store has. */
import type { Operation } from '../../wire/operation.js';
import { required, string } from '../../wire/rules.js';
import { requireCatalog } from './shapes.js';

export const getDataCatalog: Operation<{ Name: string }> = {
  rules: { Name: required(string()) },
  run(store, { Name }, caller) {
    requireCatalog(store, caller, { catalog: Name });
    return { DataCatalog: { Name: 'AwsDataCatalog', Type: 'GLUE', Parameters: { 'catalog-id': caller.accountId } } };
  },
};
