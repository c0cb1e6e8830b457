/** Values → text: JSON, JSON lines, CSV or a table, which has a file of its own: its libraries are slow to load. Pure. */
import type { Cell } from './json.js';
import type { Column, TableOptions } from './terminal/table.js';

export type Format = 'table' | 'json' | 'jsonl' | 'csv';

interface RenderOptions<T> {
  format: Format;
  columns: readonly Column<T>[];
  /** The stream it is printed on. */
  stream: TableOptions;
}

/** Renders rows; as `json`, any value. */
export async function render<T>(rows: readonly T[], { format, columns, stream }: RenderOptions<T>): Promise<string> {
  if (format === 'json') return renderJson(rows);
  if (format === 'jsonl') return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  if (format === 'csv') return renderCsv(rows, columns);
  return rows.length === 0 ? '' : (await import('./terminal/table.js')).renderTable(rows, columns, stream);
}

/** Indented JSON with a newline at the end; an empty list is `[]`. */
export function renderJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** RFC 4180 with `\n`: null is an empty cell, an empty string is `""`. */
function renderCsv<T>(items: readonly T[], columns: readonly Column<T>[]): string {
  const lines = [
    columns.map(({ name }) => csvText(name)),
    ...items.map((item) => columns.map(({ value }) => csvCell(value(item)))),
  ];
  return lines.map((cells) => `${cells.join(',')}\n`).join('');
}

const NEEDS_QUOTES = /[",\r\n]|^\s|\s$|^\ufeff/;

/** One cell of CSV that reads back the same: null is nothing, an empty text a pair of quotes, an array JSON. */
export function csvCell(cell: Cell | undefined): string {
  if (cell === null || cell === undefined) return '';
  if (cell === '') return '""';
  return csvText(typeof cell === 'string' ? cell : JSON.stringify(cell));
}

/** A text in quotes, where it needs them. */
export function csvText(text: string): string {
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
