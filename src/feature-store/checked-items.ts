/** Rows as they are read → items to write; a bad row is a failed record and goes no further. */
import { unwrapFailure, type Failure } from '../utils/failures.js';
import type { ReadRow } from '../utils/file-handler.js';
import type { Row } from '../utils/json.js';
import type { WriteItem } from './online-store.js';
import { isProblems, type RecordShaper } from './records.js';

/** An item that remembers its row, for the errors file. */
export interface CheckedItem extends WriteItem {
  row: Row;
  /** Its place in the input, counted from 0: unlike its line, no other record's. */
  number: number;
}

/** The code of failures that were found before anything was sent; the service would call them the same. */
const INVALID = 'ValidationError';

export interface Check {
  shape: RecordShaper;
  /** The column that names a bad row in messages. */
  identifier: string;
  fail: (failure: Failure, number: number) => void;
  /** Whether the record of this number is left alone, bad or not. */
  skip?: (number: number) => boolean;
}

/** Shapes each row, array by array; the lines of an errors file are taken for the rows in them. */
export async function* checkedItems(batches: AsyncIterable<ReadRow[]>, check: Check): AsyncGenerator<CheckedItem[]> {
  let number = 0;
  for await (const batch of batches) {
    const items: CheckedItem[] = [];
    for (const entry of batch) {
      const item = check.skip?.(number) ? undefined : checked(entry, number, check);
      if (item) items.push(item);
      number += 1;
    }
    if (items.length > 0) yield items;
  }
}

function checked(
  { line, row: read, problem }: ReadRow,
  number: number,
  { shape, identifier: column, fail }: Check,
): CheckedItem | undefined {
  const row = read === undefined ? problem : unwrapFailure(read);
  if (typeof row === 'string') {
    fail({ line, code: INVALID, message: row, attempts: 0 }, number);
    return undefined;
  }
  const shaped = shape(row);
  if (!isProblems(shaped)) {
    const { record, identifier, eventTime } = shaped;
    return { line, identifier, eventTime, record, row, number };
  }
  const message = shaped.map((each) => each.message).join(' ');
  const id = typeof row[column] === 'string' ? row[column] : undefined;
  fail({ line, id, code: INVALID, message, attempts: 0, record: row }, number);
  return undefined;
}
