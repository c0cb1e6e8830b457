/** What a query fails with: Trino's error names and numbers, and DuckDB's words translated into them. */
import { isName, positionOf, type Token } from './tokens.js';

/** A query that ends FAILED, or is refused at the start when the reason is a syntax error. */
export class QueryError extends Error {
  /** E.g. `TABLE_NOT_FOUND`. */
  readonly reason: string;
  constructor(reason: string, message: string) {
    super(message);
    this.name = 'QueryError';
    this.reason = reason;
  }
}

/** Athena's error types (2: the user's), as measured; others are 1000 of the same category. */
const ERROR_TYPES: Record<string, number> = {
  TABLE_NOT_FOUND: 1301,
  SCHEMA_NOT_FOUND: 1301,
  COLUMN_NOT_FOUND: 1006,
  TYPE_MISMATCH: 1002,
  NOT_SUPPORTED: 1200,
};
const OTHER_USER_ERROR = 1000;

export const errorTypeOf = (reason: string): number => ERROR_TYPES[reason] ?? OTHER_USER_ERROR;

export interface Origin {
  /** The statement as it was sent. */
  sql: string;
  tokens: Token[];
  /** Where each token begins in what DuckDB was given. */
  starts: number[];
  /** What DuckDB was given. */
  rewritten: string;
  database: string;
}

/** The same with something around it in what DuckDB is given. */
export const around = (origin: Origin, before: string, after: string): Origin => ({
  ...origin,
  starts: origin.starts.map((start) => before.length + start),
  rewritten: before + origin.rewritten + after,
});

/** `line 1:8: mismatched input 'x'. …` for the token, or for the end of the statement. */
export function mismatched(sql: string, token: Token | undefined, expecting?: string): QueryError {
  const at = token?.at ?? sql.length;
  const tail = expecting ? `. Expecting: ${expecting}` : '';
  return new QueryError(
    'MALFORMED_QUERY',
    `${positionOf(sql, at)}: mismatched input '${token?.text ?? '<EOF>'}'${tail}`,
  );
}

/** DuckDB's complaint in Trino's words. */
export function translate(error: unknown, origin: Origin): unknown {
  if (!(error instanceof Error)) return error;
  const message = error.message.replace(EXTRACTION, '');
  for (const [pattern, reason, words = firstOf, place] of TRANSLATIONS) {
    const found = pattern.exec(message);
    if (!found) continue;
    const token = place?.(origin, message, found[1]);
    return new QueryError(reason, `${place ? `${where(origin, token)}: ` : ''}${words(found, token?.text ?? '')}`);
  }
  return error;
}

const firstOf = ([, first = '']: RegExpExecArray) => first;

/** Whether DuckDB could not even parse the statement. */
export const isSyntaxError = (error: unknown): boolean =>
  error instanceof Error && /^(Parser|Syntax) Error/.test(error.message.replace(EXTRACTION, ''));

const EXTRACTION = /^Failed to extract statements: /;

/** What DuckDB's conversions call the types. */
const TYPE_NAMES: Record<string, string> = {
  INT64: 'BIGINT',
  INT32: 'INT',
  INT16: 'SMALLINT',
  INT8: 'TINYINT',
  BOOL: 'BOOLEAN',
};

/** The token that a complaint is about; `name` is what the pattern found first. */
type Place = (origin: Origin, message: string, name?: string) => Token | undefined;
const caret: Place = tokenAt;
const endOf = ({ sql }: Origin): Token => ({ kind: 'symbol', text: '<EOF>', name: '', at: sql.length, gap: '' });
const start: Place = ({ tokens }) => tokens[0];
const byName: Place = ({ tokens }, _message, name) =>
  tokens.find((token) => isName(token) && token.name.toLowerCase() === lower(name));

/** DuckDB's words, Trino's name and words for them, by default what was found first, and where that is. */
type Translation = [RegExp, string, ((found: RegExpExecArray, token: string) => string)?, Place?];

const TRANSLATIONS: Translation[] = [
  [
    /^(?:Parser|Syntax) Error: (?:syntax error at or near|syntax error|unterminated)/,
    'MALFORMED_QUERY',
    (_found, token) => `mismatched input '${token}'`,
    (origin, message) => tokenAt(origin, message) ?? endOf(origin),
  ],
  [/^(?:Parser|Syntax) Error: ([^\n]*)/, 'MALFORMED_QUERY', undefined, caret],
  [
    /(?:Referenced (?:column|table)|does not have a column named) "([^"]*)"/,
    'COLUMN_NOT_FOUND',
    ([, name]) =>
      `Column '${lower(name)}' cannot be resolved or requester is not authorized to access requested resources`,
    byName,
  ],
  [
    /Ambiguous reference to column name "([^"]*)"/,
    'AMBIGUOUS_NAME',
    ([, name]) => `Column '${lower(name)}' is ambiguous`,
    byName,
  ],
  [/^Binder Error: (column "[^"]*" must appear in the GROUP BY[^\n]*)/, 'EXPRESSION_NOT_AGGREGATE', undefined, start],
  [
    /^Binder Error: Cannot compare values of type (.+) and type (.+?) - an explicit cast/,
    'TYPE_MISMATCH',
    ([, left, right], token) => `Cannot apply operator: ${typeName(left)} ${token} ${typeName(right)}`,
    caret,
  ],
  [
    /^Binder Error: Cannot mix values of type (.+) and (.+) in /,
    'TYPE_MISMATCH',
    ([, left, right]) => `Cannot find common type between ${typeName(left)} and ${typeName(right)}`,
    caret,
  ],
  [/^Binder Error: ARRAY_SLICE can only/, 'TYPE_MISMATCH', () => 'Unexpected parameters for function concat', start],
  [
    /^Binder Error: ((?:Cannot compare|No function matches|Could not choose|Set operations|Cannot combine)[^\n]*)/,
    'TYPE_MISMATCH',
    undefined,
    caret,
  ],
  // What the macros of `functions.ts` say.
  [/^Conversion Error: Could not convert string '(Division by zero)'/, 'DIVISION_BY_ZERO'],
  [/^Conversion Error: Could not convert string '(Cannot cast '[\s\S]*' to [\w ()]+)' to INT/, 'INVALID_CAST_ARGUMENT'],
  [/^Conversion Error: Could not convert string '((?:Index must be|SQL array) [\w ]+)'/, 'INVALID_FUNCTION_ARGUMENT'],
  [
    /^Conversion Error: Could not convert string '([\s\S]*?)' to (\w+)/,
    'INVALID_CAST_ARGUMENT',
    ([, text, type = '']) => `Cannot cast '${text}' to ${TYPE_NAMES[type] ?? type}`,
  ],
  [/^Conversion Error: ([^\n]*)/, 'INVALID_CAST_ARGUMENT'],
  [/^Out of Range Error: ([^\n]*)/, 'NUMERIC_VALUE_OUT_OF_RANGE'],
  [/^(?:Binder|Catalog) Error: ([^\n]*)/, 'GENERIC_USER_ERROR'],
  [/^Invalid Input Error: ([^\n]*)/, 'INVALID_FUNCTION_ARGUMENT'],
  [/^(?:Not implemented) Error: ([^\n]*)/, 'NOT_SUPPORTED'],
];

/** The answer for a table that the catalog does not have. */
export function tableNotFound(origin: Pick<Origin, 'sql' | 'tokens' | 'database'>, name: string): QueryError {
  const parts = name.split('.');
  const table = lower(parts.at(-1));
  const database = lower(parts.at(-2) ?? origin.database);
  return new QueryError(
    'TABLE_NOT_FOUND',
    `${where(origin, startOf(origin.tokens, table))}: Table 'awsdatacatalog.${database}.${table}' does not exist`,
  );
}

/** A type of DuckDB's; `strict.ts` writes a whole number as the decimal. */
const typeName = (type = '') =>
  type
    .replace(/INTEGER_LITERAL|DECIMAL\(38,0\)/, 'INTEGER')
    .replace('STRING_LITERAL', 'VARCHAR')
    .toLowerCase();

const lower = (name: string | undefined) => (name ?? '').toLowerCase();
const where = ({ sql }: { sql: string }, token: Token | undefined) => positionOf(sql, token?.at ?? 0);

/** The first token of the dotted name that ends in this table. */
function startOf(tokens: Token[], table: string): Token | undefined {
  let i = tokens.findIndex((token) => isName(token) && token.name.toLowerCase() === table);
  while (i >= 2 && tokens[i - 1]?.text === '.') i -= 2;
  return tokens[i];
}

/** Finds the token under DuckDB's caret; its excerpt of a long line is cut at both ends. */
function tokenAt(origin: Origin, message: string): Token | undefined {
  const [, label = '', excerpt = '', padding = ''] = /(LINE \d+: )([^\n]*)\n( *)\^/.exec(message) ?? [];
  if (!label) return undefined;
  const text = excerpt.replace(/^\.\.\./, '').replace(/\.\.\.$/, '');
  const cut = excerpt.startsWith('...') ? '...'.length : 0;
  const offset = origin.rewritten.indexOf(text) + padding.length - label.length - cut;
  const index = origin.starts.findLastIndex((start) => start <= offset);
  return origin.tokens[Math.max(index, 0)];
}
