/** What is written: rows, and the columns that they are written with. */
import type { Row } from '../utils/json.js';

/** What a column holds, for formats that want to know; values are text all the same. */
export interface OutputColumn {
  name: string;
  kind: 'text' | 'integer' | 'decimal';
  /** True where each value is a list of that kind. */
  list?: boolean;
}

/** A row to write: under --typed its numbers are JavaScript's. */
export type OutputRow = Record<string, Row[string] | number | (string | number)[]>;
