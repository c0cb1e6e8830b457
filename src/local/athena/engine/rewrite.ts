/** Rewrites a Trino query for DuckDB, token by token. */
import { literal } from '../../store/duckdb.js';
import { mismatched, type Origin } from '../language/errors.js';
import { FUNCTIONS } from './functions.js';
import { closing, isComma, isName, partsOf, type Token } from '../language/tokens.js';
import { duckTypeOf } from '../language/types.js';
import { needsQuotes } from './words.js';
import { ENDS, periodsIn, viewOf } from './periods.js';
import { strictly } from './strict.js';

export interface Source {
  sql: string;
  /** The tokens of the query, which may be part of a statement. */
  tokens: Token[];
  region: string;
  /** The database of unqualified names. */
  database: string;
  /** Literals for the `?` of the query, in order. */
  parameters?: string[];
}

/** The hidden column with the file of a row. */
export const PATH = '$path';

/** The name of the schema in Trino, and ours: DuckDB has one of the same name. */
export const INFORMATION_SCHEMA = 'information_schema';
export const OWN_INFORMATION_SCHEMA = 'trino_information_schema';

export interface Rewritten extends Origin {
  /** Bound for its types before the query runs; never executed. */
  strict: Origin;
}

/**
 * Rewrites a query. Throws QueryError for DuckDB syntax that its parse tree does not reveal: `::` casts, `[…]` lists.
 */
export function rewrite(source: Source): Rewritten {
  const { sql, tokens, database } = source;
  const out = tokens.map((token) => (token.text.startsWith('`') ? refuse(sql, token) : token.text));
  const parameters = [...(source.parameters ?? [])];
  for (let i = tokens.length - 1; i >= 0; i--) rewriteToken(source, i, out);
  tokens.forEach((token, i) => {
    if (token.text === '?') out[i] = parameters.shift() ?? refuse(sql, token);
  });
  for (const period of periodsIn(tokens)) {
    const { at, end } = period;
    const aliased = tokens[end]?.name === 'as' || (isName(tokens[end]) && !ENDS.has(tokens[end].name));
    out.fill('', at, end);
    out[at - 1] = `"${viewOf(tokens, period)}"${aliased ? '' : ` AS "${tokens[at - 1]!.name}"`}`;
  }
  const written = (words: string[]): Origin => ({ sql, tokens, database, ...joined(tokens, words) });
  return { ...written(out), strict: written(strictly(tokens, out)) };
}

/** From last to first, so that outer constructs replace inner ones. */
function rewriteToken(source: Source, i: number, out: string[]): void {
  const { tokens } = source;
  const [token, after] = [tokens[i]!, tokens[i + 1]];
  refuseForeignSyntax(source, i);
  if (needsQuotes(tokens, i)) out[i] = `"${token.text}"`;
  if (token.name.toLowerCase() === INFORMATION_SCHEMA && after?.text === '.') out[i] = OWN_INFORMATION_SCHEMA;
  if (isCatalogOf(tokens, i)) out[i] = out[i + 1] = '';
  if (after?.text === '(' && isName(token)) rewriteCall(tokens, i, out);
  if (token.kind === 'string' && /^x/i.test(token.text)) out[i] = `unhex(${token.text.slice(1)})`;
  if (token.name === 'timestamp' && after?.kind === 'string') out[i] = timestampType(after.text);
  if (token.name === 'decimal' && after && /^'[+-]?\d+(?:\.\d*)?'$/.test(after.text)) {
    [out[i], out[i + 1]] = ['', `(${after.text.slice(1, -1)})`];
  }
  if (token.name === 'values' && after && after.text !== '(') wrapRows(tokens, i + 1, out);
  if (token.name === 'bernoulli' || token.name === 'system')
    out[i + 2] += tokens[i - 1]?.name === 'tablesample' ? ' PERCENT' : '';
}

function joined(tokens: Token[], out: string[]): { rewritten: string; starts: number[] } {
  const starts: number[] = [];
  let rewritten = '';
  tokens.forEach((token, i) => {
    rewritten += token.gap;
    starts.push(rewritten.length);
    rewritten += out[i];
  });
  return { rewritten, starts };
}

function refuse(sql: string, token: Token): never {
  throw mismatched(sql, token);
}

function refuseForeignSyntax({ sql, tokens }: Source, i: number): void {
  const [before, token, after] = [tokens[i - 1], tokens[i]!, tokens[i + 1]];
  if (['::', ';', '{', '$', '#', '\0'].includes(token.text)) refuse(sql, token);
  if (after?.kind === 'string' && after.gap === '' && token.kind === 'word') refuse(sql, after);
  if (token.text === '[' && (before?.kind === 'symbol' ? ![')', ']'].includes(before.text) : before?.name === 'select'))
    refuse(sql, token);
  if (i === 0 && token.name === 'from') refuse(sql, token);
  if (token.text === ',' && ['from', ')', 'where'].includes(after?.name ?? '')) refuse(sql, after!);
  if (token.name === 'ilike') refuse(sql, token);
}

const isCatalogOf = (tokens: Token[], i: number) =>
  tokens[i]!.name.toLowerCase() === 'awsdatacatalog' &&
  isName(tokens[i]) &&
  tokens[i + 1]?.text === '.' &&
  tokens[i + 3]?.text === '.';

function rewriteCall(tokens: Token[], i: number, out: string[]): void {
  const { text, kind } = tokens[i]!;
  const name = tokens[i]!.name.toLowerCase();
  if (tokens[i - 1]?.text === '.') return;
  if (kind === 'word' && (name === 'cast' || name === 'try_cast')) return rewriteCast(tokens, i, out);
  if (Object.hasOwn(FORMATS, name)) {
    const last = closing(tokens, i + 1) - 1;
    const format = tokens[last]?.kind === 'string' ? tokens[last].text.slice(1, -1).replaceAll("''", "'") : undefined;
    if (format !== undefined) out[last] = literal(FORMATS[name]!(format));
  }
  if (name === 'reduce') return reduceList(tokens, i, out);
  if (name === 'count_if') return rewriteCountIf(tokens, i, out);
  const known = FUNCTIONS.get(name);
  if (known) out[i] = known === name ? text : known;
}

/** Without rows it is 0, but NULL in DuckDB. */
function rewriteCountIf(tokens: Token[], i: number, out: string[]): void {
  out[i] = 'count';
  out[i + 1] = '(nullif((';
  out[closing(tokens, i + 1)] = '), false))';
}

const WHOLE = "'\\s*[+-]?\\d+\\s*'";
const MOMENT = '[+-]?\\d{4,}-\\d{1,2}-\\d{1,2}( \\d{1,2}:\\d{1,2}(:\\d{1,2}(\\.\\d{1,12})?)?)?\\s*';
/** Valid text formats by target type, as SQL. */
const FORMS: Record<string, string> = {
  ...{ bigint: WHOLE, int: WHOLE, integer: WHOLE, smallint: WHOLE, tinyint: WHOLE },
  date: "'\\s*[+-]?\\d{4,}-\\d{1,2}-\\d{1,2}\\s*'",
  timestamp: `'${MOMENT}'`,
  'timestamp with time zone': `'${MOMENT}([A-SU-Za-z+-].*)?'`,
};

function rewriteCast(tokens: Token[], i: number, out: string[]): void {
  const [, [from, close] = [0, 0], more] = partsOf(tokens, i + 2, ({ kind, name }) => kind === 'word' && name === 'as');
  if (!from || more) return;
  const as = from - 1;
  const type = tokens.slice(as + 1, close);
  const written = type
    .map((token) => token.gap + token.text)
    .join('')
    .trim()
    .toLowerCase();
  const text = /^(?:varchar|char)(?:\s*\(\s*(\d+)\s*\))?$/.exec(written);
  if (written !== 'json' && !text) {
    out.fill('', as + 1, close);
    out[as + 1] = duckTypeOf(written);
    const form = FORMS[written.replace(/\(\d+\)/, '')];
    if (!form) return;
    out[i + 1] += tokens[i]!.name === 'cast' ? 'trino_checked(' : 'trino_checked_or_null(';
    out[as] = `, ${form}, '${written.toUpperCase().replace('INTEGER', 'INT')}') AS`;
    return;
  }
  out.fill('', as, close);
  out[i] = written === 'json' ? 'trino_json' : 'trino_varchar';
  const length = text?.[1];
  if (!length) return;
  out[i] = 'trino_varchar_of';
  out[close] = `, ${length})`;
}

/** Letters of MySQL date patterns that differ in strptime. */
const LETTERS: Record<string, string> = {
  M: '%B',
  i: '%M',
  s: '%S',
  h: '%I',
  T: '%H:%M:%S',
  e: '%-d',
  c: '%-m',
  k: '%-H',
  W: '%A',
  D: '%-d',
};

const fromMysql = (format: string) => format.replace(/%([a-zA-Z])/g, (all, letter: string) => LETTERS[letter] ?? all);

/** Joda patterns, longer ones first. */
const JODA: Record<string, string> = {
  ...{ yyyy: '%Y', yy: '%y', MMMM: '%B', MMM: '%b', MM: '%m', M: '%-m', dd: '%d', d: '%-d', EEEE: '%A', EEE: '%a' },
  ...{ HH: '%H', H: '%-H', hh: '%I', h: '%-I', mm: '%M', ss: '%S', SSS: '%g', a: '%p', Z: '%z' },
};
const JODA_PART = new RegExp(`'([^']*)'|${Object.keys(JODA).join('|')}`, 'g');

const fromJoda = (format: string) =>
  format.replace(JODA_PART, (part, text?: string) => (text === undefined ? JODA[part]! : text || "'"));

/** Functions with a format as last argument. */
const FORMATS: Record<string, (format: string) => string> = {
  ...{ date_format: fromMysql, date_parse: fromMysql },
  ...{ format_datetime: fromJoda, parse_datetime: fromJoda },
};

/** `reduce(list, start, input, output)`: macros do not accept lambdas. */
function reduceList(tokens: Token[], i: number, out: string[]): void {
  const parts = partsOf(tokens, i + 2, isComma);
  if (parts.length !== 4) return;
  const [list, start, input, output] = parts.map(([from, to]) =>
    out
      .slice(from, to)
      .map((each, at) => tokens[from + at]!.gap + each)
      .join(''),
  );
  out.fill('', i + 1, parts[3]![1] + 1);
  out[i] = `list_transform([list_reduce(${list}, ${input}, ${start})], ${output})[1]`;
}

const timestampType = (text: string) =>
  /(?:[zZ]|[+-]\d\d:?\d\d| [A-Za-z/_]+)'$/.test(text) ? 'TIMESTAMPTZ' : 'TIMESTAMP';

/** `VALUES 1, 2` → `VALUES (1), (2)`. */
function wrapRows(tokens: Token[], start: number, out: string[]): void {
  for (const [from, to] of partsOf(tokens, start, (token) => isComma(token) || isAfterRows(token))) {
    out[from] = `(${out[from]}`;
    out[to - 1] += ')';
    if (tokens[to]?.text !== ',') return;
  }
}

const isAfterRows = ({ kind, name }: Token) => kind === 'word' && ['order', 'limit', 'offset', 'union'].includes(name);
