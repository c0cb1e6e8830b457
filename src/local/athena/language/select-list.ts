/** Names the columns of a query like Trino: as in the SELECT list, else `_col0`. */

/**
 * Names result columns. Items are matched from both ends, so that one `*` may stand for any number; with several stars,
 * the columns between them keep their DuckDB names.
 * @param items from `itemsOf`
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
