/** The names of a query's columns as Trino gives them: as written in the SELECT list, `_col0` where there is none. */
import { closing, isName, type Token } from './tokens.js';

type Item = { kind: 'star' } | { kind: 'named'; name: string } | { kind: 'unnamed' };

/**
 * Names the columns of a result. Items are matched from both ends, so that one `*` may stand for any number; what
 * several stars leave open keeps DuckDB's name.
 */
export function columnNames(tokens: Token[], found: string[]): string[] {
  const items = itemsOf(tokens);
  const names = items ? [...found] : found.map(() => undefined);
  const put = (at: number, item: Item) => {
    if (item.kind !== 'star') names[at] = item.kind === 'named' ? item.name : undefined;
  };
  const firstStar = items?.findIndex((item) => item.kind === 'star') ?? -1;
  items?.slice(0, firstStar < 0 ? undefined : firstStar).forEach((item, i) => put(i, item));
  const lastStar = items?.findLastIndex((item) => item.kind === 'star') ?? -1;
  if (firstStar >= 0)
    items
      ?.slice(lastStar + 1)
      .reverse()
      .forEach((item, i) => put(found.length - 1 - i, item));
  return names.map((name, i) => name ?? `_col${i}`);
}

/** The items of the outermost SELECT; undefined when the query has none (VALUES, TABLE). */
function itemsOf(tokens: Token[]): Item[] | undefined {
  let at = 0;
  if (tokens[0]?.name === 'with') {
    while (at < tokens.length && !(isOpenSelect(tokens, at) && tokens[at - 1]?.text === ')')) at = step(tokens, at);
  }
  while (tokens[at]?.text === '(') at++;
  if (tokens[at]?.name !== 'select') return tokens[at]?.name === 'table' ? [{ kind: 'star' }] : undefined;
  at++;
  if (['distinct', 'all'].includes(tokens[at]?.name ?? '')) at++;
  const items: Item[] = [];
  let item: Token[] = [];
  for (; at < tokens.length; at = step(tokens, at)) {
    const token = tokens[at]!;
    if (token.text === ')' || (token.kind === 'word' && ENDS.has(token.name))) break;
    if (token.text === ',') {
      items.push(itemOf(item));
      item = [];
    } else item.push(...tokens.slice(at, step(tokens, at)));
  }
  return [...items, itemOf(item)];
}

const ENDS = new Set([
  'from',
  'where',
  'group',
  'having',
  'order',
  'limit',
  'offset',
  'union',
  'intersect',
  'except',
  'window',
  'fetch',
]);
const isOpenSelect = (tokens: Token[], at: number) =>
  ['select', 'values', 'table', '('].includes(tokens[at]?.name ?? '');

/** Past the token, or past the whole parenthesis or bracket that it opens. */
function step(tokens: Token[], at: number): number {
  if (tokens[at]?.text === '(') return closing(tokens, at) + 1;
  if (tokens[at]?.text !== '[') return at + 1;
  let depth = 0;
  for (let i = at; i < tokens.length; i++) {
    if (tokens[i]!.text === '[') depth++;
    if (tokens[i]!.text === ']' && --depth === 0) return i + 1;
  }
  return tokens.length;
}

function itemOf(tokens: Token[]): Item {
  const [last, before] = [tokens.at(-1), tokens.at(-2)];
  if (last?.text === '*' && (!before || before.text === '.')) return { kind: 'star' };
  if (!isName(last) || (last.kind === 'word' && VALUE_WORDS.has(last.name))) return { kind: 'unnamed' };
  if (tokens.at(-3)?.name === 'interval') return { kind: 'unnamed' };
  const alias = before?.name === 'as' || !before || before.text === '.' || endsValue(before);
  return alias ? { kind: 'named', name: last.kind === 'quoted' ? last.name : last.text } : { kind: 'unnamed' };
}

const VALUE_WORDS = new Set([
  'end',
  'null',
  'true',
  'false',
  'current_date',
  'current_timestamp',
  'localtimestamp',
  'current_time',
]);
const endsValue = (token: Token) =>
  token.kind === 'symbol' ? [')', ']'].includes(token.text) : token.kind !== 'word' || !OPERATORS.has(token.name);
const OPERATORS = new Set([
  'and',
  'or',
  'not',
  'is',
  'in',
  'like',
  'between',
  'then',
  'else',
  'when',
  'case',
  'escape',
  'from',
]);
