/** Words reserved in DuckDB but not in Trino: feature names such as `at`, `desc` or `default`. */
import type { Token } from '../language/tokens.js';

/** Never keywords in Trino. */
const PLAIN = new Set(
  `analyse analyze anti asof asymmetric authorization binary check collate collation column concurrently default
   deferrable do exclude foreign freeze glob initially isnull lambda notnull overlaps pivot pivot_longer pivot_wider
   placing positional primary qualify references returning semi show similar summarize symmetric unique unpack unpivot
   variadic verbose`.split(/\s+/),
);

/** Names where a value or table may start, else keywords: `SELECT at`, but `x AT TIME ZONE 'UTC'`. */
const EITHER = new Set('asc at desc fetch limit offset only some tablesample to window'.split(' '));

/** Words before a value or table. */
const OPENERS = new Set(
  'select distinct by where and or not on when then else case having between like in from join as using with'.split(
    ' ',
  ),
);

/** Whether the token is a name that DuckDB would take for a keyword. */
export function needsQuotes(tokens: Token[], i: number): boolean {
  const token = tokens[i]!;
  if (token.kind !== 'word') return false;
  return (
    PLAIN.has(token.name) || (EITHER.has(token.name) && (tokens[i + 1]?.text === '.' || beginsOperand(tokens[i - 1])))
  );
}

function beginsOperand(before: Token | undefined): boolean {
  if (!before) return true;
  return before.kind === 'symbol'
    ? ![')', ']', '*'].includes(before.text)
    : before.kind === 'word' && OPENERS.has(before.name);
}
