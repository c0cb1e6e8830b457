/** Finds the time-travel clauses of a query, which select an older snapshot of a table. Pure. */
import { isName, type Token } from '../language/tokens.js';

/** A time-travel clause: the position of FOR, and the tokens of the timestamp or snapshot id. */
export interface Period {
  kind: 'timestamp' | 'version';
  /** Index of FOR, which follows the name of the table. */
  at: number;
  /** Index after the value. */
  end: number;
  value: Token[];
}

/** Keywords that end a value. */
export const ENDS = new Set(
  `as join inner left right full cross natural on using where group having order limit offset union intersect except
   for fetch window tablesample`.split(/\s+/),
);

/** The time-travel clauses in a query. */
export function periodsIn(tokens: Token[]): Period[] {
  return tokens.flatMap((token, at) => {
    const words = tokens.slice(at, at + 4).map(({ name }) => name);
    const kind = words[1];
    if (words[0] !== 'for' || (kind !== 'timestamp' && kind !== 'version')) return [];
    if (words[2] !== 'as' || words[3] !== 'of' || token.kind !== 'word' || !isName(tokens[at - 1])) return [];
    const end = endOf(tokens, at + 4);
    return [{ kind, at, end, value: tokens.slice(at + 4, end) }];
  });
}

function endOf(tokens: Token[], start: number): number {
  let depth = 0;
  for (let i = start; i < tokens.length; i++) {
    const { text, kind, name } = tokens[i]!;
    if (text === '(') depth++;
    if (text === ')' && depth-- === 0) return i;
    if (depth > 0 || i === start) continue;
    const isAlias = isName(tokens[i]) && [')', "'"].includes(tokens[i - 1]!.text.at(-1)!);
    if (text === ',' || isAlias || (kind === 'word' && ENDS.has(name))) return i;
  }
  return tokens.length;
}

/** Name of the table in the rewritten query. */
export const viewOf = (tokens: Token[], { at }: Period): string => `${tokens[at - 1]!.name.toLowerCase()}@${at}`;
