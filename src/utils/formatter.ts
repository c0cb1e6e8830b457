/** Values → text: JSON, JSON lines, CSV; tables have a room of their own. Pure; printing is the command's one line. */

export type Format = 'table' | 'json' | 'jsonl' | 'csv';
export type Cell = string | number | boolean | null | undefined;

export interface Column<T> {
  name: string;
  value(item: T): Cell;
  /** Columns with the highest number leave first when the terminal is narrow; 0 never leaves. */
  importance?: number;
}

/** Indented JSON with a newline at the end; an empty list is `[]`. */
export function renderJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** One JSON document a line. */
export function renderJsonLines(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}

/** RFC 4180 with `\n`: null is an empty cell, an empty string is `""`. */
export function renderCsv<T>(items: readonly T[], columns: readonly Column<T>[]): string {
  const lines = [
    columns.map(({ name }) => csvCell(name)),
    ...items.map((item) => columns.map(({ value }) => csvCell(value(item)))),
  ];
  return lines.map((cells) => `${cells.join(',')}\n`).join('');
}

function csvCell(value: Cell): string {
  if (value === null || value === undefined) return '';
  const text = String(value);
  return text === '' || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
