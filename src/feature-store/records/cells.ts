/** Converts a cell of a row to the value of a feature: text, or the list of a collection. Pure. */
import type { FeatureValue } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { parseExact, type Cell } from '../../utils/json.js';
import { clip } from '../../utils/quantities.js';
import { eventTimeType, type FeatureDefinition } from '../groups/describe.js';
import { numberConverter, timeConverter, type Conversions, type Converted, type Converter } from './conversions.js';
import { EXPECTED, ruleOf, type Problem } from './rules.js';

/** Returns the value, undefined where it is absent, or the problem. */
export type CellReader = (cell: Cell) => FeatureValue | Problem | undefined;

/** The reader for the cells of a feature; built once per group, called for every value. */
export function cellReader(
  feature: FeatureDefinition,
  eventTimeFeature: string,
  conversions?: Conversions,
): CellReader {
  const read = feature.collection
    ? collectionReader(feature, conversions)
    : scalarReader(feature, eventTimeFeature, conversions);
  if (!conversions?.nullValues) return read;
  return (cell) => {
    if (!conversions.isNull(cell)) return read(cell);
    conversions.add(feature.name, cell as string);
    return undefined;
  };
}

function scalarReader(feature: FeatureDefinition, eventTimeFeature: string, conversions?: Conversions): CellReader {
  const { fits, expected } = ruleOf(feature, eventTimeFeature);
  const FeatureName = feature.name;
  const isEventTime = FeatureName === eventTimeFeature;
  const convert = conversions && converterOf(feature, isEventTime, conversions);
  const mustConvert = isEventTime && conversions?.eventTimeUnit !== undefined;
  return (cell) => {
    const text = textOf(cell, feature);
    if (text !== undefined && fits(text) && !mustConvert) return { FeatureName, ValueAsString: text };
    const converted = convert?.(cell) ?? NOT_CONVERTED;
    if ('hint' in converted) {
      return typeof cell === 'number' && feature.type === 'Integral'
        ? roundedNumber(FeatureName, cell)
        : wrongValue(FeatureName, cell, withHint(expected, converted.hint));
    }
    if (conversions!.strict && converted.text !== text)
      return wrongValue(FeatureName, cell, withHint(expected, '--strict allows no conversion'));
    if (converted.text === null) {
      conversions!.add(FeatureName, shown(cell));
      return undefined;
    }
    if (converted.text !== text || typeof cell !== 'string') conversions!.add(FeatureName, shown(cell), converted.text);
    return { FeatureName, ValueAsString: converted.text };
  };
}

const NOT_CONVERTED: Converted = { hint: '' };
const withHint = (expected: string, hint: string) => (hint ? `${expected}: ${hint}` : expected);

/** Text is kept as it is; only numbers can be missing. */
function converterOf(feature: FeatureDefinition, isEventTime: boolean, conversions: Conversions): Converter {
  if (isEventTime) return timeConverter(eventTimeType(feature), conversions);
  return feature.type === 'String' ? leaveOutNaN : numberConverter(feature);
}

const leaveOutNaN: Converter = (cell) =>
  typeof cell === 'number' && Number.isNaN(cell) ? { text: null } : NOT_CONVERTED;

/** A cell as shown in the summary of conversions. */
const shown = (cell: Cell): string => clip(typeof cell === 'string' ? cell : show(cell));

/**
 * Numbers are text already, except those that may have been rounded, which never become integers; booleans become text
 * only for String features.
 */
function textOf(cell: Cell, feature: FeatureDefinition): string | undefined {
  if (typeof cell === 'string') return cell;
  if (typeof cell === 'number') return feature.type === 'Integral' || !Number.isFinite(cell) ? undefined : String(cell);
  return typeof cell === 'boolean' && feature.type === 'String' ? String(cell) : undefined;
}

function collectionReader(feature: FeatureDefinition, conversions?: Conversions): CellReader {
  const { name: FeatureName, collection, dimension } = feature;
  const readElement = scalarReader(feature, '', conversions);
  const list = `a ${collection} (a JSON array${dimension === undefined ? '' : ` of ${dimension} elements`})`;
  return (cell) => {
    const elements = elementsOf(cell);
    if (!elements) return wrongValue(FeatureName, cell, list);
    if (collection === 'Vector' && dimension !== undefined && elements.length !== dimension) {
      const message = `Feature ${FeatureName}: the Vector has ${elements.length} elements; the feature group takes exactly ${dimension}.`;
      return { feature: FeatureName, value: show(cell), expected: list, message };
    }
    const texts: string[] = [];
    for (const element of elements) {
      const read = readElement(element);
      // An element cannot be dropped, as the others would shift.
      if (read === undefined || 'message' in read)
        return wrongValue(FeatureName, element, `${EXPECTED[feature.type]}, as every element must be`);
      texts.push(read.ValueAsString!);
    }
    return { FeatureName, ValueAsStringList: texts };
  };
}

/** CSV has no arrays, so a collection is JSON text there. */
function elementsOf(cell: Cell): Cell[] | undefined {
  if (Array.isArray(cell)) return cell;
  if (typeof cell !== 'string' || !/^\s*\[/.test(cell)) return undefined;
  try {
    const parsed = parseExact(cell);
    return Array.isArray(parsed) ? parsed : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function wrongValue(feature: string, cell: Cell, expected: string): Problem {
  const value = show(cell);
  return { feature, value, expected, message: `Feature ${feature}: ${value} is not ${expected}.` };
}

/** A float so large that it may stand for several integers. */
export function roundedNumber(feature: string, cell: number): Problem {
  const value = show(cell);
  const expected = Number.isFinite(cell)
    ? 'known to the last digit: the file keeps it as a floating-point number, which rounds whole numbers of this size'
    : 'a whole number';
  return { feature, value, expected, message: `Feature ${feature}: ${value} is not ${expected}.` };
}

function show(cell: Cell): string {
  return clip(typeof cell === 'number' ? String(cell) : JSON.stringify(cell));
}
