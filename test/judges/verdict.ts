/** What a judge says in the end. */

export interface Verdict {
  /** What was judged, with the numbers. */
  judged: string[];
  /** Where judge and store disagree; empty when they do not. */
  differences: string[];
}

/** What a judge needs is not on this machine, and cannot be fetched. */
export class Missing extends Error {}

/** Both sides' rows, in an order that does not depend on theirs; undefined when they are equal. */
export function difference(what: string, ours: string[][], theirs: string[][]): string | undefined {
  const [left, right] = [ours, theirs].map((rows) => rows.map((row) => JSON.stringify(row)).sort());
  const at = left!.findIndex((row, i) => row !== right![i]);
  if (at < 0 && left!.length === right!.length) return undefined;
  const i = at < 0 ? left!.length : at;
  return `${what}\n    store ${left!.length} rows: ${left![i]?.slice(0, 300)}\n    judge ${right!.length} rows: ${right![i]?.slice(0, 300)}`;
}
