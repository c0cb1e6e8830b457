/** What Athena shows of the catalog; Glue has the rest. */
import type { Operation } from '../../wire/operation.js';

/** ListDataCatalogs: the one catalog that the store has. */
export const listDataCatalogs: Operation<object> = {
  rules: {},
  run: () => ({ DataCatalogsSummary: [{ CatalogName: 'AwsDataCatalog', Type: 'GLUE' }] }),
};
