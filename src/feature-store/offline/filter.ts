/** The condition of --filter-query or --where: used verbatim once it cannot escape its parentheses. Pure. */
import { UsageError } from '../../errors.js';

/** A quoted string or name (an escaped `''` looks like two, which does no harm here), or one character. */
const TOKEN = /'[^']*'|"[^"]*"|--|\/\*|[^]/g;
const CLOSED_BY: Record<string, string> = { '(': ')', '[': ']' };

/**
 * Extracts the condition from `WHERE price > 3` or `price > 3`, to be put into parentheses.
 * @param columns that a name in double quotes may refer to
 * @throws UsageError for an empty condition, one that would close our parenthesis (unbalanced parentheses or quotes,
 * comments), a second statement, or a string in double quotes
 */
export function filterCondition(text: string, option = '--filter-query', columns?: readonly string[]): string {
  const refused = (why: string) => new UsageError(`${option} ${why}.`);
  const condition = text.trim().replace(/^where\b\s*/i, '');
  if (condition === '') throw refused('is empty; write a condition such as "price > 3"');
  const open: string[] = [];
  for (const [token] of condition.matchAll(TOKEN)) {
    if (token in CLOSED_BY) open.push(CLOSED_BY[token]!);
    else if (token === ')' || token === ']') {
      if (open.pop() !== token) throw refused(`has a ${token} that closes nothing`);
    } else {
      const why = whyForeign(token);
      if (why !== undefined) throw refused(why);
    }
  }
  if (open.length > 0) throw refused(`lacks a closing ${open.at(-1)}`);
  const name = columns && unknownName(condition, columns);
  if (name !== undefined) {
    throw refused(
      `holds "${name}" in double quotes, which make it a column name, and there is no such column; text takes single quotes: '${name}'`,
    );
  }
  return condition;
}

/** What precedes the value in a comparison. */
const COMPARED = /(?:[=<>,]|\blike|\bin\s*\()\s*$/i;

/** A double-quoted comparison value that is not a column; a subquery may have columns of its own. */
function unknownName(condition: string, columns: readonly string[]): string | undefined {
  if (/\bselect\b/i.test(condition)) return undefined;
  const known = new Set(columns.map((column) => column.toLowerCase()));
  for (const { 0: token, index } of condition.matchAll(TOKEN)) {
    const name = /^"([^"]+)"$/.exec(token)?.[1];
    if (name && !known.has(name.toLowerCase()) && COMPARED.test(condition.slice(0, index))) return name;
  }
  return undefined;
}

/** Outside quotes, backquotes and dollars are not part of Athena's SQL, but are quotes in some engines. */
function whyForeign(token: string): string | undefined {
  if (token === "'" || token === '"') return `has a quote (${token}) that is never closed`;
  if (token === '--' || token === '/*') return 'holds a comment; leave it out';
  if (token === ';') return 'holds a semicolon; it must be one condition';
  if (token === '`' || token === '$') return `holds a ${token}; names are quoted with "`;
  if (token === '\0') return 'holds a NUL character';
  return undefined;
}

const STATEMENT_ERRORS =
  /MALFORMED_QUERY|SYNTAX_ERROR|mismatched input|TYPE_MISMATCH|FUNCTION_NOT_FOUND|INVALID_COLUMN_REFERENCE/;
/** A function call; the word before a list or parenthesis is an SQL keyword instead. */
const CALL = /\b(?!(?:and|or|not|in|any|all|some|exists|when|then|else|between|like)\b)[a-z]\w*\s*\(/i;
/** By error name, what the condition must contain to be the cause; tables have views and values of their own. */
const VALUE_ERRORS: [RegExp, RegExp][] = [
  [/INVALID_CAST_ARGUMENT/, /\bcast\s*\(/i],
  [/INVALID_(FUNCTION_ARGUMENT|ARGUMENTS|PARAMETER_USAGE)/, CALL],
  [/INVALID_LITERAL/, /\b[a-z]\w*\s*''/i],
];

/**
 * Whether an error of Athena is about the condition of the user, and not about our statement or the table.
 * INVALID_INPUT never is: it concerns the request, such as a missing result bucket.
 * @param reason the message of Athena, `INVALID_CAST_ARGUMENT: Cannot cast 'x' to bigint`
 */
export function isOfFilter(reason: string, filter: string): boolean {
  if (STATEMENT_ERRORS.test(reason)) return true;
  if (/COLUMN_NOT_FOUND/.test(reason)) {
    const [, name = ''] = /Column '(?:[^']*\.)?([^']*)'/.exec(reason) ?? [];
    return filter.toLowerCase().includes(name.toLowerCase());
  }
  const withoutTexts = filter.replace(/'[^']*'/g, "''");
  return VALUE_ERRORS.some(([error, cause]) => error.test(reason) && cause.test(withoutTexts));
}
