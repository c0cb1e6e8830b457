/** Differences from Trino that the README lists, and how to tell them from new ones. Only random expressions run into them. */

interface Listed {
  /** As the README says it. */
  why: string;
  /** The expression itself. */
  expression: RegExp;
  /** The store's answer and Trino's. */
  answers: RegExp;
}

const LISTED: Listed[] = [
  {
    why: 'types beside a cast NULL',
    expression: /CAST\(NULL AS /,
    answers: /^ *store answers\n *judge (FUNCTION_NOT_FOUND|TYPE_MISMATCH)/,
  },
  {
    why: 'a division of decimals that are all NULL',
    expression: /CAST\(NULL AS decimal.*\/|\/.*CAST\(NULL AS decimal/,
    answers: /^ *store INVALID_FUNCTION_ARGUMENT: cast_to_type cannot be used to cast to NULL\n *judge answers/,
  },
  {
    why: 'a bad pattern beside a text that is NULL',
    expression: /regexp_\w+\(.*CAST\(NULL AS varchar\)/,
    answers:
      /^ *store INVALID_FUNCTION_ARGUMENT: .*(repetition|parenthesis|missing|trailing|invalid).*\n *judge answers/,
  },
  {
    why: 'reverse, substr and length of bytes',
    expression: /\b(reverse|substr|length)\(/,
    answers: /^ *store TYPE_MISMATCH: .*\bBLOB\b.*\n *judge answers/,
  },
  {
    why: 'an array joined with an element',
    expression: /concat\(|\|\|/,
    answers: /^ *store TYPE_MISMATCH: .*Cannot find common type between .*\n *judge answers/,
  },
  {
    why: 'a truth value compared with a number',
    expression: /\b(true|false)\b|\bboolean\b|[<>=]/,
    answers:
      /^ *store answers\n *judge TYPE_MISMATCH: .*(between boolean and (bigint|integer)|between (bigint|integer) and boolean|boolean is BETWEEN (bigint|integer) and (bigint|integer)$|operator: (boolean [<>=]+ (bigint|integer)|(bigint|integer) [<>=]+ boolean)$)/,
  },
  {
    why: 'a date plus or minus a number',
    expression: /[-+]/,
    answers: /^ *store answers\n *judge TYPE_MISMATCH: .*Cannot apply operator: (date [-+] \w+|\w+ [-+] date)/,
  },
];

/** Why a difference is expected, which is `expression`, a line end, and both answers; undefined for a new one. */
export function listed(difference: string): string | undefined {
  const end = difference.indexOf('\n');
  const [expression, answers] = [difference.slice(0, end), difference.slice(end + 1)];
  return LISTED.find((each) => each.expression.test(expression) && each.answers.test(answers))?.why;
}
