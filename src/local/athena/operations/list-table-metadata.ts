/** ListTableMetadata: the tables of a database whose names match a regular expression. */
import type { Operation } from '../../wire/operation.js';
import { integer, required, string } from '../../wire/rules.js';
import { pageOf } from '../../wire/pages.js';
import { invalidRequest } from './refusals.js';
import { describeTable, requireCatalog } from './shapes.js';

/** [ListTableMetadata](https://docs.aws.amazon.com/athena/latest/APIReference/API_ListTableMetadata.html) */
const MAX_TABLES_PER_PAGE = 50;

interface Input {
  CatalogName: string;
  DatabaseName: string;
  Expression?: string;
  MaxResults?: number;
  NextToken?: string;
}

export const listTableMetadata: Operation<Input> = {
  rules: {
    CatalogName: required(string()),
    DatabaseName: required(string()),
    Expression: string({ maxLength: 256 }),
    MaxResults: integer({ min: 1, max: MAX_TABLES_PER_PAGE }),
  },
  run(store, { CatalogName, DatabaseName, Expression, MaxResults, NextToken }, caller) {
    requireCatalog(store, caller, { catalog: CatalogName, database: DatabaseName });
    const wanted = expressionOf(Expression);
    const found = store.tables.list(caller.region, DatabaseName).filter(({ name }) => wanted.test(name));
    const page = pageOf(found, { size: MaxResults ?? MAX_TABLES_PER_PAGE, token: NextToken });
    return { TableMetadataList: page.items.map(describeTable), NextToken: page.next };
  },
};

function expressionOf(expression = '.*'): RegExp {
  try {
    return new RegExp(`^(?:${expression})$`);
  } catch {
    throw invalidRequest(`Expression ${expression} is not a regular expression`);
  }
}
