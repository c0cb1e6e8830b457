/** Rows → the text of a JSON array, JSON lines, CSV or plain lines, a batch at a time. Pure. */
import { cellOf } from '../utils/json.js';
import { csvHeader, csvLine } from './csv/csv-writer.js';
import type { OutputRow } from './output-rows.js';

export interface TextEncoding {
  begin(): string;
  rows(rows: OutputRow[]): string;
  end(): string;
}

const nothing = () => '';
const jsonLine = (row: OutputRow) => `${JSON.stringify(row)}\n`;

export const TEXT_ENCODINGS = {
  json: jsonArray,
  jsonl: () => ({ begin: nothing, rows: (rows) => rows.map(jsonLine).join(''), end: nothing }),
  csv: (columns) => ({
    begin: () => csvHeader(columns),
    rows: (rows) => rows.map((row) => csvLine(row, columns)).join(''),
    end: nothing,
  }),
  /** The first column alone, a value on each line. */
  text: ([column = '']) => ({
    begin: nothing,
    rows: (rows) => rows.map((row) => `${cellOf(row, column) as string}\n`).join(''),
    end: nothing,
  }),
} satisfies Record<string, (columns: string[]) => TextEncoding>;

/** One row on each line; an array without any is `[]`. */
function jsonArray(): TextEncoding {
  let isEmpty = true;
  return {
    begin: () => '[',
    rows(rows) {
      const separator = isEmpty ? '\n' : ',\n';
      if (rows.length === 0) return '';
      isEmpty = false;
      return separator + rows.map((row) => JSON.stringify(row)).join(',\n');
    },
    end: () => (isEmpty ? ']\n' : '\n]\n'),
  };
}
