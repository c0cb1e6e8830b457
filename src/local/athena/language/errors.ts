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
  for (const [pattern, make] of TRANSLATIONS) {
    const found = pattern.exec(message);
    if (found) return make(found, origin, message);
  }
  return error;
}

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

const OWN_REASONS: Record<string, string> = { Divis: 'DIVISION_BY_ZERO', Canno: 'INVALID_CAST_ARGUMENT' };

type Translation = [RegExp, (found: RegExpExecArray, origin: Origin, message: string) => QueryError];

const TRANSLATIONS: Translation[] = [
  [
    /^(?:Parser|Syntax) Error: (?:syntax error at or near|syntax error|unterminated)/,
    (_found, origin, message) => mismatched(origin.sql, tokenAt(origin, message)),
  ],
  [
    /^(?:Parser|Syntax) Error: ([^\n]*)/,
    (found, origin, message) =>
      new QueryError('MALFORMED_QUERY', `${where(origin, tokenAt(origin, message))}: ${found[1]}`),
  ],
  [
    /Referenced (?:column|table) "([^"]*)" not found|Table "[^"]*" does not have a column named "([^"]*)"|Values list "[^"]*" does not have a column named "([^"]*)"/,
    (found, origin) => {
      const name = found[1] ?? found[2] ?? found[3] ?? '';
      return new QueryError(
        'COLUMN_NOT_FOUND',
        `${where(origin, named(origin, name))}: Column '${lower(name)}' cannot be resolved or requester is not authorized to access requested resources`,
      );
    },
  ],
  [
    /Ambiguous reference to column name "([^"]*)"/,
    ([, name], origin) =>
      new QueryError('AMBIGUOUS_NAME', `${where(origin, named(origin, name))}: Column '${lower(name)}' is ambiguous`),
  ],
  [
    /^Binder Error: (column "[^"]*" must appear in the GROUP BY[^\n]*)/,
    ([, words], origin) => new QueryError('EXPRESSION_NOT_AGGREGATE', `${where(origin, origin.tokens[0])}: ${words}`),
  ],
  [
    /^Binder Error: ((?:Cannot compare|No function matches|Could not choose|Cannot mix|Set operations|Cannot combine)[^\n]*)/,
    ([, words], origin, message) =>
      new QueryError('TYPE_MISMATCH', `${where(origin, tokenAt(origin, message))}: ${words}`),
  ],
  // What the macros of `functions.ts` say.
  [
    /^Conversion Error: Could not convert string '(Division by zero|Cannot cast '[\s\S]*' to \w+|Index must be [\w ]+|SQL array [\w ]+)' to INT\d+/,
    ([, words = '']) => new QueryError(OWN_REASONS[words.slice(0, 5)] ?? 'INVALID_FUNCTION_ARGUMENT', words),
  ],
  [
    /^Conversion Error: Could not convert string '([\s\S]*?)' to (\w+)/,
    ([, text, type]) =>
      new QueryError('INVALID_CAST_ARGUMENT', `Cannot cast '${text}' to ${TYPE_NAMES[type ?? ''] ?? type}`),
  ],
  [/^Conversion Error: ([^\n]*)/, ([, words]) => new QueryError('INVALID_CAST_ARGUMENT', words ?? '')],
  [/^Out of Range Error: ([^\n]*)/, ([, words]) => new QueryError('NUMERIC_VALUE_OUT_OF_RANGE', words ?? '')],
  [/^(?:Binder|Catalog) Error: ([^\n]*)/, ([, words]) => new QueryError('GENERIC_USER_ERROR', words ?? '')],
  [/^Invalid Input Error: ([^\n]*)/, ([, words]) => new QueryError('INVALID_FUNCTION_ARGUMENT', words ?? '')],
  [/^(?:Not implemented) Error: ([^\n]*)/, ([, words]) => new QueryError('NOT_SUPPORTED', words ?? '')],
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

const lower = (name: string | undefined) => (name ?? '').toLowerCase();
const where = ({ sql }: { sql: string }, token: Token | undefined) => positionOf(sql, token?.at ?? 0);
const named = ({ tokens }: Origin, name: string | undefined) =>
  tokens.find((token) => isName(token) && token.name.toLowerCase() === lower(name));

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
