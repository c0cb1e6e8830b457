/** Rows → CSV that reads back the same: null is nothing between commas, empty a pair of quotes, arrays are JSON. Pure. */
import { cellOf, type Cell, type Row } from '../../utils/json.js';

const NEEDS_QUOTES = /[",\r\n]|^\s|\s$|^\ufeff/;

/** The header line. */
export function csvHeader(columns: string[]): string {
  return `${columns.map(quoted).join(',')}\n`;
}

/** One record; columns that the row lacks are null. */
export function csvLine(row: Row, columns: string[]): string {
  return `${columns.map((column) => csvCell(cellOf(row, column) ?? null)).join(',')}\n`;
}

/** One cell. */
export function csvCell(cell: Cell): string {
  if (cell === null) return '';
  if (cell === '') return '""';
  return quoted(typeof cell === 'string' ? cell : JSON.stringify(cell));
}

function quoted(text: string): string {
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
