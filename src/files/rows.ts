/** What a reader of any format yields, and the limits that they share. */
import { setCell, type Cell, type Row } from '../utils/json.js';

/** A row and the line that it starts on, or why there is none. */
export type ReadRow =
  | { line: number; row: Row; columns?: undefined; problem?: undefined }
  | PlacedRow
  | {
      line: number;
      row?: undefined;
      columns?: undefined;
      problem: string;
      /** The text that could not be read, where there is one. */
      raw?: string;
      /** Set where a file as a whole could not be read, and has no line to name. */
      file?: string;
    };

/** Where a row stands: its file, which may be one of several that are read, and its line there. */
export function placeOf(entry: ReadRow, file: string | undefined): { file?: string; line?: number } {
  const unread = entry.problem === undefined ? undefined : entry.file;
  return unread === undefined ? { file, line: entry.line } : { file: unread };
}

/**
 * A row whose cells stand in the places of their columns. Whoever knows the columns finds the cells by position; `row` is made
 * when it is asked for, since that took a twentieth of a bulk run.
 */
export class PlacedRow {
  declare readonly problem?: undefined;
  readonly line: number;
  /** Names of the columns, the same array for rows of the same columns. */
  readonly columns: string[];
  /** As many as there are columns; undefined where the row lacks one, which no row of a table does. */
  readonly cells: (Cell | undefined)[];
  /** Whether the columns are those of a table, as in CSV and Parquet. */
  readonly isTable: boolean;

  constructor(line: number, { columns, cells }: { columns: string[]; cells: (Cell | undefined)[] }, isTable = true) {
    this.line = line;
    this.columns = columns;
    this.cells = cells;
    this.isTable = isTable;
  }

  get row(): Row {
    const row: Row = {};
    for (let index = 0; index < this.cells.length; index += 1) {
      const cell = this.cells[index];
      if (cell !== undefined) setCell(row, this.columns[index]!, cell);
    }
    return row;
  }
}

/** Turns the text of a file into rows, a chunk's worth at a time: an array saves a promise for each row. */
export type RowReader = (text: AsyncIterable<string>, name: string, options?: TextOptions) => AsyncIterable<ReadRow[]>;

export interface TextOptions {
  /** For CSV: a comma by default, a tab in `.tsv`. */
  delimiter?: string;
  /** Called with the columns of a table (CSV, Parquet) that has no rows, unless the signal ended it. */
  emptyTable?(columns: string[]): void;
}

/**
 * No record is longer than this: 350 KB of values, each character escaped, would be a seventh of it. A quote or bracket
 * that never closes stops here instead of filling the memory.
 */
export const MAX_RECORD_CHARACTERS = 16 * 1024 * 1024;
