import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordShaper, type ShapeOptions } from '../../../src/feature-store/records/shape.js';
import { recordBytes, writeUnits } from '../../../src/feature-store/records/size.js';
import { groupOf } from '../../support/feature-groups.js';
import { fromRecord, typedRecord } from '../../../src/feature-store/records/record-rows.js';
import { featureValues } from '../../../src/feature-store/records/record-json.js';
import type { FeatureGroup } from '../../../src/feature-store/groups/describe.js';
import type { Row } from '../../../src/utils/json.js';
import type { ShapedRecord } from '../../../src/feature-store/records/rows.js';

const TIME = '2026-01-31T12:00:00Z';
const group = groupOf({
  id: 'String',
  time: 'String',
  count: 'Integral',
  price: 'Fractional',
  note: 'String',
  tags: { type: 'String', collection: 'List' },
  sizes: { type: 'Integral', collection: 'Set' },
  place: { type: 'Fractional', collection: 'Vector', dimension: 2 },
});

const toRecord = (row: Row, of: FeatureGroup, options?: ShapeOptions) => recordShaper(of, options)(row);

/** The row that is sent for `values`, with identifier and event time added. */
function sent(values: Row) {
  const shaped = toRecord({ id: 'a', time: TIME, ...values }, group);
  return Array.isArray(shaped) ? shaped.map(({ message }) => message) : fromRecord(featureValues(shaped.json));
}

describe('a value that the service takes is sent as it was written', () => {
  it.each<[string, Row]>([
    ['Integral', { count: '007' }],
    ['Integral', { count: '-9223372036854775808' }],
    ['Integral', { count: '9223372036854775807' }],
    ['Integral', { count: '+5' }],
    ['Integral', { count: '0000000000000000000000000001' }],
    ['Fractional', { price: '1.50' }],
    ['Fractional', { price: '-1E-3' }],
    ['Fractional', { price: '.5' }],
    ['Fractional', { price: '1.7976931348623157e308' }],
    ['String', { note: '' }],
    ['String', { note: 'NaN' }],
    ['String', { note: 'a "b"\n ü 😀' }],
    ['List', { tags: ['b', 'a', 'b', ''] }],
    ['List', { tags: [] }],
    ['Set', { sizes: ['1', '9223372036854775807'] }],
    ['Vector', { place: ['0.5', '-1e3'] }],
  ])('%s %j', (_type, row) => expect(sent(row)).toEqual({ id: 'a', time: TIME, ...row }));

  it('a boolean becomes text where text is wanted', () => {
    expect(sent({ note: true, tags: [false] })).toMatchObject({ note: 'true', tags: ['false'] });
  });

  it('a collection may be the text of a JSON array, as in CSV', () => {
    expect(
      sent({
        tags: '["a","b"]',
        sizes: ' [1, 12345678901234567890]'.replace('12345678901234567890', '7'),
        place: '[1.50,2e0]',
      }),
    ).toMatchObject({
      tags: ['a', 'b'],
      sizes: ['1', '7'],
      place: ['1.50', '2e0'],
    });
  });

  it('null leaves the feature out', () => {
    expect(sent({ count: null, price: null, note: null, tags: null })).toEqual({ id: 'a', time: TIME });
  });
});

describe('a value that the service would refuse is a problem that names feature, value and type', () => {
  it.each<[Row, RegExp]>([
    [
      { count: '9223372036854775808' },
      /^Feature count: "9223372036854775808" is not an Integral \(a whole number from -2\^63 to 2\^63-1\)\.$/,
    ],
    [{ count: '-9223372036854775809' }, /Feature count/],
    [{ count: '1.0' }, /"1\.0" is not an Integral/],
    [{ count: '' }, /"" is not an Integral/],
    [{ count: ' 1' }, /" 1" is not an Integral/],
    [{ count: true }, /true is not an Integral/],
    [{ count: ['1'] }, /\["1"\] is not an Integral/],
    [{ count: { a: '1' } }, /\{"a":"1"\} is not an Integral/],
    [{ price: '1e400' }, /"1e400" is not a Fractional/],
    [{ price: `${'9'.repeat(400)}` }, /"9{59}… is not a Fractional/],
    [{ price: 'NaN' }, /"NaN" is not a Fractional/],
    [{ price: 'Infinity' }, /"Infinity" is not a Fractional/],
    [{ price: '' }, /"" is not a Fractional/],
    [{ price: '1,5' }, /"1,5" is not a Fractional/],
    [{ note: ['a'] }, /\["a"\] is not a String/],
    [{ note: 'a\ud800' }, /is not a String \(text that UTF-8 can hold\)/],
    [{ tags: 'a' }, /"a" is not a List \(a JSON array\)/],
    [{ tags: '[1' }, /"\[1" is not a List/],
    [{ tags: [null] }, /null is not a String .*, as every element must be/],
    [{ sizes: ['1', 'x'] }, /"x" is not an Integral/],
    [{ place: ['1'] }, /the Vector has 1 elements; the feature group takes exactly 2/],
    [{ place: '[1,2,3]' }, /the Vector has 3 elements/],
    [{ place: ['1', 'NaN'] }, /"NaN" is not a Fractional/],
    [{ time: '2026-01-31' }, /Feature time: "2026-01-31" is not an event time \(ISO-8601 in UTC, such as/],
    [{ time: '2026-02-30T00:00:00Z' }, /is not an event time/],
    [{ time: null }, /^The event time time is missing\.$/],
    [{ id: null }, /^The record identifier id is missing\.$/],
    [{ id: '' }, /^The record identifier id is empty\.$/],
    [{ id: 'ü'.repeat(1025) }, /^The record identifier id has 2050 bytes; the service takes at most 2048\.$/],
    [{ Note: 'x' }, /^Feature group shop has no feature Note\. Did you mean note\?$/],
    [{ qwerty: 'x' }, /^Feature group shop has no feature qwerty\.$/],
    [{ constructor: 'x' }, /no feature constructor/],
    [{ note: 'x'.repeat(400_000) }, /^The record has 4000\d\d bytes; the service takes at most 358400 \(350 KB\)\.$/],
    [{ tags: Array<string>(40_000).fill('0123456789') }, /^The record has 4000\d\d bytes/],
  ])('%j', (row, message) => expect(sent(row)).toEqual([expect.stringMatching(message)]));

  it('says all of it at once', () => {
    expect(toRecord({ count: 'x', price: 'y', nope: '1' }, group)).toMatchObject([
      { feature: 'count', value: '"x"' },
      { feature: 'price', value: '"y"' },
      { feature: 'nope' },
      { feature: 'id' },
      { feature: 'time' },
    ]);
  });
});

describe('options', () => {
  it('a missing event time is filled in the type of the group, where that is wished', () => {
    const fillEventTime = new Date('2026-02-01T00:00:00.250Z');
    const shaped = toRecord({ id: 'a' }, group, { fillEventTime });
    expect(shaped).toMatchObject({ identifier: 'a', eventTime: '2026-02-01T00:00:00.250Z', filledEventTime: true });
    expect(toRecord({ id: 'a' }, groupOf({ id: 'Integral', time: 'Fractional' }), { fillEventTime })).toMatchObject([
      { feature: 'id' },
    ]);
    expect(toRecord({ id: '1' }, groupOf({ id: 'Integral', time: 'Fractional' }), { fillEventTime })).toMatchObject({
      eventTime: '1769904000.25',
    });
    expect(toRecord({ id: 'a', time: 'soon' }, group, { fillEventTime })).toMatchObject([
      { feature: 'time', value: '"soon"' },
    ]);
  });

  it('unknown columns are left out, and told once each, where that is wished', () => {
    const told: string[] = [];
    const shape = recordShaper(group, { ignoreUnknown: true, onUnknown: (column) => told.push(column) });
    const { json } = shape({ id: 'a', time: TIME, x: '1' }) as ShapedRecord;
    expect(featureValues(json)).toMatchObject([{ FeatureName: 'id' }, { FeatureName: 'time' }]);
    shape({ id: 'b', time: TIME, x: '1', y: '2' });
    expect(told).toEqual(['x', 'y']);
  });

  it('columns are renamed', () => {
    const shape = recordShaper(group, { map: { key: 'id', at: 'time' } });
    expect(shape({ key: 'a', at: TIME })).toMatchObject({ identifier: 'a', eventTime: TIME });
    expect(shape({ key: 'a', id: 'b', at: TIME })).toMatchObject([
      { message: 'Feature id is given by two columns of the row.' },
    ]);
    expect(() => recordShaper(group, { map: { a: 'nots' } })).toThrow(
      '--map a=nots: Feature group shop has no feature nots. Did you mean note?',
    );
    expect(() => recordShaper(group, { map: { a: 'note', b: 'note' } })).toThrow(
      '--map gives feature note to two columns.',
    );
  });
});

describe('a record on its way back', () => {
  const record = [
    { FeatureName: 'id', ValueAsString: '7' },
    { FeatureName: 'count', ValueAsString: '9223372036854775807' },
    { FeatureName: 'price', ValueAsString: '1.50' },
    { FeatureName: 'tags', ValueAsStringList: ['a'] },
    { FeatureName: 'sizes', ValueAsStringList: ['1', '007'] },
  ];

  it('is text, as the service holds it', () => {
    expect(fromRecord(record)).toEqual({
      id: '7',
      count: '9223372036854775807',
      price: '1.50',
      tags: ['a'],
      sizes: ['1', '007'],
    });
  });

  it('--typed makes numbers of what a double keeps', () => {
    expect(typedRecord(record, group)).toEqual({
      id: '7',
      count: '9223372036854775807',
      price: 1.5,
      tags: ['a'],
      sizes: [1, '007'],
    });
    const typed = (price: string) => typedRecord([{ FeatureName: 'price', ValueAsString: price }], group).price;
    expect(['1e3', '1.0', '0.1', '100', '0.10000000000000000001', '1e22', '-0'].map(typed)).toEqual([
      1000,
      1,
      0.1,
      100,
      '0.10000000000000000001',
      1e22,
      '-0',
    ]);
  });
});

describe('properties', () => {
  it('every 64-bit whole number and every double is sent as written', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        (count, price) => {
          expect(sent({ count: String(count), price: String(price) })).toMatchObject({
            count: String(count),
            price: String(price),
          });
        },
      ),
    );
  });

  it('what is sent, printed as text and read again is the same record', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, unit: 'grapheme' }),
        fc.string({ unit: 'grapheme' }),
        fc.array(fc.string({ unit: 'grapheme' })),
        (id, note, tags) => {
          const first = toRecord({ id, time: TIME, note, tags }, group);
          expect(toRecord(fromRecord(featureValues((first as ShapedRecord).json)), group)).toEqual(first);
        },
      ),
    );
  });

  it('no row makes the check throw', () => {
    const cell = fc.oneof(
      fc.string(),
      fc.boolean(),
      fc.constant(null),
      fc.array(fc.string()),
      fc.dictionary(fc.string(), fc.string()),
    );
    fc.assert(
      fc.property(
        fc.dictionary(fc.oneof(fc.constantFrom(...group.features.map(({ name }) => name)), fc.string()), cell),
        (row) => void toRecord(row, group),
      ),
    );
  });
});

it('size counts the UTF-8 bytes of names and values; a write unit is 1 KB, at least one', () => {
  const bytes = recordBytes([
    { FeatureName: 'id', ValueAsString: 'ü' },
    { FeatureName: 'tags', ValueAsStringList: ['ab', '😀'] },
  ]);
  expect(bytes).toBe(2 + 2 + 4 + 2 + 4);
  expect([0, 1, 1024, 1025, 358_400].map(writeUnits)).toEqual([1, 1, 1, 2, 350]);
});
