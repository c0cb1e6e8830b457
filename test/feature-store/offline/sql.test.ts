import fc from 'fast-check';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { UsageError } from '../../../src/errors.js';
import type { FeatureDefinition, FeatureGroup } from '../../../src/feature-store/groups/describe.js';
import { countRowsSql, deleteRowsSql, distinctIdentifiersSql } from '../../../src/feature-store/clear/table/sql.js';
import { FIRST_INSTANT, LAST_INSTANT } from '../../../src/feature-store/records/event-time.js';
import { checkMigration } from '../../../src/feature-store/migrate/check.js';
import { daysSql, insertSql, portionsOf, type Days } from '../../../src/feature-store/migrate/insert-sql.js';
import { rowsSql } from '../../../src/feature-store/analyze/rows.js';
import { quoteName } from '../../../src/feature-store/offline/columns.js';
import { countSql } from '../../../src/feature-store/offline/count-sql.js';
import { recordsSql, type RowChoice } from '../../../src/feature-store/offline/sql.js';
import { filterCondition, isOfFilter } from '../../../src/feature-store/offline/filter.js';
import { feature, groupOf } from '../groups.js';
import { loadTrinoGrammar, type TrinoGrammar } from './trino-grammar.js';

// The grammar takes its time over each of a few hundred statements.
vi.setConfig({ testTimeout: 60_000 });

let trino: TrinoGrammar;
beforeAll(async () => {
  trino = await loadTrinoGrammar();
});

const tokens = (sql: string) =>
  trino
    .createLexer(sql)
    .getAllTokens()
    .filter(({ channel }) => channel === 0)
    .map(({ text }) => text);

describe('the live records', () => {
  test('newest row of each identifier, deletions left out after the window, the filter outside it', () => {
    const group = groupOf([feature('Price-EUR', 'Fractional'), feature('order', 'Integral')]);
    expect(recordsSql(group, { filter: 'WHERE "price-eur" > 3' })).toBe(
      `SELECT "id", "event_time", "price-eur", "order"
FROM (
  SELECT *, row_number() OVER (PARTITION BY "id"
    ORDER BY rpad(CASE WHEN strpos("event_time", '.') > 0 THEN replace("event_time", 'Z', '') ELSE replace("event_time", 'Z', '.') END, 29, '0') DESC NULLS LAST, "api_invocation_time" DESC NULLS LAST, "write_time" DESC NULLS LAST) AS "_rank"
  FROM "sagemaker_featurestore"."src_1700000000"
)
WHERE "_rank" = 1 AND NOT coalesce("is_deleted", false)
  AND (
"price-eur" > 3
)`,
    );
  });

  test('a Fractional event time is ordered as the number that it is', () => {
    const group = groupOf([], { features: [feature('id'), feature('event_time', 'Fractional')] });
    expect(recordsSql(group)).toContain('ORDER BY "event_time" DESC NULLS LAST, "api_invocation_time"');
  });

  test('collections come as JSON, under the name of their column', () => {
    const group = groupOf([feature('Tags', 'String', { collection: 'List' })]);
    expect(recordsSql(group)).toContain('json_format(CAST("tags" AS JSON)) AS "tags"');
  });

  test('a group without a table cannot be queried', () => {
    const group = groupOf([], { offline: { s3Uri: 's3://b/p', tableFormat: 'Glue' } });
    expect(() => recordsSql(group)).toThrow('has no Athena table');
  });

  test('features that differ in case alone share a column: refused', () => {
    expect(() => recordsSql(groupOf([feature('Age'), feature('age')]))).toThrow('Age and age share one column');
  });

  test('2,500 features with the longest names stay within the 262,144 bytes that Athena takes', () => {
    const wide = groupOf(Array.from({ length: 2498 }, (_, n) => feature(`f${n}`.padEnd(64, 'x'), 'Fractional')));
    for (const sql of [recordsSql(wide), countSql(wide)]) expect(Buffer.byteLength(sql)).toBeLessThan(262_144);
  });
});

describe('a filter', () => {
  test.each([
    ['price > 3', 'price > 3'],
    ['  where price > 3', 'price > 3'],
    ["WHERE name = 'it''s -- (not) a /* comment; '", "name = 'it''s -- (not) a /* comment; '"],
    ['"a ) b" = 1 AND (x[1] IN (1, 2))', '"a ) b" = 1 AND (x[1] IN (1, 2))'],
    ['whereabouts = 1', 'whereabouts = 1'],
  ])('%s', (typed, condition) => {
    expect(filterCondition(typed)).toBe(condition);
  });

  test.each([
    ['', 'is empty'],
    ['WHERE', 'is empty'],
    ['1 = 1) OR (1 = 1', 'has a ) that closes nothing'],
    ['(1 = 1', 'lacks a closing )'],
    ['(x[1) = 1]', 'has a ) that closes nothing'],
    ["name = 'open", "has a quote (') that is never closed"],
    ['"open = 1', 'has a quote (") that is never closed'],
    ['1 = 1; DROP TABLE t', 'holds a semicolon'],
    ['1 = 1 -- and the rest', 'holds a comment'],
    ['1 = 1 /* and the rest', 'holds a comment'],
    ['`"`) OR (`"` = 1', 'holds a `'],
    ["$$'$$) OR ('' = ''", 'holds a $'],
  ])('%s is refused: it %s', (typed, why) => {
    expect(() => filterCondition(typed)).toThrow(UsageError);
    expect(() => filterCondition(typed)).toThrow(why);
  });

  test('what is let through stays between its parentheses, as Trino itself reads it', () => {
    const pieces = [
      '(',
      ')',
      "'",
      "''",
      '"',
      '""',
      '--',
      '/*',
      '*/',
      ';',
      '`',
      '[',
      ']',
      '\n',
      ' OR ',
      'a',
      '1',
      '=',
      ' ',
      '$',
      '\\',
      "U&'",
      "x'",
      '?',
    ];
    const typed = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(typed, (filter) => {
        const sql = unlessRefused(() => recordsSql(groupOf(), { filter }));
        if (sql === undefined) return;
        const inside = tokens(filterCondition(filter));
        let depth = 0;
        for (const token of inside) {
          depth += token === '(' ? 1 : token === ')' ? -1 : 0;
          expect(depth).toBeGreaterThanOrEqual(0);
          expect(token).not.toBe(';');
        }
        expect(depth).toBe(0);
        const [before, after] = recordsSql(groupOf(), { filter: 'the_filter' }).split('the_filter');
        expect(tokens(sql)).toEqual([...tokens(before!), ...inside, ...tokens(after!)]);
      }),
      { numRuns: 500, examples: [['="("'], ["a='('"]] },
    );
  });
});

/** The statement, or nothing where the condition is refused; any other error fails the test. */
function unlessRefused(statement: () => string): string | undefined {
  try {
    return statement();
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

test.each([
  ["INVALID_CAST_ARGUMENT: Cannot cast 'x' to BIGINT", 'cast(name AS bigint) > 3', true],
  ["INVALID_CAST_ARGUMENT: Cannot cast 'x' to BIGINT", "name = 'cast(' OR price > 3", false],
  ["INVALID_CAST_ARGUMENT: Cannot cast 'x' to BIGINT", 'try_cast(name AS bigint) > 3', false],
  ['INVALID_FUNCTION_ARGUMENT: Invalid format', "date_parse(at, '%Y') > now()", true],
  ['INVALID_FUNCTION_ARGUMENT: Invalid format', "price > 3 AND (name IN ('a', 'b') OR NOT (stock = 1))", false],
  ['INVALID_LITERAL: line 9:3: no date', "day = date '2026-13-01'", true],
  ['INVALID_LITERAL: line 1:3: no date', "day = '2026-13-01'", false],
  ["COLUMN_NOT_FOUND: line 9:1: Column 'nope' cannot be resolved", 'Nope = 1', true],
  ["COLUMN_NOT_FOUND: line 1:1: Column 'is_deleted' cannot be resolved", 'price = 1', false],
  ['TYPE_MISMATCH: line 9:1: no', 'price = name', true],
  ['INVALID_INPUT: Unable to verify/create output bucket', 'cast(price AS bigint) = 1', false],
  ['HIVE_BAD_DATA: a file', 'cast(price AS bigint) = 1', false],
])('%s is of the filter %s: %s', (reason, filter, is) => expect(isOfFilter(reason, filter)).toBe(is));

describe('every statement is one statement of Trino', () => {
  const KEYWORDS = [
    'select',
    'Order',
    'GROUP',
    'end',
    'from',
    'rows',
    'table',
    'year',
    'is-deleted',
    '1st',
    '007',
    'a--b',
  ];
  const name = fc.oneof(fc.constantFrom(...KEYWORDS), fc.stringMatching(/^[a-zA-Z0-9]([-_]{0,2}[a-zA-Z0-9]){0,20}$/));
  const type = fc.constantFrom('Integral', 'Fractional', 'String') as fc.Arbitrary<FeatureDefinition['type']>;
  const collection = fc.option(fc.constantFrom('List', 'Set', 'Vector') as fc.Arbitrary<'List'>, { nil: undefined });
  const features = fc.uniqueArray(fc.record({ name, type, collection }), {
    minLength: 2,
    maxLength: 12,
    selector: (each) => each.name.toLowerCase(),
  });
  /** Bring-your-own tables may be called anything. */
  const tableName = fc.oneof(
    fc.constantFrom('select', 'a"b', 'a-b', "it's", '"; DROP TABLE t; --'),
    fc.string({ minLength: 1 }),
  );
  const filter = fc.option(
    fc.constantFrom('price > 3', 'WHERE "a" IN (1, 2)', "where name LIKE '%;--%'", 'id IN (SELECT id FROM t)'),
    { nil: undefined },
  );
  const group: fc.Arbitrary<FeatureGroup> = fc
    .record({ features, database: tableName, table: tableName })
    .map((parts) =>
      groupOf([], {
        features: parts.features,
        recordIdentifier: parts.features[0]!.name,
        eventTime: parts.features[1]!.name,
        offline: {
          s3Uri: '',
          tableFormat: 'Glue',
          table: { catalog: 'AwsDataCatalog', database: parts.database, name: parts.table },
        },
      }),
    );

  const instant = fc.option(fc.bigInt({ min: FIRST_INSTANT, max: LAST_INSTANT }), { nil: undefined });
  const choice: fc.Arbitrary<RowChoice> = fc.record({
    filter,
    asOf: instant,
    since: instant,
    until: instant,
    history: fc.boolean(),
    deletions: fc.option(fc.boolean(), { nil: undefined }),
    arrivals: fc.option(
      fc.record({ since: fc.option(fc.double({ min: 0, max: 4e9, noNaN: true }), { nil: undefined }), mark: fc.nat() }),
      { nil: undefined },
    ),
    shard: fc.option(fc.record({ index: fc.nat(15), count: fc.constant(16), shared: fc.boolean() }), {
      nil: undefined,
    }),
  });

  function expectOneStatement(sql: string, groups: FeatureGroup[]): void {
    expect(trino.validate(sql)).toEqual([]);
    expect(trino.splitSQLByStatement(sql)).toHaveLength(1);
    for (const { offline, features: all } of groups) {
      const { database, name: table } = offline!.table!;
      expect(tokens(sql)).toEqual(expect.arrayContaining([quoteName(database), quoteName(table)]));
      for (const each of all) expect(tokens(sql)).toContain(quoteName(each.name.toLowerCase()));
    }
  }

  test.each([
    ['records', recordsSql],
    ['counts', countSql],
  ])('%s', (_, write) => {
    fc.assert(
      fc.property(group, choice, (source, chosen) => expectOneStatement(write(source, chosen), [source])),
      { numRuns: 100 },
    );
  });

  // OPTIMIZE, VACUUM and table properties are Athena's own, and no Trino.
  test('what a clear asks and deletes, and an analysis asks', () => {
    fc.assert(
      fc.property(group, (source) => {
        for (const write of [distinctIdentifiersSql, countRowsSql, deleteRowsSql, rowsSql])
          expectOneStatement(write(source), [{ ...source, features: [] }]);
      }),
      { numRuns: 30 },
    );
  });

  test('INSERT, and the days that it is portioned by', () => {
    const plain = group.filter((each) => each.features.every(({ collection }) => collection === undefined));
    // With one table for both, each row would be there twice.
    const other = (name: string, source: FeatureGroup) => (name === source.offline!.table!.name ? `${name}2` : name);
    const days = fc.option(fc.constant<Days>(['2026-01-31', '2026-03-01']), { nil: undefined });
    fc.assert(
      fc.property(plain, tableName, choice, days, (source, name, chosen, portion) => {
        const offline = { ...source.offline!, table: { ...source.offline!.table!, name: other(name, source) } };
        const target = { ...source, name: 'target', arn: `${source.arn}-target`, offline };
        const options = { filterQuery: chosen.filter, ...chosen, engine: 'athena' as const };
        const migration = checkMigration(
          { ...source, features: withTime(source) },
          { ...target, features: withTime(source) },
          options,
        );
        expectOneStatement(insertSql(migration, portion), [source, target]);
        expectOneStatement(daysSql(migration), [{ ...source, features: [] }]);
      }),
      { numRuns: 60 },
    );
  });
});

/** The event time of a real group is String or Fractional. */
function withTime({ features, eventTime }: FeatureGroup): FeatureDefinition[] {
  return features.map((each) => (each.name === eventTime ? { ...each, type: 'String' } : each));
}

describe('which rows', () => {
  const group = groupOf([feature('price', 'Fractional')]);
  const time = 1_767_225_600_500_000_000n;

  test('an instant is compared as the key of an event time, or as a number', () => {
    expect(recordsSql(group, { asOf: time })).toContain(`<= '2026-01-01T00:00:00.500000000'`);
    const numeric = groupOf([], { features: [feature('id'), feature('event_time', 'Fractional')] });
    expect(recordsSql(numeric, { since: time })).toContain(`WHERE "event_time" >= CAST('1767225600.5' AS double)`);
  });

  test('--as-of and --since limit what is ranked, by the column itself too; --until what is taken of it', () => {
    const [inside, outside] = recordsSql(group, { asOf: time, since: time, until: time }).split('\n)\nWHERE ');
    expect(inside).toMatch(
      / WHERE "event_time" < '2026-01-01\[' AND rpad.* <= '2026-01-01T00:00:00.500000000' AND "event_time" >= '2026-01-01' AND rpad.* >= '[^']+'$/,
    );
    expect(outside).toMatch(/^"_rank" = 1 AND NOT coalesce\("is_deleted", false\) AND rpad.* < '[^']+'$/s);
  });

  test('records are counted by identifier, and for all shards at once', () => {
    const shard = { index: 3, count: 16, shared: true };
    const sql = countSql(group, { asOf: time, until: time, shard });
    expect(sql).not.toContain('OVER');
    expect(sql).toBe(countSql(group, { asOf: time, until: time, shard: { ...shard, index: 4 } }));
    expect(sql).toContain(`WHERE "event_time" < '2026-01-01[' AND`);
    for (const ranked of [{ filter: 'price > 3' }, { history: true }])
      expect(countSql(group, ranked)).toContain('OVER (PARTITION BY "id"');
  });

  test('an INSERT of some days reads no earlier ones, and no later ones where no row is chosen by a later one', () => {
    const own = groupOf([]).offline!;
    const offline = { ...own, table: { ...own.table!, name: 'target_1700000000' } };
    const migration = (options: object) =>
      checkMigration(group, { ...group, name: 'target', arn: `${group.arn}-target`, offline }, options);
    const days: Days = ['2026-01-31', '2026-03-01'];
    expect(insertSql(migration({ engine: 'athena' }), days)).toMatch(/WHERE "event_time" >= '2026-01-31'\n/);
    expect(insertSql(migration({ engine: 'athena', history: true }), days)).toMatch(
      /WHERE "event_time" >= '2026-01-31' AND "event_time" < '2026-03-01\['\n/,
    );
  });

  test('a shard is cut before the rows are ranked, unless its result is shared', () => {
    const cut = `coalesce(abs(mod(from_big_endian_64(xxhash64(to_utf8(CAST("id" AS varchar)))), 16)), 0)`;
    expect(recordsSql(group, { shard: { index: 3, count: 16 } })).toContain(`WHERE ${cut} = 3\n)`);
    const shared = recordsSql(group, { shard: { index: 3, count: 16, shared: true } });
    expect(shared).toContain(`${cut} AS "_shard"`);
    expect(shared).toBe(recordsSql(group, { shard: { index: 4, count: 16, shared: true } }));
  });

  test('what has arrived is told by identifier, counted as it was read, and deletions pass any filter', () => {
    const arrivals = { since: 1_767_225_600.25, mark: 1_767_229_200 };
    const sql = recordsSql(group, { arrivals, deletions: true, filter: 'price > 3' });
    const arrived = 'coalesce(to_unixtime("write_time") >= 1.76722560025e+9, true)';
    expect(sql).toContain(`bool_or(${arrived}) OVER (PARTITION BY "id") AS "_arrived"`);
    expect(sql).toMatch(
      /WHERE "_rank" = 1 AND "_arrived"\n {2}AND CASE WHEN coalesce\("is_deleted", false\) THEN true ELSE/,
    );
    for (const filter of [undefined, 'price > 3']) {
      const counts = countSql(group, { arrivals, deletions: true, filter });
      expect(counts).toContain(`count_if(${arrived}) AS "${filter ? '' : '_'}arrived"`);
      expect(counts).toContain('least(1.7672292e+9, coalesce(max(to_unixtime("write_time")), 0e0)) AS "_mark"');
    }
  });

  test('no more than a hundred days are inserted together', () => {
    const days = Array.from({ length: 250 }, (_, day) => new Date(day * 86_400_000).toISOString().slice(0, 10));
    expect(portionsOf(days)).toEqual([
      ['1970-01-01', '1970-04-10'],
      ['1970-04-11', '1970-07-19'],
      ['1970-07-20', '1970-09-07'],
    ]);
    expect(portionsOf([])).toEqual([]);
  });
});
