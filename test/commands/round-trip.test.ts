import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { localStore } from '../support/run.js';

const DEFINITIONS = [
  { FeatureName: 'id', FeatureType: 'String' },
  { FeatureName: 'event_time', FeatureType: 'Fractional' },
  // Every object has members of these names.
  { FeatureName: 'constructor', FeatureType: 'String' },
  { FeatureName: 'toString', FeatureType: 'Integral' },
  { FeatureName: 'valueOf', FeatureType: 'Fractional' },
  { FeatureName: 'hasOwnProperty', FeatureType: 'String', CollectionType: 'List' },
  { FeatureName: 'isPrototypeOf', FeatureType: 'Integral', CollectionType: 'Set' },
  { FeatureName: 'propertyIsEnumerable', FeatureType: 'Integral' },
  { FeatureName: 'toLocaleString', FeatureType: 'Fractional', CollectionType: 'List' },
  {
    FeatureName: 'vector',
    FeatureType: 'Fractional',
    CollectionType: 'Vector',
    CollectionConfig: { VectorConfig: { Dimension: 2 } },
  },
];

const ODD_TEXTS = [
  '',
  ' ',
  'null',
  '007',
  '[]',
  '["a"]',
  '{"a":1}',
  'a,b',
  '"',
  '\r\n',
  '\ufeffx',
  '\u0000',
  '🦉',
  '\\',
  '=1',
  '\t',
];
const ODD_INTEGERS = ['0', '-1', '007', '9223372036854775807', '-9223372036854775808', '9007199254740993'];
const ODD_DECIMALS = [
  '0',
  '1.50',
  '25.0',
  '1e20',
  '-2.5E-7',
  '4.9e-324',
  '0.1',
  '12345678901234567890',
  '1.7976931348623157e308',
];

const text = fc.oneof(fc.constantFrom(...ODD_TEXTS), fc.string({ unit: 'grapheme', maxLength: 20 }));
const integer = fc.oneof(
  fc.constantFrom(...ODD_INTEGERS),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
);
const decimal = fc.oneof(
  fc.constantFrom(...ODD_DECIMALS),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
);
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });

const record = fc.record({
  event_time: fc.constantFrom('1769860800', '1769860800.5', '1769860800.123456', '1.7698608E9'),
  constructor: optional(text),
  toString: optional(integer),
  valueOf: optional(decimal),
  propertyIsEnumerable: optional(integer),
  hasOwnProperty: optional(fc.array(text, { maxLength: 3 })),
  toLocaleString: optional(fc.array(decimal, { maxLength: 3 })),
  isPrototypeOf: optional(fc.uniqueArray(integer, { maxLength: 3, selector: (value) => BigInt(value) })),
  vector: optional(fc.array(decimal, { minLength: 2, maxLength: 2 })),
});

describe('bulk-put → bulk-get → bulk-put → bulk-get', () => {
  it.each(['json', 'jsonl', 'csv', 'parquet', 'csv.gz'])(
    'is byte-identical through %s, for whatever records',
    async (format) => {
      const { dir, run } = await localStore();
      await writeFile(join(dir, 'schema.json'), JSON.stringify(DEFINITIONS));
      const done = { code: 0 };
      const inMemory = ['--online-store', '--storage-type', 'InMemory'];
      for (const name of ['first', 'second'])
        expect(await run(['create', name, '--schema-file', 'schema.json', ...inMemory])).toMatchObject(done);
      let runs = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 30 }), async (values) => {
          runs += 1;
          const rows = values.map((value, n) => ({ id: `${runs}-${n}`, ...value }));
          await writeFile(join(dir, 'in.json'), JSON.stringify(rows));
          await writeFile(join(dir, 'ids.json'), JSON.stringify(rows.map(({ id }) => id)));
          const get = (group: string, file: string) => run(['bulk-get', group, 'ids.json', '-o', file, '--overwrite']);
          expect(await run(['bulk-put', 'first', 'in.json'])).toMatchObject(done);
          expect(await get('first', `first.${format}`)).toMatchObject(done);
          expect(await get('first', 'first.jsonl')).toMatchObject(done);
          expect(await run(['bulk-put', 'second', `first.${format}`])).toMatchObject(done);
          expect(await get('second', `second.${format}`)).toMatchObject(done);
          expect(await get('second', 'second.jsonl')).toMatchObject(done);
          const [before, after, texts, again] = await Promise.all(
            [`first.${format}`, `second.${format}`, 'first.jsonl', 'second.jsonl'].map((name) =>
              readFile(join(dir, name)),
            ),
          );
          const parsed = (lines: Buffer) =>
            lines
              .toString()
              .trimEnd()
              .split('\n')
              .map((line) => JSON.parse(line) as object);
          expect(parsed(again!)).toEqual(parsed(texts!));
          expect(after).toEqual(before);
        }),
        { numRuns: 8 },
      );
    },
    60_000,
  );
});
