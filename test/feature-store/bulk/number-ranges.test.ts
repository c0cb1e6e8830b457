import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isWithin, openRanges, sizeOf } from '../../../src/feature-store/bulk/resume/number-ranges.js';

test('numbers in any order are kept as few ranges, and go on from those', () => {
  const numbers = fc.uniqueArray(fc.nat(60), { maxLength: 60 });
  fc.assert(
    fc.property(numbers, fc.nat(60), (all, half) => {
      const before = openRanges();
      for (const number of all.slice(0, half)) before.add(number);
      const after = openRanges(before.list());
      for (const number of all.slice(half)) after.add(number);
      const ranges = after.list();

      expect(sizeOf(ranges)).toBe(all.length);
      for (let number = 0; number < 62; number++) expect(isWithin(ranges, number)).toBe(all.includes(number));
      for (const [index, [first]] of ranges.slice(1).entries()) expect(first).toBeGreaterThan(ranges[index]![1]);
    }),
  );
});

test('numbers that come in their order are one range', () => {
  const ranges = openRanges();
  for (let number = 0; number < 1000; number++) ranges.add(number);
  expect(ranges.list()).toEqual([[0, 1000]]);
});
