/** Rows as they are read → items to write; a bad row is a failed record and goes no further. */
import { isErrorsFile, unwrapFailure, type Failure } from '../../utils/failures.js';
import type { ReadRow } from '../../utils/file-handler.js';
import type { Row } from '../../utils/json.js';
import type { WriteItem } from '../online/types.js';
import { isProblems, type Problem, type ShapedRecord, type TableShaper } from '../records/shape.js';

/** An item that remembers its row, for the errors file. */
export class CheckedItem implements WriteItem {
  readonly line: number;
  /** Its place in the input, counted from 0: unlike its line, no other record's. */
  readonly number: number;
  readonly json: string;
  readonly identifier: string;
  readonly eventTime: string;
  private readonly source: RowSource;

  constructor({ line, number, source }: Place, { json, identifier, eventTime }: ShapedRecord) {
    this.line = line;
    this.number = number;
    this.json = json;
    this.identifier = identifier;
    this.eventTime = eventTime;
    this.source = source;
  }

  get row(): Row {
    return this.source.row;
  }
}

/** A row, or what it can be made from. */
interface RowSource {
  readonly row: Row;
}

interface Place {
  line: number;
  number: number;
  source: RowSource;
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

function checked(entry: ReadRow, number: number, { shape, identifier, fail }: Check): CheckedItem | undefined {
  const { line, table, problem } = entry;
  let source: RowSource;
  let shaped: ShapedRecord | Problem[];
  if (table && !isErrorsFile(table)) {
    source = entry;
    shaped = shape.cells(table, entry.cells);
  } else {
    const row = problem === undefined ? unwrapFailure(entry.row) : problem;
    if (typeof row === 'string') {
      fail({ line, code: INVALID, message: row, attempts: 0 }, number);
      return undefined;
    }
    source = { row };
    shaped = shape(row);
  }
  if (!isProblems(shaped)) return new CheckedItem({ line, number, source }, shaped);
  const { row } = source;
  const message = shaped.map((each) => each.message).join(' ');
  const id = typeof row[identifier] === 'string' ? row[identifier] : undefined;
  fail({ line, id, code: INVALID, message, attempts: 0, record: row }, number);
  return undefined;
}
