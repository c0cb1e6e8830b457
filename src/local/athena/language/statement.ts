/** The statements that Athena runs, as a table of their forms, and what is read from one. Rejects the rest as Trino does. */
import type { Execution } from '../executions.js';
import { mismatched, QueryError } from './errors.js';
import { isName, positionOf, tokenize, type Token } from './tokens.js';

export type Form = readonly [type: Execution['statementType'], form: string, resultSuffix?: string];

/**
 * By Athena's `SubstatementType`: the type, the form, and what the name of the result has after the id, by default
 * `.txt`. Keywords are in capitals, a choice of them with `|`; parts are in lower case; brackets are around what may be
 * left out.
 */
export const FORMS = {
  SELECT: ['DML', '[MERGE|UNLOAD|UPDATE unsupported] query', '.csv'],
  INSERT: ['DML', 'INSERT INTO table [columns] query', ''],
  DELETE: ['DML', 'DELETE FROM table [WHERE query]', '.csv'],
  OPTIMIZE: ['DML', 'OPTIMIZE plainTable REWRITE DATA USING BIN_PACK [WHERE unsupported]'],
  VACUUM: ['DML', 'VACUUM plainTable'],
  CREATE_DATABASE: [
    'DDL',
    'CREATE [EXTERNAL|OR|TABLE|VIEW unsupported] DATABASE|SCHEMA [IF NOT EXISTS lenient] database',
  ],
  ALTER_TABLE_SET_TBLPROPERTIES: [
    'DDL',
    'ALTER TABLE plainTable [ADD|CHANGE|DROP|RENAME|REPLACE unsupported] SET [LOCATION unsupported] TBLPROPERTIES properties',
  ],
  DROP_TABLE: ['DDL', 'DROP TABLE [IF EXISTS lenient] table'],
  MSCK_REPAIR_TABLE: ['DDL', 'MSCK REPAIR TABLE table'],
  DESCRIBE_TABLE: ['UTILITY', 'DESC|DESCRIBE [EXTENDED|FORMATTED] table'],
  SHOW_COLUMNS: ['UTILITY', 'SHOW COLUMNS FROM|IN table [FROM|IN database]'],
  SHOW_DATABASES: ['UTILITY', 'SHOW DATABASES|SCHEMAS [LIKE] [pattern]'],
  SHOW_PARTITIONS: ['UTILITY', 'SHOW PARTITIONS table'],
  SHOW_TABLES: ['UTILITY', 'SHOW TABLES [FROM|IN database] [LIKE] [pattern]'],
  SHOW_TBLPROPERTIES: ['UTILITY', 'SHOW TBLPROPERTIES plainTable'],
} satisfies Record<string, Form>;

export type Kind = keyof typeof FORMS;

const NOT_QUERIES = (Object.keys(FORMS) as Kind[]).filter((kind) => kind !== 'SELECT');
/** What a query begins with. */
const QUERY = 'SELECT|WITH|VALUES|TABLE|(';

export interface TableName {
  database?: string;
  name: string;
}

/** What a statement says; the parts that its form does not have are empty. */
export interface Statement {
  kind: Kind;
  table: TableName;
  database?: string;
  pattern?: string;
  columns?: string[];
  properties: Record<string, string>;
  /** With IF EXISTS or IF NOT EXISTS. */
  lenient: boolean;
  /** The query of SELECT and INSERT, the condition of DELETE. */
  query: Token[];
}

export interface ParsedStatement {
  sql: string;
  tokens: Token[];
  statement: Statement;
}

/** Parses a statement as far as needed; queries remain tokens. Throws QueryError MALFORMED_QUERY. */
export function parseStatement(sql: string): ParsedStatement {
  const tokens = tokenize(sql);
  while (tokens.at(-1)?.text === ';') tokens.pop();
  if (tokens.some(({ text }) => text === ';'))
    throw new QueryError('MALFORMED_QUERY', `Only one sql statement is allowed. Got: ${sql}`);
  return { sql, tokens, statement: read(sql, tokens) };
}

const itemsOf = (form: string): string[] => form.match(/\[[^\]]*\]|\S+/g) ?? [];
const isKeyword = (item: string): boolean => /^[A-Z(]/.test(item);
const shown = (choice: string): string => `'${choice.replaceAll('|', "', '")}'`;
const fits = (choice: string, token: Token | undefined): boolean =>
  (token?.kind === 'word' || token?.kind === 'symbol') && choice.split('|').includes(token.name.toUpperCase());

function read(sql: string, tokens: Token[]): Statement {
  let at = 0;
  const statement: Statement = { kind: 'SELECT', table: { name: '' }, properties: {}, lenient: false, query: [] };
  const failure = (expecting: string) => mismatched(sql, tokens[at], expecting);

  function accept(choice: string): boolean {
    const found = fits(choice, tokens[at]);
    if (found) at++;
    return found;
  }
  function require(choice: string): void {
    if (!accept(choice)) throw failure(shown(choice));
  }
  function name(): string {
    const token = tokens[at];
    if (!isName(token)) throw failure('<identifier>');
    at++;
    return token.name.toLowerCase();
  }
  function text(): string {
    const token = tokens[at];
    if (token?.kind !== 'string') throw failure('<string>');
    at++;
    return token.text.slice(1, -1).replaceAll("''", "'");
  }
  function inParentheses(one: () => void): void {
    require('(');
    do one();
    while (accept(','));
    require(')');
  }
  const parts: Record<string, () => void> = {
    /** `t`, `db.t` or `catalog.db.t`. */
    table() {
      const names = [name()];
      while (accept('.')) names.push(name());
      statement.table = { name: names.at(-1)!, database: names.at(-2) };
    },
    /**
     * The table of a statement of Hive or Athena itself: without double quotes, and with backticks around the table only.
     * @see https://docs.aws.amazon.com/athena/latest/ug/vacuum-statement.html
     */
    plainTable() {
      const start = at;
      parts.table!();
      for (const [i, token] of tokens.slice(start, at).entries()) {
        const isPlain = token.kind !== 'quoted' || (i === at - start - 1 && token.text.startsWith('`'));
        if (!isPlain) throw mismatched(sql, token, '<identifier>');
      }
    },
    database: () => void (statement.database = name()),
    pattern: () => void (statement.pattern = text()),
    lenient: () => void (statement.lenient = true),
    columns() {
      const columns = (statement.columns = [] as string[]);
      inParentheses(() => columns.push(name()));
    },
    properties: () =>
      inParentheses(() => {
        const key = tokens[at]?.kind === 'string' ? text() : name();
        require('=');
        statement.properties[key] = text();
      }),
    query() {
      if (at === tokens.length) throw failure('<query>');
      statement.query = tokens.slice(at);
      at = tokens.length;
    },
    unsupported() {
      const last = tokens[at - 1]!;
      const words = sql.slice(tokens[0]!.at, last.at + last.text.length);
      throw new QueryError('NOT_SUPPORTED', `${positionOf(sql, last.at)}: the embedded store does not run ${words}`);
    },
  };
  /** Whether what may be left out is there. */
  function isNext(item: string): boolean {
    if (item === 'pattern') return tokens[at]?.kind === 'string';
    if (item === 'columns') return fits('(', tokens[at]) && !fits(QUERY, tokens[at + 1]);
    return fits(item, tokens[at]);
  }
  function follow(form: string): void {
    for (const item of itemsOf(form)) {
      const optional = item.startsWith('[') ? item.slice(1, -1) : undefined;
      if (optional && isNext(itemsOf(optional)[0]!)) follow(optional);
      else if (isKeyword(item)) require(item);
      else if (!optional) parts[item]!();
    }
  }
  /** The kind whose form begins with the same keywords. */
  function kindOf(i: number, among: Kind[]): Kind {
    const next = (kind: Kind) => itemsOf(FORMS[kind][1])[i]!;
    if (!isKeyword(next(among[0]!))) return among[0]!;
    const fitting = among.filter((kind) => fits(next(kind), tokens[i]));
    if (fitting.length > 0) return kindOf(i + 1, fitting);
    at = i;
    const expected = [...new Set(among.map(next))].map(shown);
    throw failure([...expected.sort(), ...(i === 0 ? ['<query>'] : [])].join(', '));
  }

  if (!fits(`${QUERY}|MERGE|UNLOAD|UPDATE`, tokens[0])) statement.kind = kindOf(0, NOT_QUERIES);
  follow(FORMS[statement.kind][1]);
  if (at < tokens.length) throw failure('<EOF>');
  return statement;
}
