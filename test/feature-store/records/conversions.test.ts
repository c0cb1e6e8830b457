import { describe, expect, it } from 'vitest';
import { openConversions, type ConversionOptions } from '../../../src/feature-store/records/conversions.js';
import { readTime, writeTime } from '../../../src/feature-store/records/zoned-time.js';
import { isProblems, recordShaper } from '../../../src/feature-store/records/shape.js';
import type { Cell } from '../../../src/utils/json.js';
import { feature, groupOf } from '../groups.js';
import { featureValues } from '../../../src/feature-store/records/record-json.js';

const GROUP = groupOf([
  feature('whole', 'Integral'),
  feature('decimal', 'Fractional'),
  feature('text'),
  feature('wholes', 'Integral', { collection: 'List' }),
]);

/** What the cell of a feature becomes: its value, undefined where it is left out, the message where it is wrong. */
function become(name: string, cell: Cell, options: ConversionOptions = {}): unknown {
  const row = { id: '1', event_time: '2026-01-01T00:00:00Z', [name]: cell };
  const shaped = recordShaper(GROUP, { conversions: openConversions(options) })(row);
  if (isProblems(shaped)) return shaped.map(({ message }) => message).join(' ');
  const value = featureValues(shaped.json).find(({ FeatureName }) => FeatureName === name);
  return value && (value.ValueAsString ?? value.ValueAsStringList);
}

describe('values that lose nothing', () => {
  it.each<[string, Cell, unknown]>([
    ['whole', '1.0', '1'],
    ['whole', '1e3', '1000'],
    ['whole', '1.5e1', '15'],
    ['whole', '-0.0', '0'],
    ['whole', '-12.000', '-12'],
    ['whole', ' 7 ', '7'],
    ['whole', '9007199254740991.0', '9007199254740991'],
    ['whole', 'NaN', undefined],
    ['whole', '<NA>', undefined],
    ['whole', '\\N', undefined],
    ['whole', '', undefined],
    ['whole', NaN, undefined],
    ['whole', true, '1'],
    ['whole', 'False', '0'],
    ['decimal', ' 0.5 ', '0.5'],
    ['decimal', 'nan', undefined],
    ['decimal', 2 ** 60, '1152921504606847000'],
    ['text', 'NaN', 'NaN'],
    ['text', false, 'false'],
    ['text', NaN, undefined],
    ['wholes', ['1.0', ' 2'], ['1', '2']],
  ])('%s: %j', (name, cell, value) => expect(become(name, cell)).toEqual(value));

  it.each<[string, Cell, RegExp]>([
    ['whole', '1.5', /not an Integral .*: it is not whole\.$/],
    ['whole', '1e-1', /it is not whole/],
    ['whole', '9007199254740992.0', /of this size is rounded; write all of its digits/],
    ['whole', '9.007199254740993e15', /rounded/],
    ['whole', '9223372036854775808.0', /not an Integral/],
    ['whole', '1e400', /not an Integral/],
    ['whole', 'inf', /not an Integral/],
    ['whole', '1,5', /a decimal point, not a comma/],
    ['whole', 2 ** 53, /not known to the last digit/],
    ['decimal', 'inf', /not a Fractional/],
    ['decimal', Infinity, /Infinity is not a Fractional/],
    ['decimal', '1.234,5', /a decimal point, not a comma/],
    ['decimal', '1,234.50', /and nothing between thousands/],
    ['decimal', '1’234.50', /and nothing between thousands/],
    ['decimal', '1\u202f234,50', /and nothing between thousands/],
    ['decimal', 'a,b', /not a Fractional \([^)]*\)\.$/],
    ['decimal', true, /not a Fractional/],
    ['wholes', ['1', 'NaN'], /every element must be/],
  ])('and nothing else. %s: %j', (name, cell, message) => expect(become(name, cell)).toMatch(message));

  it.each<[string, Cell]>([
    ['whole', '1.0'],
    ['whole', 'NaN'],
    ['decimal', ' 1'],
    ['whole', true],
  ])('--strict refuses %s: %j', (name, cell) => expect(become(name, cell, { strict: true })).toMatch(/--strict/));

  it('--null-values holds for texts, too', () => {
    expect(become('text', 'None', { nullValues: ['None'] })).toBeUndefined();
    expect(become('id', 'None', { nullValues: ['None'] })).toBe('The record identifier id is missing.');
  });
});

describe('times', () => {
  const read = (text: string, reading = {}) => {
    const time = readTime(text, reading);
    return typeof time === 'bigint' ? writeTime(time, 'String') : time;
  };

  it.each([
    ['2026-01-01 00:00:00+00:00', '2026-01-01T00:00:00Z'],
    ['2026-01-01T02:00:00.5+02:00', '2026-01-01T00:00:00.500Z'],
    ['2026-01-01T00:00:00.123456-0530', '2026-01-01T05:30:00.123456Z'],
    ['2026-01-01 00:00:00.123456700 UTC', '2026-01-01T00:00:00.123456700Z'],
    ['2026-01-01T00:00Z', '2026-01-01T00:00:00Z'],
    ['20260101T013000.5+0130', '2026-01-01T00:00:00.500Z'],
    ['20260132T000000Z', 'no time'],
    ['2025-12-31t23:59:59,25z', '2025-12-31T23:59:59.250Z'],
    ['2026-01-01 00:00:00', 'no zone'],
    ['2026-01-01', 'no zone'],
    ['1767225600', 'no unit'],
    ['2026-02-30T00:00:00Z', 'no time'],
    ['2026-01-01T24:00:00Z', 'no time'],
    ['01/02/2026', 'day or month'],
    ['31.1.26 8:30', 'day or month'],
    ['1.2.3', 'no time'],
    ['0000-01-01T00:00:00+01:00', 'no time'],
  ])('%s is %s', (text, time) => expect(read(text)).toBe(time));

  it.each([
    ['2026-07-01 12:00', 'Europe/Zurich', '2026-07-01T10:00:00Z'],
    ['2026-01-01', 'Asia/Kolkata', '2025-12-31T18:30:00Z'],
    ['1850-01-01 00:00:00', 'Europe/Zurich', '1849-12-31T23:25:52Z'],
    ['2026-03-29 02:30:00', 'Europe/Zurich', 'never'],
    ['2026-10-25 02:30:00', 'Europe/Zurich', 'twice'],
    ['2026-03-29 03:00:00', 'Europe/Zurich', '2026-03-29T01:00:00Z'],
    ['2026-10-25 01:59:59', 'Europe/Zurich', '2026-10-24T23:59:59Z'],
  ])('%s in %s is %s', (text, timezone, time) => expect(read(text, { timezone })).toBe(time));

  it.each([
    ['1767225600', 's', '2026-01-01T00:00:00Z'],
    ['1767225600123', 'ms', '2026-01-01T00:00:00.123Z'],
    ['1.7672256e12', 'ms', '2026-01-01T00:00:00Z'],
    ['1767225600123456', 'us', '2026-01-01T00:00:00.123456Z'],
    ['1767225600123456789', 'ns', '2026-01-01T00:00:00.123456789Z'],
    ['1.767225600123456789e18', 'ns', 'rounded'],
    ['1767225600', 'ns', '1970-01-01T00:00:01.767225600Z'],
    ['1767225600123', 's', 'no time'],
  ])('%s %s is %s', (text, eventTimeUnit, time) => expect(read(text, { eventTimeUnit })).toBe(time));

  it('go into groups with Unix seconds exactly', () => {
    const group = groupOf([], { features: [feature('id'), feature('event_time', 'Fractional')] });
    const shape = recordShaper(group, { conversions: openConversions() });
    const shaped = shape({ id: '1', event_time: '2026-01-01T00:00:00.123456789Z' });
    expect(shaped).toMatchObject({ eventTime: '1767225600.123456789' });
  });
});

it('what was converted is counted by its kind, for records and not for failures', () => {
  const conversions = openConversions();
  const shaper = recordShaper(GROUP, { conversions });
  const shape = (row: object) => shaper({ id: '1', event_time: '2026-01-01T00:00:00Z', ...row });
  shape({ whole: '1.0', decimal: 'NaN' });
  shape({ whole: '22.0' });
  shape({ whole: '3.0', decimal: 'x' });
  expect(conversions.summary()).toBe('converted: whole 1.0 → 1 in 2 records; decimal NaN left out in 1.');
});
