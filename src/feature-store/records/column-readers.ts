/** Maps the columns of an input to features, with a reader for their cells. Pure. */
import { UsageError } from '../../errors.js';
import { cellOf } from '../../utils/json.js';
import { didYouMean, nearest } from '../../utils/nearest.js';
import { clip } from '../../utils/quantities.js';
import type { FeatureDefinition, FeatureGroup } from '../groups/describe.js';
import { cellReader, roundedNumber, type CellReader } from './cells.js';
import type { Conversions } from './conversions.js';
import { isPlain, openingsOf, type Openings } from './record-json.js';
import { ruleOf, type Problem } from './rules.js';
import { MAX_BYTES_PER_UNIT } from './size.js';

/** Limit of an identifier: 2 KB. https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-quotas.html */
export const MAX_IDENTIFIER_BYTES = 2 * 1024;

export interface ColumnReader {
  feature: string;
  role: 'identifier' | 'eventTime' | 'feature';
  nameUnits: number;
  openings: Openings;
  /** The JSON string content of a text that is valid as it is; undefined where `read` has to decide. */
  quotable(text: string): string | undefined;
  read: CellReader;
}

/**
 * Readers by column name.
 * @param map column → feature, in addition to columns named like their feature
 * @throws UsageError for an unknown feature, or one fed by two columns
 */
export function readersByColumn(
  group: FeatureGroup,
  map: Record<string, string>,
  conversions?: Conversions,
): Map<string, ColumnReader> {
  const readers = new Map(group.features.map((feature) => [feature.name, columnReader(feature, group, conversions)]));
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

function columnReader(feature: FeatureDefinition, group: FeatureGroup, conversions?: Conversions): ColumnReader {
  const { name } = feature;
  const role = name === group.recordIdentifier ? 'identifier' : name === group.eventTime ? 'eventTime' : 'feature';
  const read = cellReader(feature, group.eventTime, conversions);
  return {
    feature: name,
    role,
    nameUnits: name.length,
    openings: openingsOf(name),
    quotable: quotableText(feature, role, { group, conversions }),
    read: role === 'identifier' ? checkedIdentifier(name, read) : read,
  };
}

function quotableText(
  feature: FeatureDefinition,
  role: ColumnReader['role'],
  { group, conversions }: { group: FeatureGroup; conversions?: Conversions },
): ColumnReader['quotable'] {
  const isTimeInUnits = role === 'eventTime' && conversions?.eventTimeUnit !== undefined;
  if (feature.collection || conversions?.nullValues || isTimeInUnits) return () => undefined;
  // Valid numbers and event times contain nothing that JSON escapes, and any plain text is a valid String.
  const fits = feature.type === 'String' && role !== 'eventTime' ? isPlain : ruleOf(feature, group.eventTime).fits;
  if (role !== 'identifier') return (text) => (fits(text) ? text : undefined);
  const isShort = (text: string) => text !== '' && text.length * MAX_BYTES_PER_UNIT <= MAX_IDENTIFIER_BYTES;
  return (text) => (isShort(text) && fits(text) ? text : undefined);
}

function checkedIdentifier(feature: string, read: ColumnReader['read']): ColumnReader['read'] {
  return (cell) => {
    if (typeof cell === 'number') return numberProblem(feature, cell);
    const value = read(cell);
    if (value === undefined) return undefined;
    const text = 'message' in value ? undefined : value.ValueAsString;
    const message = text === undefined ? undefined : identifierProblem(feature, text);
    return message === undefined ? value : { feature, value: clip(text!), message };
  };
}

/** Reads identifiers as those of rows to write, without conversions: no record can have any other. */
export function identifierCellReader(group: FeatureGroup): CellReader {
  const feature = group.features.find(({ name }) => name === group.recordIdentifier)!;
  return columnReader(feature, group).read;
}

/** @throws UsageError for a text that no record of the group can have as its identifier */
export function checkIdentifier(group: FeatureGroup, identifier: string): void {
  const value = identifierCellReader(group)(identifier);
  if (value && 'message' in value)
    throw new UsageError(`${value.message} No record of ${group.name} has such an identifier.`);
}

/** The problem with a text identifier, if any. */
function identifierProblem(feature: string, text: string): string | undefined {
  if (text === '') return `The record identifier ${feature} is empty.`;
  if (text.length * MAX_BYTES_PER_UNIT <= MAX_IDENTIFIER_BYTES) return undefined;
  const bytes = Buffer.byteLength(text);
  if (bytes <= MAX_IDENTIFIER_BYTES) return undefined;
  return `The record identifier ${feature} has ${bytes} bytes; the service takes at most ${MAX_IDENTIFIER_BYTES}.`;
}

/** The problem with NaN, an infinity, or a possibly rounded number as identifier. */
function numberProblem(feature: string, cell: number): Problem {
  if (Number.isFinite(cell)) return roundedNumber(feature, cell);
  return { feature, value: String(cell), message: `The record identifier ${feature} is ${cell}.` };
}

/**
 * What is said of columns that an option names and the file lacks.
 * @param map column → feature, where the option may name the feature by mistake
 */
export function absentColumns(
  option: string,
  said: Record<string, string>,
  { present, map = {} }: { present: string[]; map?: Record<string, string> },
): string[] {
  return Object.keys(said)
    .filter((column) => !present.includes(column))
    .map((column) => {
      const near = present.find((each) => cellOf(map, each) === column) ?? nearest(column, present);
      return `${option} ${column}=${said[column]}: there is no column ${column}${near === undefined ? '' : ` (did you mean ${near}?)`}`;
    });
}

/** `Feature group g has no feature X. Did you mean Y?` */
export function unknownFeature(name: string, group: FeatureGroup): string {
  const names = group.features.map((feature) => feature.name);
  return `Feature group ${group.name} has no feature ${clip(name)}.${didYouMean(name, names)}`;
}
