/** Random expressions of the functions that the embedded Athena has, each of a type. */
import fc from 'fast-check';

/**
 * Left out is what the README says differs: comparisons of NaN, `x[i]`, trim of tabs, levenshtein_distance, and doubles cast to text.
 */

/** What each function takes and gives; the types are those of the leaves below. */
const SIGNATURES = `
abs(bigint)bigint abs(double)double ceil(double)double floor(double)double round(double)double round(double,small)double
sign(double)double sqrt(double)double cbrt(double)double truncate(double)double mod(bigint,bigint)bigint exp(small)double
ln(double)double log10(double)double log2(double)double power(double,small)double sin(double)double cos(double)double
tan(double)double atan(double)double atan2(double,double)double degrees(double)double radians(double)double
greatest(bigint,bigint)bigint least(double,double)double nullif(bigint,bigint)bigint coalesce(varchar,varchar)varchar
is_nan(double)boolean is_finite(double)boolean is_infinite(double)boolean pi()double e()double nan()double infinity()double
bitwise_and(bigint,bigint)bigint bitwise_or(bigint,bigint)bigint bitwise_xor(bigint,bigint)bigint
length(varchar)bigint lower(varchar)varchar upper(varchar)varchar trim(varchar)varchar ltrim(varchar)varchar rtrim(varchar)varchar
reverse(varchar)varchar concat(varchar,varchar)varchar concat(varchar,varchar,varchar)varchar
substr(varchar,position)varchar substr(varchar,position,small)varchar substring(varchar,position,small)varchar
strpos(varchar,varchar)bigint replace(varchar,varchar)varchar replace(varchar,varchar,varchar)varchar starts_with(varchar,varchar)boolean
lpad(varchar,small,text)varchar rpad(varchar,small,text)varchar split(varchar,text)texts split_part(varchar,text,position)varchar
chr(small)varchar to_utf8(varchar)binary to_hex(binary)varchar to_base64(binary)varchar
md5(binary)binary sha1(binary)binary sha256(binary)binary xxhash64(binary)binary crc32(binary)bigint
from_big_endian_64(hash)bigint url_encode(varchar)varchar concat_ws(text,varchar)varchar concat_ws(text,varchar,varchar)varchar concat_ws(text,texts)varchar regexp_like(varchar,pattern)boolean regexp_replace(varchar,pattern)varchar
regexp_replace(varchar,pattern,varchar)varchar regexp_extract(varchar,pattern)varchar regexp_count(varchar,pattern)bigint
regexp_extract_all(varchar,pattern)texts translate(varchar,text,text)varchar
year(timestamp)bigint month(timestamp)bigint day(timestamp)bigint hour(timestamp)bigint minute(timestamp)bigint second(timestamp)bigint
millisecond(timestamp)bigint quarter(timestamp)bigint week(timestamp)bigint day_of_week(timestamp)bigint day_of_year(timestamp)bigint
day_of_month(date)bigint year_of_week(date)bigint last_day_of_month(timestamp)date date(timestamp)date
date_add(unit,small,timestamp)timestamp date_add(dayunit,small,date)date date_diff(unit,timestamp,timestamp)bigint
date_trunc(unit,timestamp)timestamp date_trunc(dayunit,date)date to_unixtime(timestamp)double to_iso8601(timestamp)varchar to_iso8601(date)varchar
date_format(timestamp,format)varchar from_iso8601_date(day)date
cardinality(numbers)bigint cardinality(texts)bigint element_at(numbers,position)bigint array_distinct(numbers)numbers array_sort(numbers)numbers
array_max(numbers)bigint array_min(numbers)bigint array_position(numbers,bigint)bigint array_remove(numbers,bigint)numbers
array_join(numbers,text)varchar array_join(texts,text)varchar array_join(numbers,text,text)varchar contains(numbers,bigint)boolean
arrays_overlap(numbers,numbers)boolean slice(numbers,position,small)numbers sequence(small,small)numbers flatten(nested)numbers
json_extract_scalar(json,path)varchar json_array_length(json)bigint json_size(json,path)bigint
if(boolean,bigint)bigint if(boolean,varchar,varchar)varchar
`;

/** Other forms than `name(…)`: `%` stands for the next operand. */
const FORMS = `
(% + %)|bigint bigint bigint;(% - %)|bigint small bigint;(% * %)|bigint small bigint;(% / %)|bigint bigint bigint;(% % %)|bigint bigint bigint
(% + %)|double double double;(% * %)|double double double;(% / %)|double double double;(- %)|double double
(% || %)|varchar varchar varchar;(% = %)|varchar varchar boolean;(% < %)|varchar varchar boolean;(% <> %)|bigint bigint boolean
(% BETWEEN % AND %)|bigint bigint bigint boolean;(% IS NULL)|varchar boolean;(% IS DISTINCT FROM %)|bigint bigint boolean
(% AND %)|boolean boolean boolean;(% OR %)|boolean boolean boolean;(NOT %)|boolean boolean;(% LIKE %)|varchar like boolean
(% IN (%, %))|bigint bigint bigint boolean;(% NOT IN (%, %))|varchar varchar varchar boolean
(CASE WHEN % THEN % ELSE % END)|boolean bigint bigint bigint;(CASE % WHEN % THEN % END)|varchar varchar double double
CAST(% AS varchar)|bigint varchar;CAST(% AS varchar)|boolean varchar;CAST(% AS varchar)|timestamp varchar
CAST(% AS bigint)|double bigint;CAST(% AS bigint)|digits bigint;TRY_CAST(% AS bigint)|varchar bigint;TRY_CAST(% AS double)|varchar double
CAST(% AS double)|bigint double;CAST(% AS double)|digits double;CAST(% AS boolean)|bigint boolean;CAST(% AS date)|timestamp date
CAST(% AS timestamp)|date timestamp;CAST(% AS varchar)|date varchar;CAST(% AS varchar(3))|varchar varchar
EXTRACT(year FROM %)|timestamp bigint;EXTRACT(hour FROM %)|timestamp bigint;(% + interval '1' day)|timestamp timestamp
(% - interval '2' month)|timestamp timestamp;(% < %)|timestamp timestamp boolean;(% = %)|date date boolean
transform(%, x -> x + %)|numbers small numbers;filter(%, x -> x > %)|numbers bigint numbers
(% || %)|numbers numbers numbers;TRY(% / %)|bigint bigint bigint;nullif(%, %)|varchar varchar varchar
(% + %)|decimal decimal decimal;(% - %)|decimal decimal decimal;(% * %)|decimal decimal decimal;(% / %)|decimal decimal decimal
(% / %)|decimal small decimal;(% < %)|decimal bigint boolean;(% / %)|decimal double double;CAST(% AS double)|decimal double
CAST(% AS timestamp)|moment timestamp;TRY_CAST(% AS timestamp)|varchar timestamp;TRY_CAST(% AS date)|moment date
CAST(% AS date)|day date;TRY_CAST(% AS timestamp)|day timestamp
`;

const text = (value: string) => `'${value.replaceAll("'", "''")}'`;
const LEAVES: Record<string, string[]> = {
  bigint: [
    '0',
    '1',
    '-1',
    '42',
    '1000000007',
    '9223372036854775807',
    '-9223372036854775807',
    'CAST(NULL AS bigint)',
    "BIGINT '7'",
  ],
  small: ['0', '1', '2', '3', '5', '10'],
  position: ['1', '2', '3', '-1', '-2', '7'],
  double: [
    '0e0',
    '1e0',
    '-1.5e0',
    '1e20',
    '2.5e-7',
    '0.1e0',
    '1e15',
    '123456789.125e0',
    'CAST(NULL AS double)',
    'nan()',
    '-infinity()',
    '100e0',
  ],
  varchar: [
    '',
    ' ',
    'a',
    'abcabc',
    'Zürich',
    '東京 🦉',
    "it's",
    '007',
    '-12',
    '1.5',
    'null',
    'A,b;C',
    '2026-01-31T10:20:30.123Z',
    ' x ',
  ]
    .map(text)
    .concat('CAST(NULL AS varchar)'),
  text: ['a', ',', 'bc', '-', ' '].map(text),
  decimal: ['1.5', '-0.25', '10.00', "DECIMAL '123.456'", '0.0', 'CAST(NULL AS decimal(5, 2))'],
  moment: ['2026-01-31 1:02', '2026-01-31 10:20:30.123', '2026-01-31T10:20:30Z', '2026-1-3'].map(text),
  digits: ['0', '12', '-7', '+3', ' 5 ', '9223372036854775807'].map(text),
  like: ['%', 'a%', '%b_a%', '_', '%東%', ''].map(text),
  pattern: ['a', '[a-c]+', '(b)(c)', '\\d+', '^.', '.$', 'x*', '[^a-z]'].map(text),
  boolean: ['true', 'false', 'CAST(NULL AS boolean)'],
  timestamp: [
    "TIMESTAMP '2026-01-31 10:20:30.123'",
    "TIMESTAMP '1969-12-31 23:59:59.999'",
    "TIMESTAMP '2024-02-29 00:00:00.000'",
    "from_iso8601_timestamp_nanos('2026-03-01T12:00:00.500000000Z') AT TIME ZONE 'UTC'",
    'CAST(NULL AS timestamp)',
  ].filter((each) => !each.startsWith('from')),
  date: ["DATE '2026-01-31'", "DATE '1970-01-01'", "DATE '2024-02-29'", 'CAST(NULL AS date)'],
  day: ['2026-01-31', '1969-07-20'].map(text),
  unit: ['millisecond', 'second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'].map(text),
  dayunit: ['day', 'week', 'month', 'quarter', 'year'].map(text),
  format: ['%Y-%m-%d', '%H:%i:%s', '%W %M %e', '%y%j'].map(text),
  binary: ["to_utf8('')", "to_utf8('abc')", "to_utf8('東京')", "from_hex('00ff10')"],
  hash: ["xxhash64(to_utf8('a'))", "xxhash64(to_utf8('東京'))", "xxhash64(to_utf8(''))"],
  numbers: [
    'ARRAY[1, 2, 3]',
    'ARRAY[3, 1, 3, NULL]',
    'ARRAY[42]',
    'CAST(ARRAY[] AS array(bigint))',
    'CAST(NULL AS array(bigint))',
  ],
  nested: ['ARRAY[ARRAY[1, 2], ARRAY[3]]', 'ARRAY[ARRAY[1], NULL]'],
  texts: ["ARRAY['a', 'b']", "ARRAY['x', NULL, '']"],
  json: ['{"a": 1, "b": [1, 2], "c": {"d": "x"}}', '[1, "two", null, [3]]', '{"a": null}', '"text"'].map(text),
  path: ['$.a', '$.b', '$.b[0]', '$.c.d', '$', '$[1]', '$.missing'].map(text),
};

interface Made {
  takes: string[];
  gives: string;
  write: (operands: string[]) => string;
}

const made: Made[] = [
  ...SIGNATURES.trim()
    .split(/\s+/)
    .map((one): Made => {
      const [, name = '', takes = '', gives = ''] = /^(\w+)\(([^)]*)\)(\w+)$/.exec(one) ?? [];
      return { takes: takes ? takes.split(',') : [], gives, write: (operands) => `${name}(${operands.join(', ')})` };
    }),
  ...FORMS.trim()
    .split(/[;\n]/)
    .map((one): Made => {
      const [form = '', types = ''] =
        one.split('|').length > 2
          ? [one.slice(0, one.lastIndexOf('|')), one.slice(one.lastIndexOf('|') + 1)]
          : one.split('|');
      const takes = types.split(' ');
      const gives = takes.pop()!;
      // In `(% % %)` the one in the middle is the operator.
      const parts = form === '(% % %)' ? ['(', ' % ', ')'] : form.split('%');
      return { takes, gives, write: (operands) => parts.map((part, i) => part + (operands[i] ?? '')).join('') };
    }),
];

const expressionOf = (type: string, depth: number): fc.Arbitrary<string> => {
  const leaf = fc.constantFrom(...(LEAVES[type] ?? []));
  const inner = made.filter(({ gives }) => gives === type);
  if (depth === 0 || inner.length === 0) return leaf;
  const call = fc
    .constantFrom(...inner)
    .chain(({ takes, write }) => fc.tuple(...takes.map((each) => expressionOf(each, depth - 1))).map(write));
  return fc.oneof({ arbitrary: leaf, weight: 1 }, { arbitrary: call, weight: 3 });
};

const calls = fc.constantFrom(...made);
const written = ({ takes, write }: Made) => fc.tuple(...takes.map((each) => expressionOf(each, 1))).map(write);

/** An expression of any type, at most three calls deep. */
export const expressions: fc.Arbitrary<string> = calls.chain(written);

/** What the README says takes more types here than in Trino, or fewer. */
const TOLERANT =
  /^(?:slice|element_at|cardinality|if|TRY_CAST)\(|^\(\? (?:AND|OR) |^\(NOT|^\(CASE|DISTINCT FROM|^reverse|interval/;
const TOLERANT_OF_ARRAYS = /^CAST\(.*\barray\b|\barray\b.*\|\||\|\|.*\barray\b|^concat_ws.*\barray\b/i;

const types = fc.constantFrom(...Object.keys(LEAVES));
const strict = fc.constantFrom(...made.filter(({ write }) => !TOLERANT.test(write(['?', '?', '?', '?']))));

/** A call with one operand of a type by chance, which is seldom one that goes there. */
export const misfits: fc.Arbitrary<string> = fc
  .tuple(strict, types, fc.nat(4))
  .chain(([call, type, at]) => {
    const takes = call.takes.map((each, i) => (i === at % call.takes.length ? type : each));
    return fc.tuple(...takes.map((each) => expressionOf(each, 0))).map(call.write);
  })
  .filter((sql) => !TOLERANT_OF_ARRAYS.test(sql));
