/** Rows as they are read → items to write; a bad row is a failed record and goes no further. */
import { isErrorsFile, unwrapFailure, type Failure } from '../../utils/failures.js';
import type { ReadRow } from '../../utils/file-handler.js';
import { cellOf, type Row } from '../../utils/json.js';
import type { WriteItem } from '../online/types.js';
import {
  featureValues,
  fromRecord,
  isProblems,
  type Problem,
  type ShapedRecord,
  type TableShaper,
} from '../records/shape.js';

/** An item that can tell its row, for the errors file. */
export class CheckedItem implements WriteItem {
  readonly line: number;
  /** Its place in the input, counted from 0: unlike its line, no other record's. */
  readonly number: number;
  readonly json: string;
  readonly identifier: string;
  readonly eventTime: string;

  constructor({ line, number }: Place, { json, identifier, eventTime }: ShapedRecord) {
    this.line = line;
    this.number = number;
    this.json = json;
    this.identifier = identifier;
    this.eventTime = eventTime;
  }

  /** The record as it was sent: the group takes it as it is, whatever options made it. */
  get row(): Row {
    return fromRecord(featureValues(this.json));
  }
}

interface Place {
  line: number;
  number: number;
}

/** The code of failures that were found before anything was sent; the service would call them the same. */
const INVALID = 'ValidationError';

export interface Check {
  shape: TableShaper;
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

function checked(entry: ReadRow, number: number, check: Check): CheckedItem | undefined {
  const { line, table, problem } = entry;
  const { shape, fail } = check;
  const failRow = (message: string, row?: Row) =>
    fail({ line, id: row && identifierOf(row, check), code: INVALID, message, attempts: 0, record: row }, number);
  let shaped: ShapedRecord | Problem[];
  if (table && !isErrorsFile(table)) shaped = shape.cells(table, entry.cells);
  else {
    const row = problem === undefined ? unwrapFailure(entry.row) : problem;
    if (typeof row === 'string') return void failRow(row);
    shaped = row === entry.row ? shape(row) : shape.retried(row);
    if (isProblems(shaped) && row !== entry.row) return void failRow(messageOf(shaped), row);
  }
  if (!isProblems(shaped)) return new CheckedItem({ line, number }, shaped);
  return void failRow(messageOf(shaped), shape.renamed(entry.row!));
}

const messageOf = (problems: Problem[]) => problems.map((each) => each.message).join(' ');

function identifierOf(row: Row, { identifier }: Check): string | undefined {
  const id = cellOf(row, identifier);
  return typeof id === 'string' ? id : undefined;
}
