/** Values → an aligned table that fits the terminal. Pure; apart from the other formats because its libraries take time to load. */
import Table from 'cli-table3';
import stringWidth from 'string-width';
import { printable } from '../printable.js';
import type { Cell, Column } from './formatter.js';

export interface TableOptions {
  /** Columns of the terminal, or Infinity: no line is longer. */
  width: number;
  color: boolean;
}

/** Aligned columns without boxes; too narrow a terminal gets fewer columns, then shorter cells, never broken lines. */
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
  const line = (cells: string[]) => cells.map((cell, at) => clipped(cell, widths[at]! - GAP));
  const table = new Table({ colWidths: widths, chars: NO_BORDERS, style: PLAIN });
  table.push(line(shown.map(({ column }) => column.name)));
  table.push(...items.map((_, at) => line(shown.map(({ cells }) => cells[at]!))));
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
  /** Terminal columns that the widest cell takes, with the gap after it. */
  width: number;
}

function measured<T>(column: Column<T>, items: readonly T[]): Measured<T> {
  const cells = items.map((item) => cellText(column.value(item)));
  return {
    column,
    cells,
    width: GAP + cells.reduce((most, cell) => Math.max(most, stringWidth(cell)), stringWidth(column.name)),
  };
}

/** A cell on one line, with nothing in it that would drive the terminal. */
function cellText(value: Cell): string {
  if (value === null || value === undefined) return '-';
  return printable(String(value));
}

const lineWidth = (widths: number[]) => widths.reduce((sum, width) => sum + width, -GAP);

function fitting<T>(columns: Measured<T>[], width: number): Measured<T>[] {
  const shown = [...columns];
  while (lineWidth(shown.map((column) => column.width)) > width) {
    const least = Math.max(...shown.map(({ column }) => column.importance ?? 0));
    if (least === 0) break;
    shown.splice(
      shown.findLastIndex(({ column }) => column.importance === least),
      1,
    );
  }
  return shown;
}

const NARROWEST = 4 + GAP;

function shrunk<T>(shown: Measured<T>[], width: number): number[] {
  const widths = shown.map((column) => column.width);
  while (lineWidth(widths) > width && Math.max(...widths) > NARROWEST)
    widths[widths.indexOf(Math.max(...widths))]! -= 1;
  return widths;
}

/** cli-table3 cuts wide characters one column too late, so cells are cut before it sees them. */
function clipped(cell: string, width: number): string {
  if (stringWidth(cell) <= width) return cell;
  let text = '';
  for (const { segment } of new Intl.Segmenter().segment(cell)) {
    if (stringWidth(`${text}${segment}…`) > width) break;
    text += segment;
  }
  return `${text}…`;
}
