import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareEventTimes,
  eventTimeForm,
  FIRST_INSTANT,
  formatEventTime,
  isEventTime,
  LAST_INSTANT,
  laterEventTime,
  nowAs,
  parseEventTime,
  type EventTimeType,
} from '../../../src/feature-store/records/event-time.js';

const instants = fc.bigInt({ min: FIRST_INSTANT, max: LAST_INSTANT });
const types = fc.constantFrom<EventTimeType>('String', 'Fractional');

describe('an ISO-8601 event time', () => {
  it.each([
    ['1970-01-01T00:00:00Z', 0n],
    ['1969-12-31T23:59:59.999999999Z', -1n],
    ['2024-02-29T12:34:56.789Z', 1_709_210_096_789_000_000n],
    ['2024-02-29T12:34:56.789012Z', 1_709_210_096_789_012_000n],
    ['2024-02-29T12:34:56.789012345Z', 1_709_210_096_789_012_345n],
    ['0000-01-01T00:00:00.000000000Z', FIRST_INSTANT],
    ['9999-12-31T23:59:59.999999999Z', LAST_INSTANT],
  ])('%s is %i', (text, instant) => expect(parseEventTime(text, 'String')).toBe(instant));

  it.each([
    '2023-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2024-13-01T00:00:00Z',
    '2024-00-01T00:00:00Z',
    '2024-04-31T00:00:00Z',
    '2024-01-01T24:00:00Z',
    '2024-01-01T00:60:00Z',
    '2024-01-01T00:00:60Z',
    '2024-01-01T00:00:00',
    '2024-01-01T00:00:00+00:00',
    '2024-01-01t00:00:00z',
    '2024-01-01 00:00:00Z',
    '2024-01-01T00:00:00.1Z',
    '2024-01-01T00:00:00.Z',
    '2024-01-01',
    '1700000000',
    '+2024-01-01T00:00:00Z',
    '10000-01-01T00:00:00Z',
    ' 2024-01-01T00:00:00Z',
    '2024-01-01T00:00:00Z\n',
    '',
  ])('%j is none', (text) => {
    expect(parseEventTime(text, 'String')).toBeUndefined();
    expect(isEventTime(text, 'String')).toBe(false);
  });

  it('agrees with Date to the millisecond', () => {
    fc.assert(
      fc.property(
        fc.date({
          min: new Date('0000-01-01T00:00:00Z'),
          max: new Date('9999-12-31T23:59:59.999Z'),
          noInvalidDate: true,
        }),
        (date) => {
          expect(parseEventTime(date.toISOString(), 'String')).toBe(BigInt(date.getTime()) * 1_000_000n);
        },
      ),
    );
  });
});

describe('Unix seconds', () => {
  it.each([
    ['0', 0n],
    ['-0', 0n],
    ['1700000000', 1_700_000_000_000_000_000n],
    ['1700000000.123456789', 1_700_000_000_123_456_789n],
    ['1.7E9', 1_700_000_000_000_000_000n],
    ['1.700000000123456789e+9', 1_700_000_000_123_456_789n],
    ['17000000000e-1', 1_700_000_000_000_000_000n],
    ['+.5', 500_000_000n],
    ['5.', 5_000_000_000n],
    ['-1.5', -1_500_000_000n],
    ['1e-400000', 0n],
    ['0e999999999', 0n],
    ['253402300799.999999999', LAST_INSTANT],
    ['-62167219200', FIRST_INSTANT],
  ])('%s is %i', (text, instant) => expect(parseEventTime(text, 'Fractional')).toBe(instant));

  it.each([
    '',
    '.',
    'e5',
    'NaN',
    'Infinity',
    '1e400',
    '0x10',
    '1_000',
    '253402300800',
    '-62167219200.000000001',
    '1e',
    ' 1',
    '1e12345678901',
  ])('%j are none', (text) => expect(parseEventTime(text, 'Fractional')).toBeUndefined());
});

describe('properties', () => {
  it('what is written is read back exactly', () => {
    fc.assert(
      fc.property(instants, types, (instant, type) => {
        expect(parseEventTime(formatEventTime(instant, type), type)).toBe(instant);
      }),
    );
  });

  it('what can be read is an event time, and nothing else is', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          instants.map((each) => formatEventTime(each, 'String')),
          fc.string(),
        ),
        types,
        (text, type) => {
          expect(isEventTime(text, type)).toBe(parseEventTime(text, type) !== undefined);
        },
      ),
    );
  });

  it('comparing follows the instants, whatever the precision of the text', () => {
    expect(compareEventTimes('2024-01-01T00:00:00Z', '2024-01-01T00:00:00.000000001Z', 'String')).toBeLessThan(0);
    expect(compareEventTimes('2024-01-01T00:00:00.500Z', '2024-01-01T00:00:00Z', 'String')).toBeGreaterThan(0);
    expect(compareEventTimes('1e3', '1000.0', 'Fractional')).toBe(0);
    fc.assert(
      fc.property(instants, instants, types, (a, b, type) => {
        const order = compareEventTimes(formatEventTime(a, type), formatEventTime(b, type), type);
        expect(Math.sign(order)).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
    );
  });

  it('a later event time is later, also to a store that keeps doubles', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: FIRST_INSTANT, max: LAST_INSTANT - 2_000_000n }), types, (instant, type) => {
        const text = formatEventTime(instant, type);
        const later = laterEventTime(text, type)!;
        expect(compareEventTimes(text, later, type)).toBeLessThan(0);
        if (type === 'Fractional') expect(Number(later)).toBeGreaterThan(Number(text));
        // What comes a moment later is later still.
        else expect(parseEventTime(later, type)).toBe(instant + 1n);
      }),
    );
    expect(laterEventTime('9999-12-31T23:59:59.999999999Z', 'String')).toBeUndefined();
    expect(laterEventTime('9999-12-31T23:59:59.9999Z', 'String')).toBeUndefined();
    expect(laterEventTime('9999-12-31T23:59:59.999900000Z', 'String', 1_000_000n)).toBe(
      '9999-12-31T23:59:59.999999999Z',
    );
    expect(laterEventTime('253402300799.999', 'Fractional')).toBeUndefined();
  });
});

it('now is written in the type of the group', () => {
  const now = new Date('2026-01-02T03:04:05.600Z');
  expect(nowAs('String', now)).toBe('2026-01-02T03:04:05.600Z');
  expect(nowAs('Fractional', now)).toBe('1767323045.6');
});

describe('the key that SQL sorts by', () => {
  const keyOf = (instant: bigint, type: EventTimeType) =>
    eventTimeForm(type)
      .keyLiteral(instant)
      .replace(/^(?:CAST\()?'([^']*)'.*$/, '$1');

  it('comes back as the instant that it was made of', () => {
    fc.assert(
      fc.property(instants, types, (instant, type) => {
        expect(eventTimeForm(type).parseKey(keyOf(instant, type))).toBe(instant);
      }),
    );
    expect(eventTimeForm('String').parseKey('2026-01-01T00:00:00.500000000')).toBe(1_767_225_600_500_000_000n);
    expect(eventTimeForm('String').parseKey('last Tuesday.0')).toBeUndefined();
    expect(eventTimeForm('Fractional').parseKey('1.7672256E15')).toBeUndefined();
  });

  it('sorts ISO-8601 like the instants', () => {
    const { keyLiteral } = eventTimeForm('String');
    fc.assert(
      fc.property(instants, instants, (a, b) => {
        expect(keyLiteral(a) < keyLiteral(b)).toBe(a < b);
      }),
    );
  });
});
