/** "Did you mean": the candidate closest to a mistyped name. Pure. */

/** More edits than a third of the length is another name, not a typo. */
const MAX_EDITS_PER_CHARACTER = 1 / 3;

/** The closest candidate, ignoring case and `-` versus `_`; undefined where none is close. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = plain(name);
  let best: string | undefined;
  // Every short name is close to a single letter.
  let fewest = name.length === 1 ? 1 : Math.max(1, Math.floor(name.length * MAX_EDITS_PER_CHARACTER)) + 1;
  for (const candidate of candidates) {
    const edits = editDistance(wanted, plain(candidate), fewest);
    if (edits < fewest) [best, fewest] = [candidate, edits];
  }
  return best;
}

/** One text for all names that are equal but for case, spaces, `_` and `-`. */
export const plainName = (name: string): string => name.toLowerCase().replace(/[\s_-]+/g, '');

/** ` Did you mean X?`, or nothing. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const found = nearest(name, candidates);
  return found === undefined ? '' : ` Did you mean ${found}?`;
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll('-', '_');
}

/** Levenshtein distance, or `limit` where it is at least that. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = previous[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, previous[column]! + 1, current[column - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}
