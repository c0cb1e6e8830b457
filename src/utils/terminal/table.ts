/** Values → an aligned table that fits the terminal. Pure. */
import Table from 'cli-table3';
import stringWidth from 'string-width';
import { printable } from '../../printable.js';
import { painted, type Style } from './paint.js';

type Cell = string | number | boolean | null | undefined;

export interface Column<T> {
  name: string;
  value(item: T): Cell;
  /** On a narrow terminal, columns with the highest number are dropped first; 0 never is. */
  importance?: number;
  /** What a table shows instead of `value`, which the other formats use. */
  shown?(item: T): Cell;
  /** Style of a cell, on a terminal. */
  style?(item: T): Style | undefined;
  /** Shorten cells in the middle, before any column is dropped: names differ at both ends. */
  isName?: boolean;
}

export interface TableOptions {
  /** Width of the terminal, or Infinity; no line is longer. */
  width: number;
  color: boolean;
}

/** Aligned columns without borders. A narrow terminal gets fewer columns, then shorter cells, never wrapped lines. */
export function renderTable<T>(
  items: readonly T[],
  columns: readonly Column<T>[],
  { width, color }: TableOptions,
): string {
  const shown = fitting(
    columns.map((column) => measured(column, items)),
    width,
  );
  const widths = shrunk(shown, width);
  const cut = (cell: string, at: number) =>
    (shown[at]!.column.isName ? clippedInside : clipped)(cell, widths[at]! - GAP);
  const line = (cells: string[]) => cells.map(cut);
  const styled = (item: T, row: number) =>
    shown.map(({ column, cells }, at) => painted(cut(cells[row]!, at), column.style?.(item), color));
  const table = new Table({ colWidths: widths, chars: NO_BORDERS, style: PLAIN });
  table.push(line(shown.map(({ column }) => column.name)));
  table.push(...items.map(styled));
  const [head = '', ...rows] = table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
  return [color ? `\u001b[1m${head}\u001b[22m` : head, ...rows].map((line) => `${line}\n`).join('');
}

const GAP = 2;
const PLAIN = { 'padding-left': 0, 'padding-right': GAP, head: [], border: [], compact: true };
const NO_BORDERS = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid', 'middle'].flatMap((side) =>
    ['', '-mid', '-left', '-right'].map((corner) => [`${side}${corner}`, '']),
  ),
);

interface Measured<T> {
  column: Column<T>;
  cells: string[];
  /** Width of the widest cell, with the gap after it. */
  width: number;
}

function measured<T>(column: Column<T>, items: readonly T[]): Measured<T> {
  const cells = items.map((item) => cellText((column.shown ?? column.value)(item)));
  return {
    column,
    cells,
    width: GAP + cells.reduce((most, cell) => Math.max(most, stringWidth(cell)), stringWidth(column.name)),
  };
}

/** A cell on one line, without control characters. */
function cellText(value: Cell): string {
  if (value === null || value === undefined) return '-';
  return printable(String(value));
}

const lineWidth = (widths: number[]) => widths.reduce((sum, width) => sum + width, -GAP);

/** Names are shortened to this before a column is dropped. */
const SHORT_NAME = 24 + GAP;

/** The columns that fit, most important first: a narrow one may take the room that a wide one left. */
function fitting<T>(columns: Measured<T>[], width: number): Measured<T>[] {
  const least = ({ column, width: own }: Measured<T>) => (column.isName ? Math.min(own, SHORT_NAME) : own);
  const importanceOf = ({ column }: Measured<T>) => column.importance ?? 0;
  const shown = new Set(columns.filter((column) => importanceOf(column) === 0));
  for (const column of columns.toSorted((one, other) => importanceOf(one) - importanceOf(other)))
    if (lineWidth([...shown, column].map(least)) <= width) shown.add(column);
  return columns.filter((column) => shown.has(column));
}

const NARROWEST = 4 + GAP;

function shrunk<T>(shown: Measured<T>[], width: number): number[] {
  const widths = shown.map((column) => column.width);
  const names = shown.flatMap(({ column }, at) => (column.isName ? [at] : []));
  while (lineWidth(widths) > width && names.some((at) => widths[at]! > SHORT_NAME))
    widths[names.reduce((widest, at) => (widths[at]! > widths[widest]! ? at : widest))]! -= 1;
  while (lineWidth(widths) > width && Math.max(...widths) > NARROWEST)
    widths[widths.indexOf(Math.max(...widths))]! -= 1;
  return widths;
}

/** `customers-features…on-v2` */
function clippedInside(cell: string, width: number): string {
  if (stringWidth(cell) <= width || width < 8) return clipped(cell, width);
  const end = Math.floor((width - 1) / 2);
  const characters = [...new Intl.Segmenter().segment(cell)].map(({ segment }) => segment);
  let tail = '';
  while (characters.length > 0 && stringWidth(characters.at(-1)! + tail) <= end) tail = characters.pop()! + tail;
  return `${clipped(characters.join(''), width - stringWidth(tail))}${tail}`;
}

/** cli-table3 cuts wide characters one column too late, so cut them first. */
function clipped(cell: string, width: number): string {
  if (stringWidth(cell) <= width) return cell;
  let text = '';
  for (const { segment } of new Intl.Segmenter().segment(cell)) {
    if (stringWidth(`${text}${segment}…`) > width) break;
    text += segment;
  }
  return `${text}…`;
}
