import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseExact } from '../../src/utils/json.js';

const digits = fc.stringMatching(/^\d{0,22}$/);
const lexemes = fc
  .record({
    sign: fc.constantFrom('', '-'),
    whole: fc.oneof(fc.constant('0'), fc.stringMatching(/^[1-9]\d{0,21}$/)),
    fraction: fc.option(fc.oneof(digits.filter(Boolean), fc.stringMatching(/^0{1,9}[1-9]$/))),
    exponent: fc.option(fc.stringMatching(/^[eE][+-]?\d{1,3}$/)),
  })
  .map(({ sign, whole, fraction, exponent }) => `${sign}${whole}${fraction ? `.${fraction}` : ''}${exponent ?? ''}`);
const spaces = fc.constantFrom('', ' ', '\n', '\t', ' \r\n ');

it('a number is its own text, wherever it stands', () => {
  fc.assert(
    fc.property(lexemes, fc.tuple(spaces, spaces), fc.string(), (number, [before, after], text) => {
      const quoted = JSON.stringify(text);
      expect(parseExact(`{"a":${before}${number}${after}}`)).toEqual({ a: number });
      expect(parseExact(`{"a":${quoted},"b":${before}${number}${after},"c":${quoted}}`)).toEqual({
        a: text,
        b: number,
        c: text,
      });
      expect(parseExact(`[${before}${number}${after},${before}${number}${after}]`)).toEqual([number, number]);
      expect(parseExact(`{"a":{"b":[${before}${number}${after}]}}`)).toEqual({ a: { b: [number] } });
    }),
    { numRuns: 2000 },
  );
});

it('everything else is what JSON says', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.boolean(), fc.constant(null), fc.array(fc.string()))),
      (row) => {
        expect(parseExact(JSON.stringify(row))).toEqual(JSON.parse(JSON.stringify(row)));
      },
    ),
  );
});

it('a string that looks like a number in a list stays as it is', () => {
  expect(parseExact('{"note":"sizes: 1.50, 2.0 ","n":1}')).toEqual({ note: 'sizes: 1.50, 2.0 ', n: '1' });
});

it('NaN and Infinity, as Python writes them, are numbers, and no text of these words is', () => {
  expect(parseExact('{"a":NaN,"b":[-Infinity,1.50],"c":"NaN, \\"Infinity\\""}')).toEqual({
    a: NaN,
    b: [-Infinity, '1.50'],
    c: 'NaN, "Infinity"',
  });
});

it.each(['{', '[1,]', '{"a":01}', '{"a":1.}', '', '{"a":1e400} x', "{'a':1.50}", '[NaN', '[Nan]', '[1.50'])(
  '%s is no JSON',
  (text) => {
    expect(() => parseExact(text)).toThrow(SyntaxError);
  },
);

it('of a name that stands twice the last counts, however its value is written', () => {
  expect(parseExact('{"a":0,"a":1}')).toEqual({ a: '1' });
  expect(parseExact('{"a":0,"a":1.50}')).toEqual({ a: '1.50' });
  expect(parseExact('{"a":NaN,"a":-0}')).toEqual({ a: '-0' });
});
