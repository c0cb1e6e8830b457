/** Rows ⇄ records, validated against the definitions of a feature group. Pure. */
import { setCell, type Cell, type Row } from '../../utils/json.js';
import type { FeatureGroup } from '../groups/describe.js';
import { readersByColumn, unknownFeature, type ColumnReader } from './column-readers.js';
import { DELETION_COLUMN, deletionMarker, isOfflineColumn } from './offline-columns.js';
import type { Conversions } from './conversions.js';
import type { Problem } from './rules.js';
import { escaped, openRecordJson } from './record-json.js';
import { MAX_BYTES_PER_UNIT, MAX_RECORD_BYTES } from './size.js';
import type { ShapedRecord } from './rows.js';
import { filledEventTime, missingValues, withDeletion, withDuplicates, withTooLarge } from './record-checks.js';

export interface ShapeOptions {
  /** Ignore columns that are not features, instead of reporting them. */
  ignoreUnknown?: boolean;
  /** Called once for each ignored column. */
  onUnknown?(column: string): void;
  /** Event time for rows without one. */
  fillEventTime?: Date;
  /** Said where the event time is missing: what would fill it. */
  timeHint?: string;
  /** Column → feature. */
  map?: Record<string, string>;
  /** Lossless conversions to apply and count; if undefined, a value must be valid as it is. */
  conversions?: Conversions;
}

/** Turns a row into a record, or returns all its problems. */
export type RecordShaper = (row: Row) => ShapedRecord | Problem[];

export type TableShaper = ReturnType<typeof recordShaper>;

export function isProblems(shaped: ShapedRecord | Problem[]): shaped is Problem[] {
  return Array.isArray(shaped);
}

/**
 * Builds the shaper for a group. Null omits a feature; text, numbers (as text) and, for String features, booleans
 * become values; arrays (or JSON text of arrays) become collections.
 * @throws UsageError where `map` names an unknown feature, or one twice
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_feature_store_PutRecord.html
 */
export function recordShaper(group: FeatureGroup, options: ShapeOptions = {}) {
  const { conversions } = options;
  const readers = readersByColumn(group, options.map ?? {}, conversions);
  const filled = filledEventTime(group, options.fillEventTime);
  const missing = missingValues(group, filled?.time, options.timeHint);
  const record = openRecordJson();
  const leftOut = new Set<string>();
  const unknown = unknownColumns(group, options, leftOut);
  let known = tableOf([], readers);

  function knownTable(columns: string[]): KnownTable {
    if (columns !== known.columns && !isSame(columns, known.columns)) known = tableOf(columns, readers);
    return known;
  }

  function shapeCells(columns: string[], cells: (Cell | undefined)[]): ShapedRecord | Problem[] {
    const { readers: columnReaders, overlap, deletedAt } = knownTable(columns);
    let problems: Problem[] | undefined;
    let identifier: string | undefined;
    let eventTime: string | undefined;
    let units = 0;
    record.begin();
    for (let index = 0; index < columns.length; index += 1) {
      const reader = columnReaders[index];
      if (reader === undefined) {
        const problem = unknown(columns[index]!);
        if (problem) (problems ??= []).push(problem);
        continue;
      }
      const cell = cells[index];
      if (cell === null || cell === undefined) continue;
      let text: string | undefined;
      const quotable = typeof cell === 'string' ? reader.quotable(cell) : undefined;
      if (quotable !== undefined) {
        record.text(reader.openings, quotable);
        text = cell as string;
      } else {
        const value = reader.read(cell);
        if (value === undefined) continue;
        if ('message' in value) {
          (problems ??= []).push(value);
          continue;
        }
        text = value.ValueAsString;
        if (text === undefined) record.list(reader.openings, value.ValueAsStringList!);
        else record.text(reader.openings, escaped(text));
      }
      units += reader.nameUnits + (text?.length ?? MAX_RECORD_BYTES);
      if (reader.role === 'identifier') identifier = text;
      else if (reader.role === 'eventTime') eventTime = text;
    }
    if (eventTime === undefined && filled !== undefined) record.text(filled.openings, filled.time);
    const json = record.end();
    if (deletedAt !== -1) problems = withDeletion(cells[deletedAt], problems);
    if (overlap) problems = withDuplicates(json, problems);
    if (units * MAX_BYTES_PER_UNIT > MAX_RECORD_BYTES) problems = withTooLarge(json, problems);
    const shaped =
      identifier !== undefined && eventTime !== undefined && !problems
        ? { json, identifier, eventTime }
        : missing({ json, identifier, eventTime, problems });
    conversions?.settle(!isProblems(shaped));
    return shaped;
  }

  /** The row under feature names, without ignored columns: valid input without any options. */
  function renamed(row: Row): Row {
    const named: Row = {};
    for (const [column, cell] of Object.entries(row)) {
      const reader = readers.get(column);
      // A second column for the same feature keeps its name, so that neither is silently preferred.
      const isFree = reader && !Object.hasOwn(named, reader.feature);
      if (reader) setCell(named, isFree ? reader.feature : column, portable(cell, reader));
      else if (!options.ignoreUnknown && !isOfflineColumn(column) && !leftOut.has(column)) setCell(named, column, cell);
    }
    return named;
  }

  const shape = (row: Row) => shapeCells(Object.keys(row), Object.values(row));
  let unmapped: RecordShaper | undefined;
  /** For rows made by `renamed`: does not apply `map`. */
  const retried: RecordShaper = (row) =>
    options.map ? (unmapped ??= recordShaper(group, { ...options, map: undefined }))(row) : shape(row);
  return Object.assign(shape, {
    /** The same for cells in column order, which is cheaper for tables. */
    cells: shapeCells,
    renamed,
    retried,
    /** Whether the column is used. */
    isWanted: (column: string) => readers.has(column) || column === DELETION_COLUMN,
    /** Whether the column is a feature, or explicitly ignored. */
    isKnown: (column: string) => readers.has(column) || leftOut.has(column),
    /** Silently ignores the column. */
    leaveOut: (column: string) => void leftOut.add(column),
  });
}

interface KnownTable {
  columns: string[];
  readers: (ColumnReader | undefined)[];
  /** Whether two columns feed the same feature. */
  overlap: boolean;
  /** Index of the deletion column; -1 if there is none. */
  deletedAt: number;
}

function tableOf(columns: string[], readers: Map<string, ColumnReader>): KnownTable {
  const own = columns.map((column) => readers.get(column));
  const fed = own.filter((reader) => reader !== undefined);
  return {
    columns,
    readers: own,
    overlap: new Set(fed).size < fed.length,
    deletedAt: deletionMarker(columns, readers),
  };
}

/** Possibly rounded numbers would look exact in JSON. */
function portable(cell: Cell, { role }: ColumnReader): Cell {
  if (typeof cell !== 'number') return cell;
  return role === 'identifier' || !Number.isFinite(cell) ? null : cell.toExponential();
}

function isSame(left: string[], right: string[]): boolean {
  return left.length === right.length && left.every((name, index) => name === right[index]);
}

function unknownColumns(
  group: FeatureGroup,
  options: ShapeOptions,
  leftOut: Set<string>,
): (column: string) => Problem | undefined {
  const told = new Set<string>();
  return (column) => {
    if (leftOut.has(column)) return undefined;
    const isOffline = isOfflineColumn(column);
    if (!options.ignoreUnknown && !isOffline) return { feature: column, message: unknownFeature(column, group) };
    if (!told.has(column)) options.onUnknown?.(column);
    told.add(column);
    return undefined;
  };
}
