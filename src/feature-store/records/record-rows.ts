/** Records of the service → rows to print, with their columns. Pure. */
import type { FeatureValue } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { UsageError } from '../../errors.js';
import type { OutputColumn } from '../../files/output-rows.js';
import { setCell, type Row } from '../../utils/json.js';
import type { FeatureGroup, FeatureType } from '../groups/describe.js';
import { unknownFeature } from './column-readers.js';

type TypedValue = string | number | (string | number)[];
/** A row with JavaScript numbers where that is lossless. */
export type TypedRow = Record<string, TypedValue>;

/** Values as stored: text, or a list of text for a collection. */
export function fromRecord(record: FeatureValue[]): Row {
  const row: Row = {};
  for (const { FeatureName, ValueAsString, ValueAsStringList } of record) {
    const value = ValueAsString ?? ValueAsStringList;
    if (FeatureName !== undefined && value !== undefined) setCell(row, FeatureName, value);
  }
  return row;
}

/** The event time of a record, as stored. */
export function eventTimeIn(record: FeatureValue[], { eventTime }: FeatureGroup): string | undefined {
  return record.find(({ FeatureName }) => FeatureName === eventTime)?.ValueAsString;
}

/** As `fromRecord`, with typed values. */
export function typedRecord(record: FeatureValue[], group: FeatureGroup): TypedRow {
  return typedRow(fromRecord(record), group);
}

/** Integral and Fractional values as numbers, unless a double would change them: `007` and 2^63-1 stay text. */
export function typedRow(row: Row, group: FeatureGroup): TypedRow {
  const types = new Map(group.features.map(({ name, type }) => [name, type]));
  const typed = Object.entries(row).map(([name, value]) => {
    const toNumber = TO_NUMBER[types.get(name) ?? 'String'];
    return [name, Array.isArray(value) ? (value as string[]).map(toNumber) : toNumber(value as string)] as const;
  });
  return Object.fromEntries(typed);
}

const TO_NUMBER: Record<FeatureType, (text: string) => string | number> = {
  String: (text) => text,
  Integral: (text) => (/^-?(?:0|[1-9]\d*)$/.test(text) && String(Number(text)) === text ? Number(text) : text),
  Fractional: (text) =>
    Number.isFinite(Number(text)) && sameDecimal(text, String(Number(text))) ? Number(text) : text,
};

/** Whether two decimals are exactly equal: `1.50` and `1.5`, `1e3` and `1000`. */
function sameDecimal(a: string, b: string): boolean {
  return canonical(a) === canonical(b);
}

/** Significant digits, and the exponent. */
function canonical(decimal: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(
    decimal,
  ) ?? [decimal];
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return sign === '-' ? '-0' : '0';
  return `${sign === '-' ? '-' : ''}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}

const KINDS: Record<FeatureType, OutputColumn['kind']> = {
  String: 'text',
  Integral: 'integer',
  Fractional: 'decimal',
};

/**
 * @param featureNames by default all; identifier and event time are always included, so that the rows can be written
 * again
 * @throws UsageError for an unknown feature
 */
export function outputColumns(group: FeatureGroup, featureNames?: string[]): OutputColumn[] {
  const features = new Map(group.features.map((feature) => [feature.name, feature]));
  const names = new Set(featureNames ? [group.recordIdentifier, group.eventTime, ...featureNames] : features.keys());
  return [...names].map((name) => {
    const feature = features.get(name);
    if (!feature) throw new UsageError(unknownFeature(name, group));
    return { name, kind: KINDS[feature.type], list: feature.collection !== undefined };
  });
}
