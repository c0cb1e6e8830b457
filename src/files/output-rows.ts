/** What is written: rows, and the columns that they are written with. */
import type { Row } from '../utils/json.js';

/** The type of a column, for formats that need it; values are text in any case. */
export interface OutputColumn {
  name: string;
  kind: 'text' | 'integer' | 'decimal';
  /** True where each value is a list of that kind. */
  list?: boolean;
}

/** A row to write; with --typed, numbers are JavaScript numbers. */
export type OutputRow = Record<string, Row[string] | number | (string | number)[]>;

/** Rows as text: what comes before, each batch, and what comes after. */
export interface TextEncoding {
  begin(): string;
  rows(rows: OutputRow[]): string;
  end(): string;
}
