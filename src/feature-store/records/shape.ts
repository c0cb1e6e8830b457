/** Rows ⇄ records of the service, checked against the definitions of a feature group. Pure. */
import type { FeatureValue } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { UsageError } from '../../errors.js';
import type { Cell, Row } from '../../utils/json.js';
import { didYouMean } from '../../utils/nearest.js';
import { nowAs } from './event-time.js';
import type { FeatureDefinition, FeatureGroup } from '../groups/describe.js';
import { cellReader, clip } from './cells.js';
import { eventTimeType, ruleOf } from './rules.js';
import { escaped, featureValues, isPlain, openingsOf, openRecordJson, type Openings } from './record-json.js';
import { recordBytes } from './size.js';

export type { Cell, Row } from '../../utils/json.js';
export { featureValues } from './record-json.js';
export { fromRecord, typedRecord } from './record-rows.js';

/** A record is at most 350 KB. https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-quotas.html */
export const MAX_RECORD_BYTES = 350 * 1024;
/** A record identifier is at most 2 KB. Same page. */
export const MAX_IDENTIFIER_BYTES = 2 * 1024;
/** UTF-8 never takes more for one UTF-16 unit, so most records are known to fit without being encoded. */
const MAX_BYTES_PER_UNIT = 3;

/** Why a row is no record. */
export interface Problem {
  /** The feature, or the column of that name. */
  feature?: string;
  /** The value, clipped. */
  value?: string;
  /** What would be right. */
  expected?: string;
  /** All of it as one sentence. */
  message: string;
}

export interface ShapedRecord {
  /** The record as JSON of the service; `featureValues` reads it. */
  json: string;
  identifier: string;
  eventTime: string;
  /** True when the row had no event time and was given the clock's. */
  filledEventTime?: true;
}

export interface ShapeOptions {
  /** Columns that are no feature are left out instead of being a problem. */
  ignoreUnknown?: boolean;
  /** Called with each name so left out, once. */
  onUnknown?(column: string): void;
  /** A row without an event time is given this one. */
  fillEventTime?: Date;
  /** Column → the feature it feeds. */
  map?: Record<string, string>;
}

/** Turns a row into a record, or says all that is wrong with it. */
export type RecordShaper = (row: Row) => ShapedRecord | Problem[];

export interface TableShaper extends RecordShaper {
  /** The same for cells in the order of their columns, which costs less where one row is like the next. */
  cells(columns: string[], cells: (Cell | undefined)[]): ShapedRecord | Problem[];
}

/** Whether a row was no record. */
export function isProblems(shaped: ShapedRecord | Problem[]): shaped is Problem[] {
  return Array.isArray(shaped);
}

/** One row; for many rows of one group, build the shaper once. */
export function toRecord(row: Row, group: FeatureGroup, options?: ShapeOptions): ShapedRecord | Problem[] {
  return recordShaper(group, options)(row);
}

/**
 * Builds the check of a group's rows. Null leaves a feature out; text, numbers (as their own text) and, for String
 * features, booleans become values; arrays (or text that is a JSON array) become collections.
 * @throws UsageError when `map` names a feature that the group lacks, or one feature twice.
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_feature_store_PutRecord.html
 */
export function recordShaper(group: FeatureGroup, options: ShapeOptions = {}): TableShaper {
  const readers = readersByColumn(group, options.map ?? {});
  const filled = filledEventTime(group, options.fillEventTime);
  const missing = missingValues(group, filled?.time);
  const record = openRecordJson();
  const unknown = unknownColumns(group, options);
  let known = { columns: [] as string[], readers: [] as (ColumnReader | undefined)[], overlap: false };

  function knownTable(columns: string[]): typeof known {
    if (columns !== known.columns && !isSame(columns, known.columns)) {
      const own = columns.map((column) => readers.get(column));
      const fed = own.filter((reader) => reader !== undefined);
      known = { columns, readers: own, overlap: new Set(fed).size < fed.length };
    }
    return known;
  }

  function shapeCells(columns: string[], cells: (Cell | undefined)[]): ShapedRecord | Problem[] {
    const { readers: columnReaders, overlap } = knownTable(columns);
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
    if (overlap) problems = withDuplicates(json, problems);
    if (units * MAX_BYTES_PER_UNIT > MAX_RECORD_BYTES) problems = withTooLarge(json, problems);
    if (identifier !== undefined && eventTime !== undefined && !problems) return { json, identifier, eventTime };
    return missing({ json, identifier, eventTime, problems });
  }

  const shape = (row: Row) => shapeCells(Object.keys(row), Object.values(row));
  return Object.assign(shape, { cells: shapeCells });
}

function isSame(left: string[], right: string[]): boolean {
  return left.length === right.length && left.every((name, index) => name === right[index]);
}

interface ColumnReader {
  role: 'identifier' | 'eventTime' | 'feature';
  nameUnits: number;
  openings: Openings;
  /** A text that is a value as it stands, as JSON has it between quotes; undefined where only `read` can tell. */
  quotable(text: string): string | undefined;
  read(cell: Cell): FeatureValue | Problem;
}

function readersByColumn(group: FeatureGroup, map: Record<string, string>): Map<string, ColumnReader> {
  const readers = new Map(group.features.map((feature) => [feature.name, columnReader(feature, group)]));
  const columns = new Map(readers);
  const fed = new Set<string>();
  for (const [column, feature] of Object.entries(map)) {
    const reader = readers.get(feature);
    if (!reader) throw new UsageError(`--map ${column}=${feature}: ${unknownFeature(feature, group)}`);
    if (fed.has(feature)) throw new UsageError(`--map gives feature ${feature} to two columns.`);
    fed.add(feature);
    columns.set(column, reader);
  }
  return columns;
}

function columnReader(feature: FeatureDefinition, group: FeatureGroup): ColumnReader {
  const { name } = feature;
  const role = name === group.recordIdentifier ? 'identifier' : name === group.eventTime ? 'eventTime' : 'feature';
  const read = cellReader(feature, group.eventTime);
  return {
    role,
    nameUnits: name.length,
    openings: openingsOf(name),
    quotable: quotableText(feature, role, group),
    read: role === 'identifier' ? checkedIdentifier(name, read) : read,
  };
}

function quotableText(
  feature: FeatureDefinition,
  role: ColumnReader['role'],
  group: FeatureGroup,
): ColumnReader['quotable'] {
  if (feature.collection) return () => undefined;
  // No number and no event time holds what JSON escapes, and any text without that is a String.
  const fits = feature.type === 'String' && role !== 'eventTime' ? isPlain : ruleOf(feature, group.eventTime).fits;
  if (role !== 'identifier') return (text) => (fits(text) ? text : undefined);
  const isShort = (text: string) => text !== '' && text.length * MAX_BYTES_PER_UNIT <= MAX_IDENTIFIER_BYTES;
  return (text) => (isShort(text) && fits(text) ? text : undefined);
}

function checkedIdentifier(feature: string, read: ColumnReader['read']): ColumnReader['read'] {
  return (cell) => {
    const value = read(cell);
    const text = 'message' in value ? undefined : value.ValueAsString;
    if (text === undefined) return value;
    if (text === '') return { feature, value: text, message: `The record identifier ${feature} is empty.` };
    if (text.length * MAX_BYTES_PER_UNIT <= MAX_IDENTIFIER_BYTES || Buffer.byteLength(text) <= MAX_IDENTIFIER_BYTES)
      return value;
    const message = `The record identifier ${feature} has ${Buffer.byteLength(text)} bytes; the service takes at most ${MAX_IDENTIFIER_BYTES}.`;
    return { feature, value: clip(text), message };
  };
}

function unknownColumns(group: FeatureGroup, options: ShapeOptions): (column: string) => Problem | undefined {
  const told = new Set<string>();
  return (column) => {
    if (!options.ignoreUnknown) return { feature: column, message: unknownFeature(column, group) };
    if (!told.has(column)) options.onUnknown?.(column);
    told.add(column);
    return undefined;
  };
}

/** `Feature group g has no feature X. Did you mean Y?` */
export function unknownFeature(name: string, group: FeatureGroup): string {
  const names = group.features.map((feature) => feature.name);
  return `Feature group ${group.name} has no feature ${clip(name)}.${didYouMean(name, names)}`;
}

function withDuplicates(json: string, problems: Problem[] | undefined): Problem[] | undefined {
  const seen = new Set<string | undefined>();
  for (const { FeatureName: feature } of featureValues(json)) {
    if (seen.has(feature))
      (problems ??= []).push({ feature, message: `Feature ${feature} is given by two columns of the row.` });
    seen.add(feature);
  }
  return problems;
}

function withTooLarge(json: string, problems: Problem[] | undefined): Problem[] | undefined {
  const bytes = recordBytes(featureValues(json));
  if (bytes <= MAX_RECORD_BYTES) return problems;
  return [
    ...(problems ?? []),
    { message: `The record has ${bytes} bytes; the service takes at most ${MAX_RECORD_BYTES} (350 KB).` },
  ];
}

/** The event time of rows that have none, where that is wanted. */
function filledEventTime(group: FeatureGroup, now: Date | undefined) {
  const feature = group.features.find(({ name }) => name === group.eventTime);
  return feature && now && { openings: openingsOf(feature.name), time: nowAs(eventTimeType(feature), now) };
}

interface Unfinished extends Pick<ShapedRecord, 'json'>, Partial<Pick<ShapedRecord, 'identifier' | 'eventTime'>> {
  problems: Problem[] | undefined;
}

/** Says what is missing or wrong; an event time that was filled in is not. */
function missingValues(group: FeatureGroup, filled: string | undefined) {
  return ({ json, identifier, eventTime, problems = [] }: Unfinished): ShapedRecord | Problem[] => {
    const wrong = new Set(problems.map((problem) => problem.feature));
    const lacks = (name: string, role: string) => {
      if (!wrong.has(name)) problems.push({ feature: name, message: `The ${role} ${name} is missing.` });
    };
    if (identifier === undefined) lacks(group.recordIdentifier, 'record identifier');
    if (eventTime === undefined && filled === undefined) lacks(group.eventTime, 'event time');
    if (problems.length > 0) return problems;
    if (eventTime !== undefined) return { json, identifier: identifier!, eventTime };
    return { json, identifier: identifier!, eventTime: filled!, filledEventTime: true };
  };
}
