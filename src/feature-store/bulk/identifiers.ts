/** The identifiers of an input, in its order: a column of rows, an array of values, or a text file with one on each line. */
import type { Failure } from '../../utils/failures.js';
import { readRowBatches, type ReadOptions, type ReadRow } from '../../utils/file-handler.js';
import { kindOf, type Row } from '../../utils/json.js';
import type { FeatureGroup } from '../groups/describe.js';

/** Columns that hold the identifier where none is named like the group's own. */
const USUAL_COLUMNS = ['record_id', 'id'];

export interface IdentifierOptions extends Omit<ReadOptions, 'scalarColumns'> {
  /** Told what is no identifier. */
  fail: (failure: Failure) => void;
}

/**
 * Yields identifiers in arrays, duplicates and all.
 * @throws UsageError for an input that cannot be read as a whole
 */
export async function* readIdentifiers(
  path: string,
  { recordIdentifier }: Pick<FeatureGroup, 'recordIdentifier'>,
  { fail, ...options }: IdentifierOptions,
): AsyncGenerator<string[]> {
  const others = USUAL_COLUMNS.filter((column) => column !== recordIdentifier);
  const columns: [string, ...string[]] = [recordIdentifier, ...others];
  for await (const batch of readRowBatches(path, { ...options, scalarColumns: columns })) {
    const identifiers: string[] = [];
    for (const entry of batch) {
      const found = identifierOf(entry, columns);
      if ('identifier' in found) identifiers.push(found.identifier);
      else fail({ line: entry.line, code: 'ValidationError', attempts: 0, record: entry.row, message: found.problem });
    }
    if (identifiers.length > 0) yield identifiers;
  }
}

function identifierOf({ row, problem }: ReadRow, columns: string[]): { identifier: string } | { problem: string } {
  if (row === undefined) return { problem };
  const column = columnOf(row, columns);
  if (column === undefined)
    return { problem: `The row has no column ${columns.join(', ').replace(/, ([^,]*)$/, ' or $1')}.` };
  const cell = row[column] ?? null;
  if (cell === '' || cell === null) return { problem: `The record identifier ${column} is empty.` };
  if (typeof cell !== 'string') return { problem: `The record identifier ${column} is ${kindOf(cell)}.` };
  return { identifier: cell };
}

function columnOf(row: Row, columns: string[]): string | undefined {
  const named = columns.find((column) => column in row);
  if (named !== undefined) return named;
  const [only, ...others] = Object.keys(row);
  return others.length === 0 ? only : undefined;
}
