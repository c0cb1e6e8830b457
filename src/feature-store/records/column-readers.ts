/** The columns of an input and the features that they feed: how each cell is read. Pure. */
import { UsageError } from '../../errors.js';
import { didYouMean } from '../../utils/nearest.js';
import type { FeatureDefinition, FeatureGroup } from '../groups/describe.js';
import { cellReader, clip, roundedNumber, type CellReader } from './cells.js';
import type { Conversions } from './conversions.js';
import { isPlain, openingsOf, type Openings } from './record-json.js';
import { ruleOf, type Problem } from './rules.js';

/** A record identifier is at most 2 KB. https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-quotas.html */
export const MAX_IDENTIFIER_BYTES = 2 * 1024;
/** UTF-8 never takes more for one UTF-16 unit, so most values are known to fit without being encoded. */
export const MAX_BYTES_PER_UNIT = 3;

export interface ColumnReader {
  feature: string;
  role: 'identifier' | 'eventTime' | 'feature';
  nameUnits: number;
  openings: Openings;
  /** A text that is a value as it stands, as JSON has it between quotes; undefined where only `read` can tell. */
  quotable(text: string): string | undefined;
  read: CellReader;
}

/**
 * Readers by the name of their column.
 * @param map column → the feature that it feeds, besides the column of the feature's own name
 * @throws UsageError for a feature that the group lacks, or one that two columns are to feed
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
  // No number and no event time holds what JSON escapes, and any text without that is a String.
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

/** What is wrong with an identifier that is a text, if anything. */
export function identifierProblem(feature: string, text: string): string | undefined {
  if (text === '') return `The record identifier ${feature} is empty.`;
  if (text.length * MAX_BYTES_PER_UNIT <= MAX_IDENTIFIER_BYTES) return undefined;
  const bytes = Buffer.byteLength(text);
  if (bytes <= MAX_IDENTIFIER_BYTES) return undefined;
  return `The record identifier ${feature} has ${bytes} bytes; the service takes at most ${MAX_IDENTIFIER_BYTES}.`;
}

/** A number that is not its own text identifies nothing: NaN, an infinity, or one that may have been rounded. */
export function numberProblem(feature: string, cell: number): Problem {
  if (Number.isFinite(cell)) return roundedNumber(feature, cell);
  return { feature, value: String(cell), message: `The record identifier ${feature} is ${cell}.` };
}

/** `Feature group g has no feature X. Did you mean Y?` */
export function unknownFeature(name: string, group: FeatureGroup): string {
  const names = group.features.map((feature) => feature.name);
  return `Feature group ${group.name} has no feature ${clip(name)}.${didYouMean(name, names)}`;
}
