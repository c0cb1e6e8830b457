import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { millisecondsOf, parseEventTime } from '../../src/local/store/event-time.js';

describe('an event time of type String', () => {
  it.each([
    ['1970-01-01T00:00:00Z', 0n],
    ['1970-01-01T00:00:00.000000001Z', 1n],
    ['2026-02-28T23:59:59.123Z', 1_772_323_199_123_000_000n],
    ['0000-01-01T00:00:00Z', -62_167_219_200_000_000_000n],
    ['9999-12-31T23:59:59.999999999Z', 253_402_300_799_999_999_999n],
  ])('%s is an instant', (text, nanos) => {
    expect(parseEventTime(text, 'String')).toBe(nanos);
  });

  it.each([
    '2026-02-29T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:00:60Z',
    '2026-01-01T00:00:00',
    '2026-01-01T00:00:00.12Z',
    '2026-01-01T00:00:00+00:00',
    '2026-01-01 00:00:00Z',
    '1700000000',
    '',
  ])('"%s" is none', (text) => {
    expect(parseEventTime(text, 'String')).toBeUndefined();
  });

  it('is the instant that JavaScript sees, to the millisecond', () => {
    const date = fc.date({
      min: new Date('0000-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(date, (instant) => {
        const nanos = parseEventTime(instant.toISOString(), 'String');
        expect(millisecondsOf(nanos!)).toBe(instant.getTime());
      }),
    );
  });
});

describe('an event time of type Fractional', () => {
  it.each([
    ['0', 0n],
    ['1700000000', 1_700_000_000_000_000_000n],
    ['1700000000.123456789', 1_700_000_000_123_456_789n],
    ['1.7E9', 1_700_000_000_000_000_000n],
    ['17e+8', 1_700_000_000_000_000_000n],
    ['-.5', -500_000_000n],
    ['1e-9', 1n],
    ['1e-999', 0n],
  ])('%s is an instant', (text, nanos) => {
    expect(parseEventTime(text, 'Fractional')).toBe(nanos);
  });

  it.each([
    '',
    '.',
    'e5',
    'NaN',
    'Infinity',
    '1e400',
    '253402300800',
    '-62167219201',
    '0x10',
    ' 1',
    '2026-01-01T00:00:00Z',
  ])('"%s" is none', (text) => {
    expect(parseEventTime(text, 'Fractional')).toBeUndefined();
  });

  it('sorts as its nanoseconds do', () => {
    const nanos = fc.bigInt({ min: 0n, max: 253_402_300_799_999_999_999n });
    fc.assert(
      fc.property(nanos, (instant) => {
        const digits = instant.toString().padStart(10, '0');
        expect(parseEventTime(`${digits.slice(0, -9)}.${digits.slice(-9)}`, 'Fractional')).toBe(instant);
      }),
    );
  });
});
