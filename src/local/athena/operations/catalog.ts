/** The catalog as shown by Athena; Glue has the rest. */
import type { Operation } from '../../wire/operation.js';

/** ListDataCatalogs: the single catalog of the store. */
export const listDataCatalogs: Operation<object> = {
  rules: {},
  run: () => ({ DataCatalogsSummary: [{ CatalogName: 'AwsDataCatalog', Type: 'GLUE' }] }),
};
