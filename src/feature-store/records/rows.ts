/** Row types: records, failures, rows from a store. Pure. */
import { cellOf, type Row } from '../../utils/json.js';
import type { Problem } from './rules.js';

export interface ShapedRecord {
  /** The record as JSON for the service; parse it with `featureValues`. */
  json: string;
  identifier: string;
  eventTime: string;
  /** True where the event time was filled in from the clock. */
  filledEventTime?: true;
}

/** One line of the errors file. */
export interface Failure {
  /** File of the line, if any. */
  file?: string;
  /** Absent without an input file. */
  line?: number;
  id?: string;
  code: string;
  message: string;
  /** Calls that included the record; 0 if it was never sent. */
  attempts: number;
  /** The row as read; absent if it could not be parsed. */
  record?: Row;
  /** The text of a row that could not be parsed. */
  raw?: string;
}

export interface SourceRow {
  /** Number of the row in this run, from 1; stable when a query result is read again. */
  line: number;
  /** By feature name; null values are omitted. */
  row: Row;
  /** Set for a row that is not the live one of its record: an older version, or a deletion. */
  past?: 'version' | 'deletion';
}

/** The failure of a row that is not a valid record, with the service's code for that. */
export function invalidRow<Place extends Pick<Failure, 'file' | 'line'>>(
  place: Place,
  { row, problems, identifier }: { row: Row; problems: Problem[]; identifier: string },
): Failure & Place {
  const id = cellOf(row, identifier);
  const message = problems.map((problem) => problem.message).join(' ');
  return {
    ...place,
    id: typeof id === 'string' ? id : undefined,
    ...{ code: 'ValidationError', message, attempts: 0, record: row },
  };
}
