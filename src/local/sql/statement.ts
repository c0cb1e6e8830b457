/** What kind of statement Athena was given, and its parts. Refuses what is no statement, in Trino's words. */
import { mismatched, QueryError } from './errors.js';
import { closing, isName, positionOf, tokenize, type Token } from './tokens.js';

export interface TableName {
  database?: string;
  name: string;
  token: Token;
}

export type Properties = Record<string, string | string[]>;

export type Statement =
  | { kind: 'query' | 'explain'; query: Token[] }
  | { kind: 'show'; what: 'tables' | 'databases'; database?: string; pattern?: string }
  | { kind: 'describe' | 'showColumns' | 'showCreate' | 'showProperties'; table: TableName }
  | { kind: 'vacuum' | 'optimize'; table: TableName }
  | { kind: 'createDatabase'; name: string; ifNotExists: boolean }
  | {
      kind: 'createTableAs';
      table: TableName;
      properties: Properties;
      query: Token[];
      ifNotExists: boolean;
      empty: boolean;
    }
  | { kind: 'insert'; table: TableName; columns?: string[]; query: Token[] }
  | { kind: 'unload'; query: Token[]; to: string; properties: Properties }
  | { kind: 'delete'; table: TableName; where: Token[] }
  | { kind: 'setProperties'; table: TableName; properties: Properties }
  | { kind: 'addColumns'; table: TableName; columns: { name: string; type: string }[] }
  | { kind: 'dropTable'; table: TableName; ifExists: boolean };

export interface ParsedStatement {
  sql: string;
  tokens: Token[];
  statement: Statement;
}

/** Parses as much of a statement as tells what to do; queries stay tokens. Throws QueryError MALFORMED_QUERY. */
export function parseStatement(sql: string): ParsedStatement {
  const tokens = tokenize(sql);
  while (tokens.at(-1)?.text === ';') tokens.pop();
  const extra = tokens.find((token) => token.text === ';');
  if (extra) throw new QueryError('MALFORMED_QUERY', `Only one sql statement is allowed. Got: ${sql}`);
  const reader = new Reader(sql, tokens);
  return { sql, tokens, statement: read(reader) };
}

const STATEMENTS =
  "'ALTER', 'CREATE', 'DELETE', 'DESC', 'DESCRIBE', 'DROP', 'EXPLAIN', 'INSERT', 'OPTIMIZE', 'SHOW', 'UNLOAD', 'VACUUM', <query>";

function read(reader: Reader): Statement {
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

const READERS: Record<string, (reader: Reader) => Statement> = {
  explain(reader) {
    reader.accept('analyze');
    return { kind: 'explain', query: reader.rest() };
  },
  show: readShow,
  describe: readDescribe,
  desc: readDescribe,
  create: readCreate,
  insert: readInsert,
  unload: readUnload,
  delete: readDelete,
  alter: readAlter,
  update: (reader) => unsupported(reader, 'UPDATE'),
  merge: (reader) => unsupported(reader, 'MERGE'),
  vacuum: (reader) => ({ kind: 'vacuum', table: reader.table() }),
  optimize(reader) {
    const table = reader.table();
    'rewrite data using bin_pack'.split(' ').forEach((word) => reader.word(word));
    if (reader.peek()?.name === 'where') unsupported(reader, 'OPTIMIZE with a WHERE clause');
    return { kind: 'optimize', table };
  },
  drop(reader) {
    reader.word('table');
    return { kind: 'dropTable', ifExists: reader.accept('if', 'exists'), table: reader.table() };
  },
};

function unsupported(reader: Reader, what: string): never {
  throw new QueryError(
    'NOT_SUPPORTED',
    `${positionOf(reader.sql, reader.peek()?.at ?? 0)}: the embedded store does not run ${what}`,
  );
}

function readShow(reader: Reader): Statement {
  if (reader.accept('create', 'table')) return { kind: 'showCreate', table: reader.table() };
  if (reader.accept('tblproperties')) return { kind: 'showProperties', table: reader.table() };
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

function readDescribe(reader: Reader): Statement {
  if (!reader.accept('formatted')) reader.accept('extended');
  return { kind: 'describe', table: reader.table() };
}

function readCreate(reader: Reader): Statement {
  if (reader.accept('database') || reader.accept('schema')) {
    return { kind: 'createDatabase', ifNotExists: reader.accept('if', 'not', 'exists'), name: reader.name() };
  }
  if (['external', 'view', 'or'].includes(reader.peek()?.name ?? ''))
    unsupported(reader, 'CREATE EXTERNAL TABLE or CREATE VIEW');
  reader.word('table');
  const ifNotExists = reader.accept('if', 'not', 'exists');
  const table = reader.table();
  const properties = reader.accept('with') ? reader.properties() : {};
  reader.word('as');
  const query = reader.rest();
  const empty =
    query
      .slice(-3)
      .map((token) => token.name)
      .join(' ') === 'with no data';
  return { kind: 'createTableAs', table, properties, ifNotExists, empty, query: empty ? query.slice(0, -3) : query };
}

function readInsert(reader: Reader): Statement {
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

function readUnload(reader: Reader): Statement {
  const query = reader.parenthesis();
  reader.word('to');
  const to = reader.string();
  reader.word('with');
  return { kind: 'unload', query, to, properties: reader.properties() };
}

function readDelete(reader: Reader): Statement {
  reader.word('from');
  const table = reader.table();
  const where = reader.accept('where') ? reader.rest() : [];
  return { kind: 'delete', table, where };
}

function readAlter(reader: Reader): Statement {
  reader.word('table');
  const table = reader.table();
  if (reader.accept('set', 'tblproperties')) return { kind: 'setProperties', table, properties: reader.properties() };
  if (!reader.accept('add', 'columns')) unsupported(reader, 'this ALTER TABLE');
  const columns: { name: string; type: string }[] = [];
  for (let inside = reader.parenthesis(); inside.length > 0;) {
    const end = inside.findIndex(
      (token, i) =>
        token.text === ',' && !inside.slice(0, i).some((t) => t.text === '(' && closing(inside, inside.indexOf(t)) > i),
    );
    const [name, ...type] = end < 0 ? inside : inside.slice(0, end);
    columns.push({
      name: name!.name.toLowerCase(),
      type: type
        .map((token) => token.text)
        .join('')
        .toLowerCase(),
    });
    inside = end < 0 ? [] : inside.slice(end + 1);
  }
  return { kind: 'addColumns', table, columns };
}

/** Walks the tokens of a statement; each method takes what it names, or throws in Trino's words. */
class Reader {
  readonly sql: string;
  private readonly tokens: Token[];
  private at = 0;

  constructor(sql: string, tokens: Token[]) {
    this.sql = sql;
    this.tokens = tokens;
  }

  peek(ahead = 0): Token | undefined {
    return this.tokens[this.at + ahead];
  }

  /** Takes the words if they come next. */
  accept(...words: string[]): boolean {
    const found = words.every((word, i) => this.peek(i)?.kind === 'word' && this.peek(i)?.name === word);
    if (found) this.at += words.length;
    return found;
  }

  word(word: string): void {
    if (!this.accept(word)) throw mismatched(this.sql, this.peek(), `'${word.toUpperCase()}'`);
  }

  name(): string {
    const token = this.peek();
    if (!isName(token)) throw mismatched(this.sql, token, '<identifier>');
    this.at++;
    return token.name.toLowerCase();
  }

  /** `t`, `db.t` or `catalog.db.t`. */
  table(): TableName {
    const token = this.peek()!;
    const parts = [this.name()];
    while (this.peek()?.text === '.') {
      this.at++;
      parts.push(this.name());
    }
    return { name: parts.at(-1)!, database: parts.at(-2), token };
  }

  string(): string {
    const token = this.peek();
    if (token?.kind !== 'string') throw mismatched(this.sql, token, '<string>');
    this.at++;
    return token.text.slice(1, -1).replaceAll("''", "'");
  }

  /** What is inside the parentheses that open here. */
  parenthesis(): Token[] {
    if (this.peek()?.text !== '(') throw mismatched(this.sql, this.peek(), "'('");
    const close = closing(this.tokens, this.at);
    if (close === this.tokens.length) throw mismatched(this.sql, undefined, "')'");
    const inside = this.tokens.slice(this.at + 1, close);
    this.at = close + 1;
    return inside;
  }

  /** `(name = 'value', "name" = ARRAY['a', 'b'], …)`. */
  properties(): Properties {
    const inside = new Reader(this.sql, this.parenthesis());
    const properties: Properties = {};
    while (inside.peek()) {
      const name = inside.peek()?.kind === 'string' ? inside.string() : inside.name();
      if (inside.peek()?.text !== '=') throw mismatched(this.sql, inside.peek(), "'='");
      inside.at++;
      properties[name] = inside.value();
      if (inside.peek()?.text === ',') inside.at++;
    }
    return properties;
  }

  private value(): string | string[] {
    if (!this.accept('array')) {
      const token = this.peek();
      if (token?.kind === 'string') return this.string();
      this.at++;
      return token?.text ?? '';
    }
    const items: string[] = [];
    while (this.peek() && this.peek()?.text !== ']') {
      if (this.peek()?.kind === 'string') items.push(this.string());
      else this.at++;
    }
    this.at++;
    return items;
  }

  rest(): Token[] {
    const rest = this.tokens.slice(this.at);
    if (rest.length === 0) throw mismatched(this.sql, undefined, '<query>');
    this.at = this.tokens.length;
    return rest;
  }

  end(): void {
    if (this.peek()) throw mismatched(this.sql, this.peek(), '<EOF>');
  }
}
