/** The condition that a person types for --filter-query or --where: taken as it is, once it is sure not to reach beyond its parentheses. Pure. */
import { UsageError } from '../../errors.js';

/** One quoted text or name ('' inside makes it look like two, which is as good here), or one character: so an unclosed quote stands alone. */
const TOKEN = /'[^']*'|"[^"]*"|--|\/\*|[^]/g;
const CLOSED_BY: Record<string, string> = { '(': ')', '[': ']' };

/**
 * The condition of `WHERE price > 3` or `price > 3`, to be put between parentheses.
 * @throws UsageError for a condition that is empty, that would end before our closing parenthesis or after it
 * (unbalanced parentheses or quotes, comments), that holds a second statement, or a text in double quotes
 * @param columns that a name in double quotes may be
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
      `holds "${name}" in double quotes, which make it the name of a column, and there is none; a text stands in single ones: '${name}'`,
    );
  }
  return condition;
}

/** What a value is compared with stands behind one of these. */
const COMPARED = /(?:[=<>,]|\blike|\bin\s*\()\s*$/i;

/** What is compared with, in double quotes, and is no column; a query of its own in the condition may have columns of its own. */
function unknownName(condition: string, columns: readonly string[]): string | undefined {
  if (/\bselect\b/i.test(condition)) return undefined;
  const known = new Set(columns.map((column) => column.toLowerCase()));
  for (const { 0: token, index } of condition.matchAll(TOKEN)) {
    const name = /^"([^"]+)"$/.exec(token)?.[1];
    if (name && !known.has(name.toLowerCase()) && COMPARED.test(condition.slice(0, index))) return name;
  }
  return undefined;
}

/** Backquotes and dollars are no SQL of Athena's outside quotes, but a quote of their own to some engines. */
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
/** A function's name before its arguments; a list or a parenthesis has a word of SQL before it. */
const CALL = /\b(?!(?:and|or|not|in|any|all|some|exists|when|then|else|between|like)\b)[a-z]\w*\s*\(/i;
/** What a condition must hold for its values to be to blame, by the name of the error: tables have views and values of their own. */
const VALUE_ERRORS: [RegExp, RegExp][] = [
  [/INVALID_CAST_ARGUMENT/, /\bcast\s*\(/i],
  [/INVALID_(FUNCTION_ARGUMENT|ARGUMENTS|PARAMETER_USAGE)/, CALL],
  [/INVALID_LITERAL/, /\b[a-z]\w*\s*''/i],
];

/**
 * Whether what Athena says is about the person's condition, and not our statement or the table. INVALID_INPUT never is: it is
 * about the request, such as a bucket for results that is not there.
 * @param reason Athena's own words, `INVALID_CAST_ARGUMENT: Cannot cast 'x' to bigint`
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
