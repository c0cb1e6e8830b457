/** One cell of a row → the value of one feature: text, or a collection's list. Pure. */
import type { FeatureValue } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { parseExact, type Cell } from '../../utils/json.js';
import type { FeatureDefinition } from '../groups/describe.js';
import { ruleOf } from './rules.js';
import type { Problem } from './shape.js';

/** Characters of a wrong value that a message shows. */
const MAX_SHOWN = 60;

/** The reader of one feature's cells, built once for a group: it is called for every value. */
export function cellReader(
  feature: FeatureDefinition,
  eventTimeFeature: string,
): (cell: Cell) => FeatureValue | Problem {
  return feature.collection ? collectionReader(feature) : scalarReader(feature, eventTimeFeature);
}

/** A text short enough to show in a message. */
export function clip(text: string): string {
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`;
}

function scalarReader(feature: FeatureDefinition, eventTimeFeature: string) {
  const { fits, expected } = ruleOf(feature, eventTimeFeature);
  const FeatureName = feature.name;
  return (cell: Cell): FeatureValue | Problem => {
    const text = textOf(cell, feature);
    if (text !== undefined && fits(text)) return { FeatureName, ValueAsString: text };
    return typeof cell === 'number' && feature.type === 'Integral'
      ? roundedNumber(FeatureName, cell)
      : wrongValue(FeatureName, cell, expected);
  };
}

/**
 * Numbers are text already, but for those that may have been rounded, which no whole number is made of; a boolean has a text
 * only where text is wanted.
 */
function textOf(cell: Cell, feature: FeatureDefinition): string | undefined {
  if (typeof cell === 'string') return cell;
  if (typeof cell === 'number') return feature.type === 'Integral' || !Number.isFinite(cell) ? undefined : String(cell);
  return typeof cell === 'boolean' && feature.type === 'String' ? String(cell) : undefined;
}

function collectionReader(feature: FeatureDefinition) {
  const { fits, expected } = ruleOf(feature, '');
  const { name: FeatureName, collection, dimension } = feature;
  const list = `a ${collection} (a JSON array${dimension === undefined ? '' : ` of ${dimension} elements`})`;
  return (cell: Cell): FeatureValue | Problem => {
    const elements = elementsOf(cell);
    if (!elements) return wrongValue(FeatureName, cell, list);
    if (collection === 'Vector' && dimension !== undefined && elements.length !== dimension) {
      const message = `Feature ${FeatureName}: the Vector has ${elements.length} elements; the feature group takes exactly ${dimension}.`;
      return { feature: FeatureName, value: show(cell), expected: list, message };
    }
    const texts: string[] = [];
    for (const element of elements) {
      const text = textOf(element, feature);
      if (text === undefined || !fits(text))
        return wrongValue(FeatureName, element, `${expected}, as every element must be`);
      texts.push(text);
    }
    return { FeatureName, ValueAsStringList: texts };
  };
}

/** CSV has no arrays: there, a collection is the text of a JSON array. */
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

/** A floating-point number that may stand for any of several whole numbers. */
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
