import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { UsageError } from '../../src/errors.js';
import type { FeatureDefinition, FeatureGroup } from '../../src/feature-store/feature-group.js';
import { countRecordsSql, liveRecordsSql, quoteName } from '../../src/feature-store/offline-sql.js';
import { filterCondition } from '../../src/feature-store/sql-filter.js';
import { feature, groupOf } from './groups.js';
import { loadTrinoGrammar, type TrinoGrammar } from './trino-grammar.js';

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
    expect(liveRecordsSql(group, { filter: 'WHERE "price-eur" > 3' })).toBe(
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
    expect(liveRecordsSql(group)).toContain('ORDER BY "event_time" DESC NULLS LAST, "api_invocation_time"');
  });

  test('collections come as JSON, under the name of their column', () => {
    const group = groupOf([feature('Tags', 'String', { collection: 'List' })]);
    expect(liveRecordsSql(group)).toContain('json_format(CAST("tags" AS JSON)) AS "tags"');
  });

  test('a group without a table cannot be queried', () => {
    const group = groupOf([], { offline: { s3Uri: 's3://b/p', tableFormat: 'Glue' } });
    expect(() => liveRecordsSql(group)).toThrow('has no Athena table');
  });

  test('features that differ in case alone share a column: refused', () => {
    expect(() => liveRecordsSql(groupOf([feature('Age'), feature('age')]))).toThrow('Age and age share one column');
  });

  test('2,500 features with the longest names stay within the 262,144 bytes that Athena takes', () => {
    const wide = groupOf(Array.from({ length: 2498 }, (_, n) => feature(`f${n}`.padEnd(64, 'x'), 'Fractional')));
    for (const sql of [liveRecordsSql(wide), countRecordsSql(wide)])
      expect(Buffer.byteLength(sql)).toBeLessThan(262_144);
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
        const passed = condition(filter);
        if (passed === undefined) return;
        const inside = tokens(passed);
        let depth = 0;
        for (const token of inside) {
          depth += token === '(' ? 1 : token === ')' ? -1 : 0;
          expect(depth).toBeGreaterThanOrEqual(0);
          expect(token).not.toBe(';');
        }
        expect(depth).toBe(0);
        const [before, after] = liveRecordsSql(groupOf(), { filter: 'the_filter' }).split('the_filter');
        expect(tokens(liveRecordsSql(groupOf(), { filter }))).toEqual([
          ...tokens(before!),
          ...inside,
          ...tokens(after!),
        ]);
      }),
      { numRuns: 500 },
    );
  });
});

function condition(filter: string): string | undefined {
  try {
    return filterCondition(filter);
  } catch {
    return undefined;
  }
}

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

  test.each([
    ['live records', liveRecordsSql],
    ['counts', countRecordsSql],
  ])('%s', (_, write) => {
    fc.assert(
      fc.property(group, filter, (source, typed) => {
        const sql = write(source, { filter: typed });
        expect(trino.validate(sql)).toEqual([]);
        expect(trino.splitSQLByStatement(sql)).toHaveLength(1);
        const { database, name: table } = source.offline!.table!;
        expect(tokens(sql)).toEqual(expect.arrayContaining([quoteName(database), quoteName(table)]));
        for (const each of source.features) expect(tokens(sql)).toContain(quoteName(each.name.toLowerCase()));
      }),
      { numRuns: 60 },
    );
  });
});
