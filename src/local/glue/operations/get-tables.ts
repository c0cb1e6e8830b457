/** GetTables: the tables of a database whose names match. */
import type { Operation } from '../../wire/operation.js';
import { integer, required, string } from '../../wire/rules.js';
import { pageOf } from '../../wire/pages.js';
import { describeTable, requireDatabase } from './shapes.js';

/** [GetTables](https://docs.aws.amazon.com/glue/latest/webapi/API_GetTables.html) */
const MAX_TABLES_PER_PAGE = 100;

interface Input {
  DatabaseName: string;
  /** A pattern where `*` stands for anything and `|` for a choice. */
  Expression?: string;
  MaxResults?: number;
  NextToken?: string;
}

export const getTables: Operation<Input> = {
  rules: {
    DatabaseName: required(string({ minLength: 1, maxLength: 255 })),
    Expression: string({ maxLength: 2048 }),
    MaxResults: integer({ min: 1, max: MAX_TABLES_PER_PAGE }),
  },
  run(store, { DatabaseName, Expression, MaxResults, NextToken }, { region, accountId }) {
    requireDatabase(store, region, DatabaseName);
    const wanted = Expression === undefined ? () => true : matcher(Expression);
    const found = store.tables.list(region, DatabaseName).filter((table) => wanted(table.name));
    const page = pageOf(found, { size: MaxResults ?? MAX_TABLES_PER_PAGE, token: NextToken });
    return { TableList: page.items.map((table) => describeTable(table, accountId)), NextToken: page.next };
  },
};

function matcher(expression: string): (name: string) => boolean {
  const escaped = expression.replace(/[\\^$+?.()[\]{}]/g, '\\$&').replaceAll('*', '.*');
  const pattern = new RegExp(`^(?:${escaped})$`, 'i');
  return (name) => pattern.test(name);
}
