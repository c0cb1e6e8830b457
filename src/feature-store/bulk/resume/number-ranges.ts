/** A set of integers, added in any order but with few gaps, stored as ranges. Pure. */

/** Half-open: from the first number up to, but excluding, the end. */
export type Range = [first: number, end: number];

/**
 * Everything below the first gap is kept as a single number, so memory grows with what lies beyond that gap, not with the
 * set.
 */
export function openRanges(from: Range[] = []) {
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
    /** Adds a number that is not in the set yet. */
    add(number: number): void {
      if (number !== below) return void ahead.add(number);
      below += 1;
      pass();
    },
    /** Ascending, never adjacent. */
    list(): Range[] {
      const singles = [...ahead].map((number): Range => [number, number + 1]);
      const all = [...from.slice(passed), ...singles].sort(([left], [right]) => left - right);
      return joined(below > 0 ? [[0, below], ...all] : all);
    },
  };
}

/** Merges adjacent ranges. */
function joined(ranges: Range[]): Range[] {
  const all: Range[] = [];
  for (const [first, end] of ranges) {
    const last = all.at(-1);
    if (last?.[1] === first) last[1] = end;
    else all.push([first, end]);
  }
  return all;
}

/** Whether the (ascending) ranges contain the number. */
export function isWithin(ranges: Range[], number: number): boolean {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranges[middle]![1] <= number) low = middle + 1;
    else high = middle;
  }
  return low < ranges.length && ranges[low]![0] <= number;
}

/** The number of integers in the ranges. */
export const sizeOf = (ranges: Range[]): number => ranges.reduce((sum, [first, end]) => sum + end - first, 0);

/** Whether a value could come from `list`: integer ranges, ascending, never adjacent. */
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
