/** Rows on their way: one read from a store, and one that went wrong. Pure. */
import type { Row } from '../../utils/json.js';

export interface ShapedRecord {
  /** The record as JSON of the service; `featureValues` reads it. */
  json: string;
  identifier: string;
  eventTime: string;
  /** True when the row had no event time and was given the clock's. */
  filledEventTime?: true;
}

/** One line of the errors file. */
export interface Failure {
  /** The file that the line is of; absent where there was none. */
  file?: string;
  /** Absent where there was no input to have lines. */
  line?: number;
  id?: string;
  code: string;
  message: string;
  /** Calls that carried the record; 0 when it was never sent. */
  attempts: number;
  /** The row as it was read; absent where it could not be read. */
  record?: Row;
  /** The text of a row that could not be read. */
  raw?: string;
}

export interface SourceRow {
  /** Place among the rows of this run, from 1; the same each time that a query's result is read. */
  line: number;
  /** Keyed by the group's own feature names; null values are left out. */
  row: Row;
  /** Set where the row is not the live one of its record: an older version of it, or a deletion. */
  past?: 'version' | 'deletion';
}
