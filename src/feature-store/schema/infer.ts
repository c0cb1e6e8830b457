/** Infers feature types from rows: the narrowest type that keeps every value as written. */
import { UsageError } from '../../errors.js';
import { nameOf, readRows, type ReadOptions, type ReadPosition } from '../../files/file-handler.js';
import { mapOptions, shellLine } from '../../utils/command-line.js';
import { cellOf, type Cell } from '../../utils/json.js';
import { clip, counted } from '../../utils/quantities.js';
import type { FeatureDefinition, FeatureType } from '../groups/describe.js';
import { cellReader, type CellReader } from '../records/cells.js';
import { absentColumns } from '../records/column-readers.js';
import { isMissingNumber, openConversions, type Conversions } from '../records/conversions.js';
import { indexNote, isIndexColumn, isIndexName, OFFLINE_COLUMNS } from '../records/offline-columns.js';
import { cellText, FITS } from '../records/rules.js';
import { nameProblem, parseType, validName, type ValueType } from './feature-types.js';

/** A feature with its column in the file, and the value that decided its type. */
export interface InferredFeature extends FeatureDefinition {
  column: string;
  why: string;
  example: string;
}

export interface InferOptions extends ReadOptions {
  /** `--map column=feature`. */
  map?: Record<string, string>;
  /** `--type column=type`, where the values do not decide. */
  types?: Record<string, string>;
  /** Feature that will hold the event time, which has rules of its own. */
  eventTime: string;
  /** Told of the index of a data frame. */
  note(line: string): void;
  /** Told of values that are not of the type that was said. */
  warn(line: string): void;
}

interface Seen {
  /** Undefined while all values were null. */
  type?: FeatureType;
  collection?: 'List';
  /** The value that decided the type, or the first where that was said. */
  example?: string;
  line?: number;
  said?: Said;
}

/** The type that `--type` gives a column. */
interface Said {
  type: ValueType;
  read: CellReader;
  conversions: Conversions;
  misfits: number;
  /** The first of them. */
  misfit?: string;
}

/** A number would lose a leading zero or plus, so such values stay text. */
const INTEGER = /^(0|-?[1-9]\d{0,18})$/;
const DECIMAL = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/**
 * Reads all rows: 64-bit integers are Integral, other numbers that a double can hold are Fractional, the rest is
 * String. Words for a missing number do not affect numeric columns. The index of a data frame and the system columns of
 * an offline store are skipped, unless `map` or `types` names them.
 * @throws UsageError for an unreadable row, no rows, objects as values, names that no feature can have, and columns of
 * `map` and `types` that are not there
 */
export async function inferFeatures(path: string, options: InferOptions): Promise<InferredFeature[]> {
  const { map = {}, types = {}, note, warn, ...reading } = options;
  const featureOf = (column: string) => cellOf(map, column) ?? column;
  const named = new Set([...Object.keys(map), ...Object.keys(types)]);
  const said = saidTypes(types, { featureOf, eventTime: options.eventTime });
  const columns = new Map<string, Seen>();
  const index = new Map<string, Cell[]>();
  const position: ReadPosition = { read: 0 };
  for await (const { line, row, problem } of readRows(path, { ...reading, ...FOLDERS, position })) {
    const place = `${position.file ?? nameOf(path)}, line ${line}`;
    if (problem !== undefined) throw new UsageError(`${place}: ${problem}`);
    for (const [column, cell] of Object.entries(row)) {
      const seen = columns.get(column) ?? { said: said.get(column) };
      columns.set(column, seen);
      if (cell === null) continue;
      if (seen.said) check(seen, seen.said, { cell, place });
      else see(seen, cell, { line, place: `${place}: ${clip(column)}` });
    }
    for (const column of Object.keys(row).filter((each) => isIndexName(each) && !named.has(each))) {
      const cells = index.get(column) ?? [];
      if (cells.length < INDEX_ROWS) index.set(column, [...cells, row[column]!]);
    }
  }
  if (columns.size === 0) throw new UsageError(`${nameOf(path)} has no rows to infer a schema from.`);
  const present = [...columns.keys()];
  const absent = [absentColumns('--map', map, { present }), absentColumns('--type', types, { present, map })];
  if (absent.flat().length > 0) throw new UsageError(`${nameOf(path)}: ${absent.flat().join('; ')}.`);
  for (const [column, cells] of index) {
    if (!isIndexColumn(column, cells)) continue;
    columns.delete(column);
    note(indexNote(column));
  }
  if (OFFLINE_COLUMNS.every((column) => columns.has(column)))
    OFFLINE_COLUMNS.filter((column) => !named.has(column)).forEach((column) => columns.delete(column));
  checkNames([...columns.keys()], featureOf);
  for (const { misfits, misfit } of said.values()) {
    if (misfit !== undefined)
      warn(`${counted(misfits, 'row')} would not be written, since --type says otherwise. ${misfit}`);
  }
  return [...columns].map(([column, seen]) => ({ column, name: featureOf(column), ...found(seen) }));
}

/** Files without rows decide no type: `bulk-put` is the one to complain of them. */
const FOLDERS = { ignoreUnreadable: true, isPathColumn: () => true };
/** Rows examined to detect the index of a data frame. */
const INDEX_ROWS = 100;
const MAX_EXAMPLE = 40;
const WHY: Record<FeatureType, string> = { Integral: 'whole numbers', Fractional: 'decimal numbers', String: 'text' };

function found({
  type = 'String',
  collection,
  example = '',
  line,
  said,
}: Seen): Omit<InferredFeature, 'column' | 'name'> {
  if (said) return { ...said.type, example, why: 'as --type says' };
  return { type, collection, example, why: line === undefined ? 'no value was seen' : `${WHY[type]} (line ${line})` };
}

function saidTypes(
  types: Record<string, string>,
  { featureOf, eventTime }: { featureOf: (column: string) => string; eventTime: string },
): Map<string, Said> {
  const conversions = openConversions();
  return new Map(
    Object.entries(types).map(([column, text]) => {
      const type = parseType(text, `--type ${column}=${text}`);
      const read = cellReader({ ...type, name: featureOf(column) }, eventTime, conversions);
      return [column, { type, read, conversions, misfits: 0 }];
    }),
  );
}

function check(seen: Seen, said: Said, { cell, place }: { cell: Cell; place: string }): void {
  seen.example ??= cellText(cell).slice(0, MAX_EXAMPLE);
  const value = said.read(cell);
  said.conversions.settle(false);
  if (value === undefined || !('message' in value)) return;
  said.misfits += 1;
  said.misfit ??= `${place}: ${value.message}`;
}

/** @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_FeatureDefinition.html */
function checkNames(columns: string[], featureOf: (column: string) => string): void {
  const taken = new Map<string, string>();
  const names = columns.map(featureOf);
  const renamed: [column: string, name: string][] = [];
  const wrong = columns.flatMap((column) => {
    const name = featureOf(column);
    const twin = taken.get(name.toLowerCase());
    taken.set(name.toLowerCase(), column);
    const isValid = nameProblem(name) === undefined;
    if (isValid && twin === undefined) return [];
    const free = validName(name, names);
    renamed.push([column, free]);
    names.push(free);
    if (!isValid) return `${name === '' ? 'a column without a name' : clip(name)} → ${free}`;
    return featureOf(twin!) === name
      ? `${clip(twin!)} and ${clip(column)} would both be feature ${name}`
      : `${clip(twin!)} and ${clip(column)} differ in case only, which the offline store cannot tell apart`;
  });
  if (wrong.length > 0)
    throw new UsageError(
      `These columns cannot be features as they are named (letters, digits, - and _, at most 64 characters): ${wrong.join(', ')}. Add ${shellLine(mapOptions(Object.fromEntries(renamed)))}.`,
    );
}

function see(seen: Seen, cell: Cell, { line, place }: { line: number; place: string }): void {
  if (Array.isArray(cell)) seen.collection = 'List';
  for (const value of Array.isArray(cell) ? cell : [cell]) {
    if (value !== null && typeof value === 'object')
      throw new UsageError(
        `${place} holds ${Array.isArray(value) ? 'a list within a list' : 'an object'}, which no feature can; take its members out as columns of their own.`,
      );
    if (isMissingNumber(value)) continue;
    const type = widest(seen.type, typeOf(value));
    if (type !== seen.type) Object.assign(seen, { type, line, example: String(value).slice(0, MAX_EXAMPLE) });
  }
}

function typeOf(value: Cell): FeatureType {
  if (typeof value === 'number') return 'Fractional';
  if (typeof value !== 'string') return 'String';
  if (INTEGER.test(value) && FITS.Integral(value)) return 'Integral';
  if (!DECIMAL.test(value) || !Number.isFinite(Number(value))) return 'String';
  return significantDigits(value) === significantDigits(Number(value).toExponential()) ? 'Fractional' : 'String';
}

/** The digits that a double must preserve. */
function significantDigits(number: string): string {
  return number
    .replace(/[eE].*$/, '')
    .replace(/\D/g, '')
    .replace(/^0+/, '')
    .replace(/0+$/, '');
}

function widest(left: FeatureType | undefined, right: FeatureType): FeatureType {
  if (left === undefined || left === right) return right;
  return left === 'String' || right === 'String' ? 'String' : 'Fractional';
}
