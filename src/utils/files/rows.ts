/** What a reader of any format yields, and the limits that they share. */
import type { Row } from '../json.js';

/** A row and the line that it starts on, or why there is none. */
export type ReadRow =
  { line: number; row: Row; problem?: undefined } | { line: number; row?: undefined; problem: string };

/** Turns the text of a file into rows, a chunk's worth at a time: an array saves a promise for each row. */
export type RowReader = (text: AsyncIterable<string>, name: string) => AsyncIterable<ReadRow[]>;

/**
 * No record is longer than this: 350 KB of values, each character escaped, would be a seventh of it. A quote or bracket
 * that never closes stops here instead of filling the memory.
 */
export const MAX_RECORD_CHARACTERS = 16 * 1024 * 1024;
