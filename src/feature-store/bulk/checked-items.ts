/** Rows → items to write; an invalid row becomes a failed record. */
import { placeOf, type ReadRow } from '../../files/file-handler.js';
import type { Row } from '../../utils/json.js';
import type { WriteItem } from '../online/types.js';
import { isProblems, type TableShaper } from '../records/shape.js';
import type { Problem } from '../records/rules.js';
import { invalidRow, type Failure, type ShapedRecord } from '../records/rows.js';
import { isErrorsFile, unwrapFailure } from './errors-file.js';
import { featureValues } from '../records/record-json.js';
import { fromRecord } from '../records/record-rows.js';

/** An item that remembers its row, for the errors file. */
export class CheckedItem implements WriteItem {
  readonly line: number;
  /** Its index in the input, from 0; unlike its line, it is unique. */
  readonly number: number;
  readonly json: string;
  readonly identifier: string;
  readonly eventTime: string;
  /** The file of the line. */
  readonly file: string | undefined;

  constructor({ file, line, number }: Place, { json, identifier, eventTime }: ShapedRecord) {
    this.file = file;
    this.line = line;
    this.number = number;
    this.json = json;
    this.identifier = identifier;
    this.eventTime = eventTime;
  }

  /** The record as sent, which is valid input without the options that produced it. */
  get row(): Row {
    return fromRecord(featureValues(this.json));
  }
}

interface Place {
  file: string | undefined;
  line: number;
  number: number;
}

/** The code of failures found before sending, which is also the code that the service gives them. */
const INVALID = 'ValidationError';

export interface Check {
  shape: TableShaper;
  /** The file being read, where it has a name. */
  file: () => string | undefined;
  /** Once aborted, no more rows are processed. */
  signal: AbortSignal;
  /** The column that identifies an invalid row in messages. */
  identifier: string;
  fail: (failure: Failure, number: number) => void;
  /** Whether to skip the record of this number, valid or not. */
  skip?: (number: number) => boolean;
  /** Checks each batch first for mistakes that affect the whole input; throws UsageError. */
  table?: (batch: ReadRow[]) => void;
}

/** Shapes all rows, batch by batch; lines of an errors file are replaced by the rows they contain. */
export async function* checkedItems(batches: AsyncIterable<ReadRow[]>, check: Check): AsyncGenerator<CheckedItem[]> {
  let number = 0;
  for await (const batch of batches) {
    check.table?.(batch);
    const items: CheckedItem[] = [];
    for (const entry of batch) {
      if (check.signal.aborted) return;
      const item = check.skip?.(number) ? undefined : checked(entry, number, check);
      if (item) items.push(item);
      number += 1;
    }
    if (items.length > 0) yield items;
  }
}

function checked(entry: ReadRow, number: number, check: Check): CheckedItem | undefined {
  const { columns, problem, line } = entry;
  const { shape, fail } = check;
  const file = check.file();
  if (problem !== undefined) {
    const place = placeOf(entry, file);
    return void fail({ ...place, code: INVALID, message: problem, attempts: 0, raw: entry.raw }, number);
  }
  if (columns && !isErrorsFile(columns)) {
    const shaped = shape.cells(columns, entry.cells);
    if (!isProblems(shaped)) return new CheckedItem({ file, line, number }, shaped);
    return void failRow(shape.renamed(entry.row), { shaped, place: { file, line, number } }, check);
  }
  const read = entry.row;
  const unwrapped = unwrapFailure(read);
  if (unwrapped.row === undefined) return void fail(unwrapped.failure, number);
  const { row, origin } = unwrapped;
  const place = { file, line, number, ...origin };
  const shaped = row === read ? shape(row) : shape.retried(row);
  if (!isProblems(shaped)) return new CheckedItem(place, shaped);
  return void failRow(row === read ? shape.renamed(row) : row, { shaped, place }, check);
}

function failRow(row: Row, { shaped, place }: { shaped: Problem[]; place: Place }, { identifier, fail }: Check): void {
  const { file, line, number } = place;
  fail(invalidRow({ file, line }, { row, problems: shaped, identifier }), number);
}
