/** ListDataCatalogs: the one catalog that the store has. */
import type { Operation } from '../../wire/operation.js';

export const listDataCatalogs: Operation<object> = {
  rules: {},
  run: () => ({ DataCatalogsSummary: [{ CatalogName: 'AwsDataCatalog', Type: 'GLUE' }] }),
};
