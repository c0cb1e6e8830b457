/** Headers of several lines, as pandas writes columns of two levels: after pivot, unstack, or agg of several functions. Pure. */
type Cells = (string | null)[];

const EMPTY = /^\s*$/;
const NUMBER = /^-?\d/;
const isEmpty = (cell: string | null | undefined): boolean => cell === null || cell === undefined || EMPTY.test(cell);

/** Lines that have to be seen to tell. */
export const HEADER_LINES = 3;

/** Whether a first line may be one of several; where it may not, no further line need be waited for. */
export const mayHaveLevels = (first: Cells): boolean => isEmpty(first[0]) || doubledIn(first).length > 0;

/**
 * What is wrong with a header whose next lines are these, with the way to write it flat; undefined where it is one line. Several
 * lines are told by the cells that pandas leaves empty: above and beside the names of the index.
 */
export function levelsProblem(first: Cells, [second, third]: (Cells | undefined)[]): string | undefined {
  if (second?.length !== first.length || !mayHaveLevels(first)) return undefined;
  const doubled = doubledIn(first);
  const indexes = first.findIndex((cell) => !isEmpty(cell));
  const isIndexNames =
    indexes > 0 &&
    third?.length === first.length &&
    third.every((cell, at) => isEmpty(cell) === at >= indexes) &&
    !third.slice(0, indexes).some((cell) => NUMBER.test(cell!)) &&
    second.slice(indexes).every((cell) => !isEmpty(cell)) &&
    // The level may have a name of its own; without a column that is there twice it could be a row.
    (isEmpty(second[0]) || doubled.length > 0);
  const below = new Map(doubled.map((name) => [name, second.filter((_, at) => first[at]?.trim() === name)]));
  const isTold = [...below.values()].every((cells) => !cells.some(isEmpty) && new Set(cells).size === cells.length);
  if (!isIndexNames && (doubled.length === 0 || !isEmpty(second[0]) || !isTold)) return undefined;
  const at = first.findIndex((cell, index) => index >= indexes && !isEmpty(cell) && !isEmpty(second[index]));
  const example = `${first[at]?.trim()} over ${second[at]?.trim()}`;
  return `the header is of two lines (${example}), as pandas writes columns of two levels. Write it with one: ${FLAT}`;
}

const FLAT = `df = df.reset_index(); df.columns = ['_'.join(map(str, c)).strip('_') for c in df.columns]; df.to_csv(…, index=False)`;

function doubledIn(cells: Cells): string[] {
  const names = cells.map((cell) => (cell ?? '').trim()).filter((name) => name !== '');
  return [...new Set(names.filter((name, at) => names.indexOf(name) < at))];
}
