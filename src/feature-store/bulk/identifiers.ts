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
import { cellOf, type Cell } from '../../utils/json.js';
import { clip, listed } from '../../utils/quantities.js';
import { identifierCellReader } from '../records/column-readers.js';
import { isFailureLine } from './errors-file.js';
import type { FeatureGroup } from '../groups/describe.js';
import type { Failure } from '../records/rows.js';

/** In an errors file. */
const FAILURE_ID = 'id';
/** Fallback columns, if none is named like the identifier feature. */
const USUAL_COLUMNS = ['record_id', 'id'];

export interface IdentifierOptions extends Omit<ReadOptions, 'scalarColumns' | 'emptyTable'> {
  /** Called for each row without a valid identifier, with the value that no record can have, if it holds one. */
  fail: (failure: Failure, value?: Cell) => void;
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
  group: FeatureGroup,
  { fail, note, ...options }: IdentifierOptions,
): AsyncGenerator<string[]> {
  const own = group.recordIdentifier;
  const columns: [string, ...string[]] = [own, ...USUAL_COLUMNS.filter((column) => column !== own)];
  const readCell = identifierCellReader(group);
  let column: string | undefined;
  const file = path === '-' ? undefined : path;
  const position: ReadPosition = options.position ?? { read: 0 };
  const columnOf = (names: string[]) => columns.find((name) => names.includes(name));
  const emptyTable = (names: string[]) => {
    if (column === undefined && names.length > 0 && columnOf(names) === undefined) throw notFound(names);
  };
  for await (const batch of readRowBatches(path, { ...options, position, scalarColumns: columns, emptyTable })) {
    column ??= chosen(batch);
    const identifiers: string[] = [];
    for (const entry of batch) {
      if (options.signal?.aborted) return;
      const found = identifierOf(entry);
      if (typeof found === 'string') {
        identifiers.push(found);
        continue;
      }
      const { value, ...failure } = found;
      fail({ ...placeOf(entry, position.file ?? file), code: 'ValidationError', attempts: 0, ...failure }, value);
    }
    if (identifiers.length > 0) yield identifiers;
  }

  /** Undefined where no row is readable. */
  function chosen(batch: ReadRow[]): string | undefined {
    const rows = batch.map(({ row }) => row).filter((row) => row !== undefined);
    if (rows.length === 0) return undefined;
    // In an errors file, `code` and `line` are not the group's, even if its identifier has that name.
    if (rows.every(isFailureLine)) return FAILURE_ID;
    const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    const named = columnOf(names);
    if (named !== undefined) return named;
    const [only] = names;
    if (only === undefined || names.length > 1) throw notFound(names);
    note?.(
      `The only column of ${nameOf(path)}, ${JSON.stringify(only)}, is taken to hold the identifiers. If that name is an identifier itself, the file has no header line: add one.`,
    );
    return only;
  }

  function notFound(names: string[]): UsageError {
    const found = names.length > 0 ? `the columns are ${listed(names.map(clip))}` : 'the first rows are empty objects';
    return new UsageError(
      `${nameOf(path)}: no column holds the identifiers: none is called ${columns.join(', ').replace(/, (\w+)$/, ' or $1')}; ${found}.`,
    );
  }

  function identifierOf(entry: ReadRow): string | Bad {
    if (entry.problem !== undefined) return { message: entry.problem, raw: entry.raw };
    const { row: record } = entry;
    const value = cellOf(record, column ?? '') ?? null;
    const read = value === null ? undefined : readCell(value);
    if (read === undefined) return { message: `The record identifier ${column} is missing.`, record };
    return 'message' in read ? { message: read.message, record, value } : read.ValueAsString!;
  }
}

type Bad = Pick<Failure, 'message' | 'record' | 'raw'> & { value?: Cell };
