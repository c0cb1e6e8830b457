/** Whole numbers that come in any order and leave few gaps, kept as ranges. Pure. */

/** From the first number up to, and without, the end. */
export type Range = [first: number, end: number];

export interface Ranges {
  /** Adds a number that is not in there yet. */
  add(number: number): void;
  /** In ascending order, none touching the next. */
  list(): Range[];
}

/**
 * Numbers that come nearly in their order: all below a first gap are one number, so that memory grows with what is ahead of
 * the gap and not with the numbers.
 */
export function openRanges(from: Range[] = []): Ranges {
  let below = 0;
  let passed = 0;
  const ahead = new Set<number>();

  function pass(): void {
    for (;;) {
      if (from[passed]?.[0] === below) below = from[passed++]![1];
      else if (ahead.delete(below)) below += 1;
      else return;
    }
  }

  pass();
  return {
    add(number) {
      if (number !== below) return void ahead.add(number);
      below += 1;
      pass();
    },
    list() {
      const singles = [...ahead].map((number): Range => [number, number + 1]);
      const all = [...from.slice(passed), ...singles].sort(([left], [right]) => left - right);
      return joined(below > 0 ? [[0, below], ...all] : all);
    },
  };
}

/** Ascending ranges, those that touch made one. */
function joined(ranges: Range[]): Range[] {
  const all: Range[] = [];
  for (const [first, end] of ranges) {
    const last = all.at(-1);
    if (last?.[1] === first) last[1] = end;
    else all.push([first, end]);
  }
  return all;
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

/** Whether a value is what `list` gives: whole numbers, in ascending order, none touching the next. */
export function isRanges(value: unknown): value is Range[] {
  if (!Array.isArray(value)) return false;
  let last = -1;
  return value.every((range: unknown) => {
    if (!Array.isArray(range) || range.length !== 2 || !range.every(Number.isSafeInteger)) return false;
    const [first, end] = range as Range;
    const isNext = first > last && end > first;
    last = end;
    return isNext;
  });
}
