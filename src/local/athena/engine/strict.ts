/**
 * A stricter variant of the rewritten query, which DuckDB only binds where the types are valid in Trino. DuckDB itself
 * compares strings with numbers, accepts a quoted string as a date, and concatenates numbers and strings. The variant
 * is never executed.
 */
import { closing, type Token } from '../language/tokens.js';

/** Keywords that turn the following string into another type. */
const TYPED = new Set(
  `bigint boolean char date decimal double int integer interval json real smallint time timestamp tinyint varbinary
  varchar`.split(/\s+/),
);
const EQUALITIES = new Set(['=', '<>', '!=']);
const COMPARISONS = new Set([...EQUALITIES, '<', '>', '<=', '>=']);
const QUERIES = new Set(['select', 'with', 'values', 'table']);

/** @param out the replacement of each token; replacements that span several tokens are kept */
export function strictly(tokens: Token[], out: string[]): string[] {
  const strict = [...out];
  tokens.forEach((token, i) => {
    const [before, after] = [tokens[i - 1], tokens[i + 1]];
    const isText = token.kind === 'string' || token.text === '?';
    if (isText && !(before?.kind === 'word' && TYPED.has(before.name)))
      strict[i] = out[i]!.replace(/^(\(?)('(?:[^']|'')*')/, '$1CAST($2 AS VARCHAR)');
    if (token.text === '||' && out[i]) strict[i] = '|~|';
    if (COMPARISONS.has(token.text) && out[i]) {
      // DuckDB equates some different types that it cannot order.
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

/** An integer type that DuckDB does not convert to boolean. */
const aloof = (token: Token | undefined, text = ''): string =>
  token?.kind === 'number' ? text.replace(/^(\(?)(\d{1,38})$/, '$1CAST($2 AS DECIMAL(38,0))') : text;
