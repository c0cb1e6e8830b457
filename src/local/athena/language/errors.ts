/** Query errors: names and codes of Trino, and translations of DuckDB errors. */
import { ServiceError } from '../../wire/service-error.js';
import { isName, positionOf, type Token } from './tokens.js';

/** An error for which a query ends FAILED, or is rejected on start in case of a syntax error; its code e.g. `TABLE_NOT_FOUND`. */
export class QueryError extends ServiceError {}

/** Error types of Athena (category 2: user), as measured; all others are 1000 in that category. */
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
  /** The original statement. */
  sql: string;
  tokens: Token[];
  /** Start of each token in the rewritten text. */
  starts: number[];
  /** The rewritten text for DuckDB. */
  rewritten: string;
  database: string;
}

/** The same, with text around the query. */
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

/** Translates an error of DuckDB. */
export function translate(error: unknown, origin: Origin): unknown {
  if (!(error instanceof Error)) return error;
  const message = error.message.replace(PREFACE, '');
  for (const [pattern, reason, words = '$0', place] of TRANSLATIONS) {
    const found = pattern.exec(message);
    if (!found) continue;
    const token = place?.(origin, message, found[1]);
    const part = (_: string, at: string) =>
      at === '@' ? (token?.text ?? '') : at === '0' ? (found[1] ?? '') : typeName(found[Number(at)]);
    const text = typeof words === 'string' ? words.replace(/\$([012@])/g, part) : words(found);
    return new QueryError(reason, place ? `${where(origin, token)}: ${text}` : text);
  }
  return error;
}

/** Whether it is a syntax error. */
export const isSyntaxError = (error: unknown): boolean =>
  error instanceof Error && /^(Parser|Syntax) Error/.test(error.message.replace(PREFACE, ''));

/** What DuckDB says before the error itself. */
const PREFACE = /^Failed to extract statements: |(?<=^Conversion Error: )Error while reading file [\s\S]*?: : /;

/** Type names in conversion errors of DuckDB. */
const TYPE_NAMES: Record<string, string> = {
  INT64: 'BIGINT',
  INT32: 'INT',
  INT16: 'SMALLINT',
  INT8: 'TINYINT',
  BOOL: 'BOOLEAN',
};

/** The token concerned; `name` is the first match of the pattern. */
type Place = (origin: Origin, message: string, name?: string) => Token | undefined;
const endOf = ({ sql }: Origin): Token => ({ kind: 'symbol', text: '<EOF>', name: '', at: sql.length, gap: '' });
const start: Place = ({ tokens }) => tokens[0];
const byName: Place = ({ tokens }, _message, name) =>
  tokens.find((token) => isName(token) && token.name.toLowerCase() === name?.toLowerCase());

/**
 * Pattern in DuckDB, error and message in Trino, and position. `$1` and `$2` in a message are what the pattern found, in
 * lower case, `$0` is the first as it is, and `$@` the token.
 */
type Translation = [RegExp, string, (string | ((found: RegExpExecArray) => string))?, Place?];

const TRANSLATIONS: Translation[] = [
  [
    /^(?:Parser|Syntax) Error: (?:syntax error at or near|syntax error|unterminated)/,
    'MALFORMED_QUERY',
    "mismatched input '$@'",
    (origin, message) => tokenAt(origin, message) ?? endOf(origin),
  ],
  [/^(?:Parser|Syntax) Error: ([^\n]*)/, 'MALFORMED_QUERY', undefined, tokenAt],
  [
    /(?:Referenced (?:column|table)|does not have a column named) "([^"]*)"/,
    'COLUMN_NOT_FOUND',
    "Column '$1' cannot be resolved or requester is not authorized to access requested resources",
    byName,
  ],
  [/Ambiguous reference to column name "([^"]*)"/, 'AMBIGUOUS_NAME', "Column '$1' is ambiguous", byName],
  [/^Binder Error: (column "[^"]*" must appear in the GROUP BY[^\n]*)/, 'EXPRESSION_NOT_AGGREGATE', undefined, start],
  [
    /^Binder Error: Cannot compare values of type (.+) and type (.+?) - an explicit cast/,
    'TYPE_MISMATCH',
    'Cannot apply operator: $1 $@ $2',
    tokenAt,
  ],
  [
    /^Binder Error: Cannot mix values of type (.+) and (.+) in /,
    'TYPE_MISMATCH',
    'Cannot find common type between $1 and $2',
    tokenAt,
  ],
  [/^Binder Error: ARRAY_SLICE can only/, 'TYPE_MISMATCH', 'Unexpected parameters for function concat', start],
  [
    /^Binder Error: ((?:Cannot compare|Cannot deduce|No function matches|Could not choose|Set operations|Cannot combine)[^\n]*)/,
    'TYPE_MISMATCH',
    undefined,
    tokenAt,
  ],
  // Errors of the macros in `functions.ts`.
  [/^Conversion Error: Could not convert string '(Division by zero)'/, 'DIVISION_BY_ZERO'],
  [/^Conversion Error: Could not convert string '(Cannot cast '[\s\S]*' to [\w ()]+)' to INT/, 'INVALID_CAST_ARGUMENT'],
  [
    /^Conversion Error: Could not convert string '((?:Index must be|SQL array|Invalid JSON path:|Invalid format:|expected 8-byte) [^\n]+)' to INT/,
    'INVALID_FUNCTION_ARGUMENT',
  ],
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

/** The error for a table that is not in the catalog. */
export function tableNotFound(origin: Pick<Origin, 'sql' | 'tokens'>, database: string, table: string): QueryError {
  const place = where(origin, startOf(origin.tokens, table));
  return new QueryError('TABLE_NOT_FOUND', `${place}: Table 'awsdatacatalog.${database}.${table}' does not exist`);
}

/** A type of DuckDB; `strict.ts` turns integers into decimals. */
const typeName = (type = '') =>
  type
    .replace(/INTEGER_LITERAL|DECIMAL\(38,0\)/, 'INTEGER')
    .replace('STRING_LITERAL', 'VARCHAR')
    .toLowerCase();

const where = ({ sql }: { sql: string }, token: Token | undefined) => positionOf(sql, token?.at ?? 0);

/** First token of the qualified name that ends in this table. */
function startOf(tokens: Token[], table: string): Token | undefined {
  let i = tokens.findIndex((token) => isName(token) && token.name.toLowerCase() === table);
  while (i >= 2 && tokens[i - 1]?.text === '.') i -= 2;
  return tokens[i];
}

/** Finds the token at the caret of a DuckDB error, whose excerpt of long lines is cut at both ends. */
function tokenAt(origin: Origin, message: string): Token | undefined {
  const [, label = '', excerpt = '', padding = ''] = /(LINE \d+: )([^\n]*)\n( *)\^/.exec(message) ?? [];
  if (!label) return undefined;
  const text = excerpt.replace(/^\.\.\./, '').replace(/\.\.\.$/, '');
  const cut = excerpt.startsWith('...') ? '...'.length : 0;
  const offset = origin.rewritten.indexOf(text) + padding.length - label.length - cut;
  const index = origin.starts.findLastIndex((start) => start <= offset);
  return origin.tokens[Math.max(index, 0)];
}
