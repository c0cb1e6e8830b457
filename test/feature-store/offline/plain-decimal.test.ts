import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plainDecimal } from '../../../src/feature-store/offline/athena-csv.js';

/** Java's Double.toString, from JavaScript's shortest digits: scientific below 1e-3 and from 1e7 on. */
function javaDouble(value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  if (!Number.isFinite(value)) return value < 0 ? '-Infinity' : String(value);
  const magnitude = Math.abs(value);
  const withPoint = (text: string) => (text.includes('.') ? text : `${text}.0`);
  if (value === 0 || (magnitude >= 1e-3 && magnitude < 1e7)) return withPoint(String(value));
  const [mantissa = '', exponent = ''] = value.toExponential().split('e');
  return `${withPoint(mantissa)}E${exponent.replace('+', '')}`;
}

test.each([
  ['1.0E20', '100000000000000000000.0'],
  ['1.0E-7', '0.0000001'],
  ['-1.2345E7', '-12345000.0'],
  ['1.23456789012E10', '12345678901.2'],
  ['9.007199254740993E15', '9007199254740993.0'],
  ['1.5', '1.5'],
  ['-0.0', '-0.0'],
  ['NaN', 'NaN'],
  ['-Infinity', '-Infinity'],
  ['', ''],
])('%s → %s', (java, plain) => {
  expect(plainDecimal(java)).toBe(plain);
});

test('every double keeps its value, in plain digits', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const plain = plainDecimal(javaDouble(value));
      expect(plain).toMatch(/^-?\d+\.\d+$/);
      expect(Object.is(Number(plain), value)).toBe(true);
    }),
  );
});
