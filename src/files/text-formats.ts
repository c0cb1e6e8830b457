/** The formats that are text: how each is read, and how rows are written in it, a batch at a time. Pure. */
import { csvCell, csvText } from '../utils/formatter.js';
import { cellOf } from '../utils/json.js';
import { readCsv } from './csv/csv.js';
import { readJsonLines } from './json/json-lines.js';
import { readJsonSequence } from './json/json-sequence.js';
import type { OutputRow, TextEncoding } from './output-rows.js';
import type { RowReader } from './rows.js';

interface TextFormat {
  read?: RowReader;
  write(columns: string[]): TextEncoding;
}

const nothing = () => '';
const csvLine = (cells: string[]) => `${cells.join(',')}\n`;
const jsonLine = (row: OutputRow) => `${JSON.stringify(row)}\n`;

/** By name; extensions are in formats.ts. */
export const TEXT_FORMATS = {
  json: { read: readJsonSequence, write: jsonArray },
  jsonl: {
    read: readJsonLines,
    write: () => ({ begin: nothing, rows: (rows) => rows.map(jsonLine).join(''), end: nothing }),
  },
  csv: {
    read: readCsv,
    write: (columns) => ({
      begin: () => csvLine(columns.map(csvText)),
      rows: (rows) => rows.map((row) => csvLine(columns.map((column) => csvCell(cellOf(row, column))))).join(''),
      end: nothing,
    }),
  },
  /** The first column alone, a value on each line. */
  text: {
    write: ([column = '']) => ({
      begin: nothing,
      rows: (rows) => rows.map((row) => `${cellOf(row, column) as string}\n`).join(''),
      end: nothing,
    }),
  },
} satisfies Record<string, TextFormat>;

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
