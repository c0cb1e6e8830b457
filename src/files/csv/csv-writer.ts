/** Rows → CSV that reads back the same; columns that a row lacks are null. Pure. */
import { csvCell, csvText } from '../../utils/formatter.js';
import { cellOf, type Row } from '../../utils/json.js';

/** The header line. */
export const csvHeader = (columns: string[]): string => `${columns.map(csvText).join(',')}\n`;

/** One record. */
export const csvLine = (row: Row, columns: string[]): string =>
  `${columns.map((column) => csvCell(cellOf(row, column))).join(',')}\n`;
