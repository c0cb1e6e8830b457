/** Whole numbers that come in any order and leave few gaps, kept as ranges. Pure. */

/** From the first number up to, and without, the end. */
export type Range = [first: number, end: number];

export interface Ranges {
  /** Adds a number that is not in there yet. */
  add(number: number): void;
  /** In ascending order, none touching the next. */
  list(): Range[];
}

/** Each number joins its neighbours at once, so that memory grows with the gaps and not with the numbers. */
export function openRanges(from: Range[] = []): Ranges {
  const endOf = new Map<number, number>(from);
  const firstOf = new Map<number, number>(from.map(([first, end]) => [end, first]));
  return {
    add(number) {
      const first = firstOf.get(number) ?? number;
      const end = endOf.get(number + 1) ?? number + 1;
      firstOf.delete(number);
      endOf.delete(number + 1);
      endOf.set(first, end);
      firstOf.set(end, first);
    },
    list: () => [...endOf].sort(([left], [right]) => left - right),
  };
}

/** Whether one of the ascending ranges holds the number. */
export function isWithin(ranges: Range[], number: number): boolean {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranges[middle]![1] <= number) low = middle + 1;
    else high = middle;
  }
  return low < ranges.length && ranges[low]![0] <= number;
}

/** How many numbers they hold. */
export const sizeOf = (ranges: Range[]): number => ranges.reduce((sum, [first, end]) => sum + end - first, 0);
