/**
 * Reads identifiers from an input, in order: a column of rows, an array of values, or a text file with one per line.
 */
import { UsageError } from '../../errors.js';
import {
  nameOf,
  placeOf,
  readRowBatches,
  type ReadOptions,
  type ReadPosition,
  type ReadRow,
} from '../../files/file-handler.js';
import { cellOf, kindOf } from '../../utils/json.js';
import { identifierProblem, numberProblem } from '../records/column-readers.js';
import { clip } from '../records/cells.js';
import { isFailureLine } from './errors-file.js';
import type { FeatureGroup } from '../groups/describe.js';
import type { Failure } from '../records/rows.js';

/** In an errors file. */
const FAILURE_ID = 'id';
/** Fallback columns, if none is named like the identifier feature. */
const USUAL_COLUMNS = ['record_id', 'id'];

export interface IdentifierOptions extends Omit<ReadOptions, 'scalarColumns'> {
  /** Called for each invalid identifier. */
  fail: (failure: Failure) => void;
  /** Called with the chosen column, if its name does not make it obvious. */
  note?(line: string): void;
}

/**
 * Yields batches of identifiers, duplicates included. The column is chosen once, by the first readable rows; other
 * columns of later rows are never taken for identifiers.
 * @throws UsageError for an unreadable input, or one whose first rows have no such column
 */
export async function* readIdentifiers(
  path: string,
  { recordIdentifier }: Pick<FeatureGroup, 'recordIdentifier'>,
  { fail, note, ...options }: IdentifierOptions,
): AsyncGenerator<string[]> {
  const others = USUAL_COLUMNS.filter((column) => column !== recordIdentifier);
  const columns: [string, ...string[]] = [recordIdentifier, ...others];
  let column: string | undefined;
  const file = path === '-' ? undefined : path;
  const position: ReadPosition = options.position ?? { read: 0 };
  const place = (entry: ReadRow) => ({
    ...placeOf(entry, position.file ?? file),
    raw: entry.problem === undefined ? undefined : entry.raw,
  });
  for await (const batch of readRowBatches(path, { ...options, position, scalarColumns: columns })) {
    column ??= columnOf(batch, columns);
    const identifiers: string[] = [];
    for (const entry of batch) {
      if (options.signal?.aborted) return;
      const found = identifierOf(entry, column);
      if ('identifier' in found) identifiers.push(found.identifier);
      else fail({ ...place(entry), code: 'ValidationError', attempts: 0, record: entry.row, message: found.problem });
    }
    if (identifiers.length > 0) yield identifiers;
  }

  /** Undefined where no row is readable. */
  function columnOf(batch: ReadRow[], [own, ...usual]: string[]): string | undefined {
    const rows = batch.map(({ row }) => row).filter((row) => row !== undefined);
    if (rows.length === 0) return undefined;
    // In an errors file, `code` and `line` are not the group's, even if its identifier has that name.
    if (rows.every(isFailureLine)) return FAILURE_ID;
    const named = columns.find((name) => rows.some((row) => Object.hasOwn(row, name)));
    if (named !== undefined) return named;
    const names = new Set(rows.flatMap((row) => Object.keys(row)));
    const [only] = names;
    if (only !== undefined && names.size === 1) {
      note?.(
        `The only column of ${nameOf(path)}, ${JSON.stringify(only)}, is taken to hold the identifiers. If that name is an identifier itself, the file has no header line: add one.`,
      );
      return only;
    }
    const found = [...names].slice(0, MAX_NAMED).map(clip).join(', ') + (names.size > MAX_NAMED ? ', …' : '');
    throw new UsageError(
      `${nameOf(path)}: no column holds the identifiers: none is called ${[own, ...usual].join(', ').replace(/, (\w+)$/, ' or $1')}; ${found ? `the columns are ${found}` : 'the first rows are empty objects'}.`,
    );
  }
}

/** Columns listed in a message. */
const MAX_NAMED = 8;

function identifierOf(entry: ReadRow, column = ''): { identifier: string } | { problem: string } {
  if (entry.problem !== undefined) return { problem: entry.problem };
  const cell = cellOf(entry.row, column) ?? null;
  if (cell === null) return { problem: `The record identifier ${column} is missing.` };
  if (typeof cell === 'number') return { problem: numberProblem(column, cell).message };
  if (typeof cell !== 'string') return { problem: `The record identifier ${column} is ${kindOf(cell)}, not text.` };
  const problem = identifierProblem(column, cell);
  return problem === undefined ? { identifier: cell } : { problem };
}
