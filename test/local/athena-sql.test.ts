/** Trino's SQL as people type it, and what Athena says to what is no SQL. */
import { AthenaClient } from '@aws-sdk/client-athena';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Local } from '../../src/local/index.js';
import { openThrowAway } from '../support/doors.js';
import { ask, reasonOf } from '../support/queries.js';

let local: Local;
let athena: AthenaClient;

beforeAll(async () => {
  local = await openThrowAway();
  athena = new AthenaClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    requestHandler: local.requestHandler,
    endpoint: 'http://127.0.0.1',
  });
});
afterAll(async () => {
  athena.destroy();
  await local.close();
});

/** The one row of a query without a table. */
const row = async (expressions: string) => (await ask(athena, `SELECT ${expressions}`))[1];

describe('values are written as Athena writes them', () => {
  test.each([
    ['true, false', ['true', 'false']],
    ['9223372036854775807, -1', ['9223372036854775807', '-1']],
    [
      '1.0e0, 1e7, 12345678e0, 1e-3, 1.5e-7, 1e20, 123456.789e0',
      ['1.0', '1.0E7', '1.2345678E7', '0.001', '1.5E-7', '1.0E20', '123456.789'],
    ],
    ['nan(), infinity(), -infinity()', ['NaN', 'Infinity', '-Infinity']],
    ["TIMESTAMP '2026-09-17 12:34:56.789'", ['2026-09-17 12:34:56.789']],
    ["TIMESTAMP '2026-09-17 12:34:56 UTC'", ['2026-09-17 12:34:56.000 UTC']],
    ["DATE '2020-01-01'", ['2020-01-01']],
    ["ARRAY[1, 2], ARRAY['p', NULL]", ['[1, 2]', '[p, null]']],
    ["MAP(ARRAY['k'], ARRAY[1]), CAST(ROW(1, 'x') AS ROW(id bigint, name varchar))", ['{k=1}', '{id=1, name=x}']],
    ["ARRAY[1e20, 1e0], ARRAY['a, b'], ARRAY[ARRAY[true]]", ['[1.0E20, 1.0]', '[a, b]', '[[true]]']],
    ["to_utf8('a b')", ['61 20 62']],
    ["'', NULL", ['', null]],
  ])('%s', async (expressions, expected) => {
    expect(await row(expressions)).toEqual(expected);
  });
});

describe('functions that Trino has', () => {
  test.each([
    ["from_iso8601_timestamp('2026-01-01T00:00:00.123456Z')", '2026-01-01 00:00:00.123 UTC'],
    ['to_iso8601(from_unixtime(1.7e9))', '2023-11-14T22:13:20.000Z'],
    ["date_parse('2026-01-02 03:04:05', '%Y-%m-%d %H:%i:%s')", '2026-01-02 03:04:05.000'],
    ["date_format(TIMESTAMP '2026-01-02 03:04:05', '%Y/%m %T')", '2026/01 03:04:05'],
    ["date_diff('day', TIMESTAMP '2026-01-01 12:00:00', TIMESTAMP '2026-01-03 11:00:00')", '1'],
    ["date_add('hour', 2, TIMESTAMP '2026-01-01 00:00:00')", '2026-01-01 02:00:00.000'],
    ['json_format(CAST(\'say "hi"\' AS JSON))', '"say \\"hi\\""'],
    ['json_format(CAST(ARRAY[1, NULL] AS JSON))', '[1,null]'],
    ['json_format(CAST(CAST(NULL AS varchar) AS JSON))', null],
    ['json_extract_scalar(\'{"a":{"b":1}}\', \'$.a.b\')', '1'],
    ['json_extract_scalar(\'{"a":{"b":1}}\', \'$.a\')', null],
    ['CAST(json_extract(\'{"a":"x"}\', \'$.a\') AS varchar)', 'x'],
    ['CAST(1e20 AS varchar)', '1.0E20'],
    // What Trino answers where DuckDB by itself would answer otherwise.
    ["date_trunc('month', DATE '2026-01-31')", '2026-01-01'],
    ["date_add('quarter', 1, DATE '2026-01-31')", '2026-04-30'],
    ['ARRAY[1e0 / 0, -1e0 / 0, 0e0 / 0, 7 / 2, 7.5e0 / 2]', '[Infinity, -Infinity, NaN, 3.0, 3.75]'],
    ['TRY(1 / 0)', null],
    ["ARRAY[1.0 / 3, -1.5 / 2, DECIMAL '10.00' / 4, 5.0 / 0.01]", '[0.30, -0.80, 2.50, 500.00]'],
    ["TRY_CAST('2026-01-01T00:00:00' AS timestamp)", null],
    ["CAST('2026-1-2 3:04' AS timestamp)", '2026-01-02 03:04:00.000'],
    ['CAST(NULL AS bigint) / 2', null],
    ['NULL / 2 + NULL % 2', null],
    ['CAST(NULL AS bigint) / 0 + CAST(NULL AS bigint) % 0', null],
    ["ARRAY[TRY_CAST('1.5' AS bigint), CAST(' 5 ' AS bigint)]", '[null, 5]'],
    ["replace('ab', '', '-') || replace('', '', 'x')", '-a-b-x'],
    ["TRY(CAST('1.5' AS bigint))", null],
    ["ARRAY[TRY_CAST('1.5' AS bigint), CAST(1.5 AS bigint), CAST('+7' AS bigint)]", '[null, 2, 7]'],
    [
      'ARRAY[ln(-1e0), ln(0e0), sqrt(-1e0), cos(infinity()), acos(2e0), sign(nan())]',
      '[NaN, -Infinity, NaN, NaN, NaN, NaN]',
    ],
    ['ARRAY[greatest(1, NULL, 3), least(2, 3)]', '[null, 2]'],
    ['array_distinct(ARRAY[3, 1, 3, NULL])', '[3, 1, null]'],
    ['array_remove(ARRAY[3, NULL, 1], 3)', '[null, 1]'],
    ['ARRAY[array_max(ARRAY[3, NULL]), array_position(ARRAY[42], NULL), array_min(ARRAY[3, 2])]', '[null, null, 2]'],
    [
      'ARRAY[contains(ARRAY[1, NULL], 2), contains(ARRAY[1, NULL], 1), arrays_overlap(ARRAY[1], ARRAY[2])]',
      '[null, true, false]',
    ],
    ['slice(ARRAY[1, 2, 3], -2, 2) || sequence(3, 1)', '[2, 3, 3, 2, 1]'],
    [
      "ARRAY[json_size('{\"a\": 1, \"b\": 2}', '$'), json_size('[1]', '$[0]'), json_array_length('{}')]",
      '[2, 0, null]',
    ],
    ["url_encode(' ~*') || substr('a', -2) || substr('abc', -2)", '+%7E*bc'],
    ["CAST('abc' AS varchar(2))", 'ab'],
    ["TRY_CAST('x' AS bigint)", null],
    ["TRY(CAST('x' AS double))", null],
    ["IF(1 > 2, 'yes', 'no')", 'no'],
    ["concat('a', NULL)", null],
    ["split_part('a,b', ',', 3)", null],
    ["split('a,b', ',')[2]", 'b'],
    ["regexp_replace('2026-01', '(\\d+)-(\\d+)', '$2/$1')", '01/2026'],
    ["regexp_extract('x12', '\\d+')", '12'],
    ["regexp_like('abc', 'b')", 'true'],
    ["element_at(MAP(ARRAY['k'], ARRAY[1]), 'k')", '1'],
    ['cardinality(ARRAY[1, 2])', '2'],
    ["array_join(ARRAY['a', NULL, 'b'], '-', '?')", 'a-?-b'],
    ['transform(ARRAY[1, 2], x -> x * 2)', '[2, 4]'],
    ["to_hex(md5(to_utf8('a')))", '0CC175B9C0F1B6A831C399E269772661'],
    ["to_hex(xxhash64(to_utf8('Nobody inspects the spammish repetition')))", 'FBCEA83C8A378BF1'],
    ["from_big_endian_64(xxhash64(to_utf8('abc')))", '4952883123889572249'],
    ["crc32(to_utf8('abc'))", '891568578'],
    ['7 / 2', '3'],
    ["typeof('a')", 'varchar'],
    ["format('%s-%d', 'a', 3)", 'a-3'],
    ["strpos('abc', 'c')", '3'],
    ["day_of_week(DATE '2026-01-04')", '7'],
    ["date_trunc('hour', TIMESTAMP '2026-01-15 10:20:30')", '2026-01-15 10:00:00.000'],
    ["TIME '10:11:12.345'", '10:11:12.345'],
    ["X'4142'", '41 42'],
    ["ROW(1, 'a')", '{field0=1, field1=a}'],
    ["zip(ARRAY[1, 2], ARRAY['a', 'b'])", '[{field0=1, field1=a}, {field0=2, field1=b}]'],
    ['reduce(ARRAY[5, 20, 50], 0, (s, x) -> s + x, s -> s * 2)', '150'],
    ["concat_ws('-', 'a', NULL, 'b') || concat_ws('-', ARRAY['c', NULL, 'd'])", 'a-bc-d'],
    ["format_datetime(TIMESTAMP '2026-01-02 03:04:05', 'yyyy-MM-dd''T''HH:mm:ss')", '2026-01-02T03:04:05'],
    ["parse_datetime('2026/01/02 03', 'yyyy/MM/dd HH')", '2026-01-02 03:00:00.000 UTC'],
  ])('%s', async (expression, expected) => {
    expect(await row(expression)).toEqual([expected]);
  });
});

test('columns are named as they are written, and numbered where they have no name', async () => {
  const [header] = await ask(
    athena,
    `WITH q(a, b) AS (VALUES (1, 2)) SELECT A, "B", count(*), q.a AS "It's", 1 x, *, -b FROM q GROUP BY a, b`,
  );
  expect(header).toEqual(['A', 'B', '_col2', "It's", 'x', 'a', 'b', '_col7']);
});

test('words that only DuckDB reserves are names', async () => {
  const rows = await ask(
    athena,
    `WITH t AS (SELECT 1 AS at, 2 AS "desc", 3 AS "limit", 4 AS qualify, 5 AS default)
     SELECT at, desc, t.limit, qualify, default, current_timestamp AT TIME ZONE 'UTC' IS NULL FROM t
     WHERE at = 1 AND qualify > 0 ORDER BY at DESC, desc ASC OFFSET 0 LIMIT 1`,
  );
  expect(rows[1]).toEqual(['1', '2', '3', '4', '5', 'false']);
});

test('an interval ends in its unit, not in a name', async () => {
  const [header] = await ask(
    athena,
    `SELECT TIMESTAMP '2026-01-01 00:00:00' - INTERVAL '1' day, INTERVAL '1' day AS d`,
  );
  expect(header).toEqual(['_col0', 'd']);
});

test('nulls come last, whichever way it is sorted', async () => {
  const rows = await ask(athena, 'SELECT x FROM (VALUES 1, NULL, 2) AS t(x) ORDER BY x DESC');
  expect(rows).toEqual([['x'], ['2'], ['1'], [null]]);
});

test('UNNEST counts, windows slide, comments do not matter', async () => {
  const rows = await ask(
    athena,
    `SELECT x, n, sum(n) OVER (ORDER BY n) -- running; total
     FROM UNNEST(ARRAY['a', 'b']) WITH ORDINALITY AS t(x, n) /* ; */ ORDER BY n;`,
  );
  expect(rows.slice(1)).toEqual([
    ['a', '1', '1'],
    ['b', '2', '3'],
  ]);
});

test('parameters take the place of question marks', async () => {
  const rows = await ask(athena, 'SELECT ? || ?', { ExecutionParameters: ["'a?'", "'b'"] });
  expect(rows[1]).toEqual(['a?b']);
});

describe('what is no statement is refused at the start', () => {
  test.each([
    ['SELEC 1', /^MALFORMED_QUERY: line 1:1: mismatched input 'SELEC'\. Expecting: /],
    ['SELECT * FORM t', /^MALFORMED_QUERY: line 1:15: mismatched input 't'/],
    ['SELECT (1', /^MALFORMED_QUERY: line 1:10: mismatched input '<EOF>'/],
    ["SELECT 'abc", /^MALFORMED_QUERY: line 1:8: /],
    ['SELECT 1;\nSELECT 2', /^MALFORMED_QUERY: Only one sql statement is allowed/],
    ["SELECT 'a'::varchar", /^MALFORMED_QUERY: line 1:11: mismatched input '::'/],
    ["SELECT * FROM 'file.parquet'", /^MALFORMED_QUERY: line 1:15: mismatched input/],
    ['SELECT a, FROM t', /^MALFORMED_QUERY: line 1:11: mismatched input 'FROM'/],
    ["SELECT 1 WHERE 'a' ILIKE 'A'", /^MALFORMED_QUERY: line 1:20: mismatched input 'ILIKE'/],
  ])('%s', async (sql, reason) => {
    expect(await reasonOf(athena, sql)).toMatch(reason);
  });
});

describe('what means nothing fails as a query', () => {
  test.each([
    ['SELECT * FROM nodb.t', "SCHEMA_NOT_FOUND: line 1:15: Schema 'nodb' does not exist"],
    ['SELECT nope(1)', "FUNCTION_NOT_FOUND: line 1:8: Function 'nope' not registered"],
    ['SELECT 1,\n  list_value(1)', "FUNCTION_NOT_FOUND: line 2:3: Function 'list_value' not registered"],
    ["SELECT read_text('/etc/passwd')", "FUNCTION_NOT_FOUND: line 1:8: Function 'read_text' not registered"],
    ["SELECT CAST('x' AS bigint)", "INVALID_CAST_ARGUMENT: Cannot cast 'x' to BIGINT"],
    ["SELECT CAST('1.5' AS integer)", "INVALID_CAST_ARGUMENT: Cannot cast '1.5' to INT"],
    ['SELECT 1 / 0', 'DIVISION_BY_ZERO: Division by zero'],
    ['SELECT 1 % 0', 'DIVISION_BY_ZERO: Division by zero'],
    ['SELECT 1.5 / 0', 'DIVISION_BY_ZERO: Division by zero'],
    [
      "SELECT CAST('2026-01-01T00:00:00Z' AS timestamp)",
      "INVALID_CAST_ARGUMENT: Cannot cast '2026-01-01T00:00:00Z' to TIMESTAMP",
    ],
    ["SELECT split_part('a', ',', -1)", 'INVALID_FUNCTION_ARGUMENT: Index must be greater than zero'],
    ["SELECT json_extract_scalar('{}', 'a')", "INVALID_FUNCTION_ARGUMENT: Invalid JSON path: 'a'"],
    [
      "SELECT from_big_endian_64(from_hex('00ff10'))",
      'INVALID_FUNCTION_ARGUMENT: expected 8-byte input, but got instead: 3',
    ],
    ["SELECT json_size('{}', 'a')", "INVALID_FUNCTION_ARGUMENT: Invalid JSON path: 'a'"],
    ["SELECT from_iso8601_date('2026-01-31 10:20')", 'INVALID_FUNCTION_ARGUMENT: Invalid format: "2026-01-31 10:20"'],
    [
      "SELECT from_iso8601_date('2026-01-31T00:00:00Z')",
      'INVALID_FUNCTION_ARGUMENT: Invalid format: "2026-01-31T00:00:00Z"',
    ],
  ])('%s', async (sql, reason) => {
    expect(await reasonOf(athena, sql)).toBe(reason);
  });
});

describe('types that do not go together are refused, whatever DuckDB would make of them', () => {
  test.each([
    ["1 = '1'", 'line 1:10: Cannot apply operator: integer = varchar'],
    ["'a' <> 1", 'line 1:12: Cannot apply operator: varchar <> integer'],
    ['true = 1', 'line 1:13: Cannot apply operator: boolean = integer'],
    ["current_timestamp > '2026-01-01'", 'line 1:26: Cannot apply operator: timestamp with time zone > varchar'],
    ["DATE '2026-01-01' = '2026-01-01'", 'line 1:26: Cannot apply operator: date = varchar'],
    ["ARRAY[1] = ARRAY['1']", 'line 1:17: Cannot apply operator: integer[] = varchar[]'],
    ["'1' IN (1, 2)", 'line 1:12: Cannot find common type between varchar and integer'],
    ["1 NOT IN ('x')", 'line 1:1: Cannot find common type between integer and varchar'],
    ["1 BETWEEN '0' AND '2'", 'line 1:10: Cannot find common type between integer and varchar'],
    ["'a' || 1", 'line 1:1: Cannot find common type between varchar and integer'],
    ['concat(1, 2)', 'line 1:1: Unexpected parameters for function concat'],
    ["nullif('a', 1)", 'line 1:1: Cannot find common type between varchar and integer'],
    ["CASE WHEN true THEN 'a' ELSE 1 END", 'line 1:8: Cannot find common type between integer and varchar'],
  ])('%s', async (expression, words) => {
    expect(await reasonOf(athena, `SELECT ${expression}`)).toBe(`TYPE_MISMATCH: ${words}`);
  });

  test.each(['1.5', '1, 2', "to_utf8('a')", "DATE '2026-01-01', 'a'", 'ARRAY[1]'])(
    'concat_ws takes no %s',
    async (values) => {
      expect(await reasonOf(athena, `SELECT concat_ws(',', ${values})`)).toMatch(/^TYPE_MISMATCH: line 1:\d+: /);
    },
  );

  test('length takes text, and no list', async () => {
    expect(await row("length('ab'), length('é'), length(NULL), length('')")).toEqual(['2', '1', null, '0']);
    expect(await reasonOf(athena, "SELECT length(ARRAY['a'])")).toMatch(/^TYPE_MISMATCH: line 1:1: No function/);
    expect(await row('is_finite(1.5), is_infinite(infinity()), is_finite(nan()), is_infinite(NULL)')).toEqual([
      'true',
      'true',
      'false',
      null,
    ]);
    expect(await reasonOf(athena, "SELECT is_finite(DATE '2026-01-31')")).toMatch(/^TYPE_MISMATCH: /);
    expect(await row("lpad('ab', 4, 'x'), rpad('ab', 1, 'x'), repeat('ab', 2), repeat(1, 0)")).toEqual([
      'xxab',
      'a',
      '[ab, ab]',
      '[]',
    ]);
    expect(await reasonOf(athena, "SELECT lpad('ab', -1, 'x')")).toMatch(/Target length/);
    expect(await row("array_join(ARRAY[1, NULL], ','), array_join(ARRAY['a', NULL], ',', '-')")).toEqual(['1', 'a,-']);
    expect(await reasonOf(athena, "SELECT array_join(ARRAY[ARRAY[1]], ',')")).toMatch(/Cannot cast .* to varchar/);
  });

  test.each(['7', "TIME '10:00:00'", "INTERVAL '1' DAY"])(
    'to_iso8601 and to_unixtime take a date or a timestamp, and not %s',
    async (x) => {
      expect(await reasonOf(athena, `SELECT to_iso8601(${x})`)).toMatch(/^TYPE_MISMATCH: /);
      expect(await reasonOf(athena, `SELECT to_unixtime(${x})`)).toMatch(/^TYPE_MISMATCH: /);
    },
  );

  test('a parameter has the type of what is given for it', async () => {
    const given = { ExecutionParameters: ["'1'"] };
    expect(await reasonOf(athena, 'SELECT 1 = ?', given)).toBe(
      'TYPE_MISMATCH: line 1:10: Cannot apply operator: integer = varchar',
    );
    expect(await ask(athena, "SELECT '1' = ? AS x", given)).toEqual([['x'], ['true']]);
  });

  test('what goes together by itself is left alone', async () => {
    const date = "DATE '2026-01-01'";
    expect(
      await row(
        `1 = 1.0, 1 < 1.5e0, NULL = 'a', ${date} < TIMESTAMP '2026-01-02 00:00:00', 'a' IN ('a', NULL), 1 IN (SELECT 1),
        (1, 'a') IN ((1, 'a')), 'a' || NULL IS NULL, ARRAY['a'] || ARRAY['b'], position('b' IN 'ab'), 2 NOT IN (1, 1.5)`,
      ),
    ).toEqual(['true', 'true', null, 'true', 'true', 'true', 'true', 'true', '[a, b]', '2', 'true']);
  });
});

test('count_if of no rows is 0, counts what is true alone, and takes OVER as any aggregate', async () => {
  const values = 'FROM (VALUES (1, true), (2, false), (3, NULL), (4, true)) AS v(n, b)';
  const [, counted] = await ask(
    athena,
    `SELECT count_if(b), count_if(n > 9), count_if(n > 2 AND (b OR n = 3)) ${values}`,
  );
  expect(counted).toEqual(['2', '0', '2']);
  expect((await ask(athena, `SELECT count_if(b) ${values} WHERE n > 9`))[1]).toEqual(['0']);
  expect((await ask(athena, `SELECT count_if(b) OVER (ORDER BY n) ${values} ORDER BY n`)).slice(1)).toEqual([
    ['1'],
    ['1'],
    ['1'],
    ['2'],
  ]);
});
