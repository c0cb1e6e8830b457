/** A Trino query → the same query as DuckDB understands it, token by token. */
import { literal } from '../../store/duckdb.js';
import { mismatched, type Origin } from '../language/errors.js';
import { FUNCTIONS } from './functions.js';
import { closing, isName, type Token } from '../language/tokens.js';
import { duckTypeOf } from '../language/types.js';
import { needsQuotes } from './words.js';
import { ENDS, periodsIn, viewOf } from './periods.js';

export interface Source {
  sql: string;
  /** The tokens of the query, all of the statement's or some in the middle. */
  tokens: Token[];
  /** Where names without a database are looked up. */
  database: string;
  /** Literals for the `?` of the query, in order. */
  parameters?: string[];
}

/** Rewrites a query. Throws QueryError for what only DuckDB would take and its parse tree does not show: `::` casts, `[…]` lists. */
export function rewrite(source: Source): Origin {
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
  return { sql, tokens, database, ...joined(tokens, out) };
}

/** From the last to the first: what an outer construct replaces, it replaces for good. */
function rewriteToken(source: Source, i: number, out: string[]): void {
  const { tokens } = source;
  const [token, after] = [tokens[i]!, tokens[i + 1]];
  refuseForeignSyntax(source, i);
  if (needsQuotes(tokens, i)) out[i] = `"${token.text}"`;
  if (isCatalogOf(tokens, i)) out[i] = out[i + 1] = '';
  if (after?.text === '(' && isName(token)) rewriteCall(tokens, i, out);
  if (token.kind === 'string' && /^x/i.test(token.text)) out[i] = `unhex(${token.text.slice(1)})`;
  if (token.name === 'timestamp' && after?.kind === 'string') out[i] = timestampType(after.text);
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
  if (name === 'date_parse' || name === 'date_format') rewriteFormats(tokens, i, { out, translate: fromMysql });
  if (name === 'parse_datetime' || name === 'format_datetime') rewriteFormats(tokens, i, { out, translate: fromJoda });
  if (name === 'reduce') return reduceList(tokens, i, out);
  if (name === 'count_if' && tokens[i + 1]?.text === '(') return rewriteCountIf(tokens, i, out);
  const known = FUNCTIONS.get(name);
  if (known) out[i] = known === name ? text : known;
}

/** Of no rows at all it is 0, and null in DuckDB. */
function rewriteCountIf(tokens: Token[], i: number, out: string[]): void {
  out[i] = 'count';
  out[i + 1] = '(nullif((';
  out[closing(tokens, i + 1)] = '), false))';
}

const WHOLE = /^(?:bigint|int|integer|smallint|tinyint)$/;

function rewriteCast(tokens: Token[], i: number, out: string[]): void {
  const close = closing(tokens, i + 1);
  let as = -1;
  for (let at = i + 2, depth = 0; at < close; at++) {
    const { text, name, kind } = tokens[at]!;
    if (text === '(' || text === '[') depth++;
    else if (text === ')' || text === ']') depth--;
    else if (depth === 0 && kind === 'word' && name === 'as') as = at;
  }
  if (as < 0) return;
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
    if (!WHOLE.test(written)) return;
    out[i + 1] += tokens[i]!.name === 'cast' ? 'trino_whole(' : 'trino_whole_or_null(';
    out[as] = `, '${written.toUpperCase().replace('INTEGER', 'INT')}') AS`;
    return;
  }
  out.fill('', as, close);
  out[i] = written === 'json' ? 'trino_json' : 'trino_varchar';
  const length = text?.[1];
  if (!length) return;
  out[i] = 'left(trino_varchar';
  out[close] = `), ${length})`;
}

/** The MySQL letters of Trino's date patterns that strptime spells differently. */
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

/** Joda's patterns, the longer before the shorter. */
const JODA: Record<string, string> = {
  ...{ yyyy: '%Y', yy: '%y', MMMM: '%B', MMM: '%b', MM: '%m', M: '%-m', dd: '%d', d: '%-d', EEEE: '%A', EEE: '%a' },
  ...{ HH: '%H', H: '%-H', hh: '%I', h: '%-I', mm: '%M', ss: '%S', SSS: '%g', a: '%p', Z: '%z' },
};
const JODA_PART = new RegExp(`'([^']*)'|${Object.keys(JODA).join('|')}`, 'g');

const fromJoda = (format: string) =>
  format.replace(JODA_PART, (part, text?: string) => (text === undefined ? JODA[part]! : text || "'"));

function rewriteFormats(
  tokens: Token[],
  i: number,
  { out, translate }: { out: string[]; translate: (format: string) => string },
): void {
  const last = closing(tokens, i + 1) - 1;
  const token = tokens[last];
  if (token?.kind === 'string') out[last] = literal(translate(token.text.slice(1, -1).replaceAll("''", "'")));
}

/** `reduce(list, start, input, output)`: a macro cannot be given lambdas. */
function reduceList(tokens: Token[], i: number, out: string[]): void {
  const close = closing(tokens, i + 1);
  const commas: number[] = [];
  for (let at = i + 2, depth = 0; at < close; at++) {
    const { text } = tokens[at]!;
    if ('([{'.includes(text)) depth++;
    else if (')]}'.includes(text)) depth--;
    else if (depth === 0 && text === ',') commas.push(at);
  }
  const [first, second, third] = commas;
  if (third === undefined || commas.length > 3) return;
  const part = (from: number, to: number) => {
    const text = out.slice(from, to).map((each, at) => tokens[from + at]!.gap + each);
    return text.join('');
  };
  const [list, start] = [part(i + 2, first!), part(first! + 1, second!)];
  const [input, output] = [part(second! + 1, third), part(third + 1, close)];
  out.fill('', i + 1, close + 1);
  out[i] = `list_transform([list_reduce(${list}, ${input}, ${start})], ${output})[1]`;
}

const timestampType = (text: string) =>
  /(?:[zZ]|[+-]\d\d:?\d\d| [A-Za-z/_]+)'$/.test(text) ? 'TIMESTAMPTZ' : 'TIMESTAMP';

/** `VALUES 1, 2` → `VALUES (1), (2)`. */
function wrapRows(tokens: Token[], start: number, out: string[]): void {
  let depth = 0;
  let from = start;
  const wrap = (to: number) => {
    out[from] = `(${out[from]}`;
    out[to] += ')';
  };
  let at = start;
  for (; at < tokens.length; at++) {
    const text = tokens[at]!.text;
    if (text === '(' || text === '[') depth++;
    if (text === ')' || text === ']') if (--depth < 0) break;
    if (depth === 0 && tokens[at]!.kind === 'word' && ['order', 'limit', 'offset', 'union'].includes(tokens[at]!.name))
      break;
    if (text === ',' && depth === 0) {
      wrap(at - 1);
      from = at + 1;
    }
  }
  wrap(at - 1);
}
