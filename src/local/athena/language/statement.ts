/** Recognizes the kind of a statement, and its parts. Rejects anything else with the errors of Trino. */
import { mismatched, QueryError } from './errors.js';
import { StatementReader, type Properties, type TableName } from './statement-reader.js';
import { isName, positionOf, tokenize, type Token } from './tokens.js';

export type Statement =
  | { kind: 'query'; query: Token[] }
  | { kind: 'show'; what: 'tables' | 'databases'; database?: string; pattern?: string }
  | { kind: 'describe' | 'showColumns' | 'showPartitions' | 'showProperties' | 'repair'; table: TableName }
  | { kind: 'vacuum' | 'optimize'; table: TableName }
  | { kind: 'createDatabase'; name: string; ifNotExists: boolean }
  | { kind: 'insert'; table: TableName; columns?: string[]; query: Token[] }
  | { kind: 'delete'; table: TableName; where: Token[] }
  | { kind: 'setProperties'; table: TableName; properties: Properties }
  | { kind: 'dropTable'; table: TableName; ifExists: boolean };

export interface ParsedStatement {
  sql: string;
  tokens: Token[];
  statement: Statement;
}

/** Parses a statement as far as needed; queries remain tokens. Throws QueryError MALFORMED_QUERY. */
export function parseStatement(sql: string): ParsedStatement {
  const tokens = tokenize(sql);
  while (tokens.at(-1)?.text === ';') tokens.pop();
  const extra = tokens.find((token) => token.text === ';');
  if (extra) throw new QueryError('MALFORMED_QUERY', `Only one sql statement is allowed. Got: ${sql}`);
  const reader = new StatementReader(sql, tokens);
  return { sql, tokens, statement: read(reader) };
}

const STATEMENTS =
  "'ALTER', 'CREATE', 'DELETE', 'DESC', 'DESCRIBE', 'DROP', 'INSERT', 'MSCK', 'OPTIMIZE', 'SHOW', 'UNLOAD', 'VACUUM', <query>";

function read(reader: StatementReader): Statement {
  const first = reader.peek();
  if (['select', 'with', 'values', 'table', '('].includes(first?.name ?? ''))
    return { kind: 'query', query: reader.rest() };
  const known = first?.kind === 'word' && Object.hasOwn(READERS, first.name) ? READERS[first.name] : undefined;
  if (!known) throw mismatched(reader.sql, first, STATEMENTS);
  reader.word(first!.name);
  const statement = known(reader);
  reader.end();
  return statement;
}

const READERS: Record<string, (reader: StatementReader) => Statement> = {
  show: readShow,
  msck(reader) {
    'repair table'.split(' ').forEach((word) => reader.word(word));
    return { kind: 'repair', table: reader.table() };
  },
  describe: readDescribe,
  desc: readDescribe,
  create: readCreate,
  insert: readInsert,
  unload: (reader) => unsupported(reader, 'UNLOAD'),
  delete: readDelete,
  alter: readAlter,
  update: (reader) => unsupported(reader, 'UPDATE'),
  merge: (reader) => unsupported(reader, 'MERGE'),
  vacuum: (reader) => ({ kind: 'vacuum', table: reader.unquotedTable() }),
  optimize(reader) {
    const table = reader.unquotedTable();
    'rewrite data using bin_pack'.split(' ').forEach((word) => reader.word(word));
    if (reader.peek()?.name === 'where') unsupported(reader, 'OPTIMIZE with a WHERE clause');
    return { kind: 'optimize', table };
  },
  drop(reader) {
    reader.word('table');
    return { kind: 'dropTable', ifExists: reader.accept('if', 'exists'), table: reader.table() };
  },
};

function unsupported(reader: StatementReader, what: string): never {
  throw new QueryError(
    'NOT_SUPPORTED',
    `${positionOf(reader.sql, reader.peek()?.at ?? 0)}: the embedded store does not run ${what}`,
  );
}

function readShow(reader: StatementReader): Statement {
  if (reader.accept('partitions')) return { kind: 'showPartitions', table: reader.table() };
  if (reader.accept('tblproperties')) return { kind: 'showProperties', table: reader.unquotedTable() };
  if (reader.accept('columns')) {
    if (!reader.accept('in')) reader.word('from');
    const table = reader.table();
    if (reader.accept('in') || reader.accept('from')) table.database = reader.name();
    return { kind: 'showColumns', table };
  }
  const what = reader.accept('tables') ? 'tables' : 'databases';
  if (what === 'databases' && !reader.accept('databases')) reader.word('schemas');
  const database = reader.accept('in') || reader.accept('from') ? reader.name() : undefined;
  reader.accept('like');
  const pattern = reader.peek()?.kind === 'string' ? reader.string() : undefined;
  return { kind: 'show', what, database, pattern };
}

function readDescribe(reader: StatementReader): Statement {
  if (!reader.accept('formatted')) reader.accept('extended');
  return { kind: 'describe', table: reader.table() };
}

function readCreate(reader: StatementReader): Statement {
  if (reader.accept('database') || reader.accept('schema')) {
    return { kind: 'createDatabase', ifNotExists: reader.accept('if', 'not', 'exists'), name: reader.name() };
  }
  unsupported(reader, 'CREATE TABLE or CREATE VIEW');
}

function readInsert(reader: StatementReader): Statement {
  reader.word('into');
  const table = reader.table();
  const listed = reader.peek()?.text === '(' && !['select', 'with', 'values', '('].includes(reader.peek(1)?.name ?? '');
  const columns = listed
    ? reader
        .parenthesis()
        .filter(isName)
        .map((token) => token.name)
    : undefined;
  return { kind: 'insert', table, columns, query: reader.rest() };
}

function readDelete(reader: StatementReader): Statement {
  reader.word('from');
  const table = reader.table();
  const where = reader.accept('where') ? reader.rest() : [];
  return { kind: 'delete', table, where };
}

function readAlter(reader: StatementReader): Statement {
  reader.word('table');
  const table = reader.unquotedTable();
  if (reader.accept('set', 'tblproperties')) return { kind: 'setProperties', table, properties: reader.properties() };
  unsupported(reader, 'this ALTER TABLE');
}
