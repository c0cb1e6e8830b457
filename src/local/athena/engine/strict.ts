/**
 * A rewritten query once more, in words that DuckDB binds only where Trino finds the types to go together: it compares texts with
 * numbers, takes a text in quotes for a date, and glues numbers to texts. The result is never run.
 */
import { closing, type Token } from '../language/tokens.js';

/** Words that make the text after them a value of another type. */
const TYPED = new Set(
  `bigint boolean char date decimal double int integer interval json real smallint time timestamp tinyint varbinary
  varchar`.split(/\s+/),
);
const EQUALITIES = new Set(['=', '<>', '!=']);
const COMPARISONS = new Set([...EQUALITIES, '<', '>', '<=', '>=']);
const QUERIES = new Set(['select', 'with', 'values', 'table']);

/** @param out what is written for each token; what stands here for several at once stays as it is. */
export function strictly(tokens: Token[], out: string[]): string[] {
  const strict = [...out];
  tokens.forEach((token, i) => {
    const [before, after] = [tokens[i - 1], tokens[i + 1]];
    const isText = token.kind === 'string' || token.text === '?';
    if (isText && !(before?.kind === 'word' && TYPED.has(before.name)))
      strict[i] = out[i]!.replace(/^(\(?)('(?:[^']|'')*')/, '$1CAST($2 AS VARCHAR)');
    if (token.text === '||' && out[i]) strict[i] = '|~|';
    if (COMPARISONS.has(token.text) && out[i]) {
      // Of two types that are not the same DuckDB equates what it does not put in order.
      if (EQUALITIES.has(token.text)) strict[i] = '<';
      for (const beside of [i - 1, i + 1]) strict[beside] = aloof(tokens[beside], strict[beside]);
    }
    if (after?.text !== '(' || !out[i] || token.kind !== 'word') return;
    if (token.name === 'nullif') strict[i] = 'coalesce';
    if (token.name === 'concat') {
      strict[i] = 'array_slice(coalesce';
      strict[closing(tokens, i + 1)] += ', 1, 1)';
    }
    const first = tokens.slice(i + 1).find(({ text }) => text !== '(');
    if (token.name !== 'in' || (first?.kind === 'word' && QUERIES.has(first.name))) return;
    strict[i] = 'BETWEEN coalesce';
    strict[closing(tokens, i + 1)] += ' AND NULL';
  });
  return strict;
}

/** A whole number of a type that DuckDB does not take for a boolean. */
const aloof = (token: Token | undefined, text = ''): string =>
  token?.kind === 'number' ? text.replace(/^(\(?)(\d{1,38})$/, '$1CAST($2 AS DECIMAL(38,0))') : text;
