/** The names of a query's columns as Trino gives them: as written in the SELECT list, `_col0` where there is none. */

/**
 * Names the columns of a result. Items are matched from both ends, so that one `*` may stand for any number; what
 * several stars leave open keeps DuckDB's name.
 * @param items as `itemsOf` reads them.
 */
export function columnNames(items: (string | undefined)[], found: string[]): string[] {
  const [first, last] = [items.indexOf('*'), items.lastIndexOf('*')];
  const after = items.length - last - 1;
  return found.map((name, i) => {
    if (first < 0 || i < first) return items[i] ?? `_col${i}`;
    if (i < found.length - after) return name;
    return items[i - found.length + items.length] ?? `_col${i}`;
  });
}
