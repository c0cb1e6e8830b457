/** The valid values of each feature type, and which of them are equal. Pure. */
import { isInt64, parseExact, type Cell } from '../../utils/json.js';
import { eventTimeType, type FeatureDefinition, type FeatureGroup, type FeatureType } from '../groups/describe.js';
import { eventTimeForm, isEventTime } from './event-time.js';

/** Why a row is not a valid record. */
export interface Problem {
  /** Feature or column. */
  feature?: string;
  /** The value, clipped. */
  value?: string;
  /** The expected value. */
  expected?: string;
  /** The whole problem as a sentence. */
  message: string;
}

/** Any integer of this many digits fits in 64 bits. */
const SAFE_INTEGRAL_LENGTH = 18;
const INTEGRAL = /^[+-]?\d+$/;
const FRACTIONAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const WITHOUT_EXPONENT = /^[+-]?\d+(?:\.\d+)?$/;
/** Lone surrogates cannot be encoded in UTF-8, and would arrive as another character. */
const LONE_SURROGATE = /\p{Surrogate}/u;
/** Any decimal of this many characters without an exponent is a finite double. */
const SAFE_FRACTIONAL_LENGTH = 300;

/** Descriptions of the types, to follow "is not". */
export const EXPECTED: Record<FeatureType, string> = {
  Integral: 'an Integral (a whole number from -2^63 to 2^63-1)',
  Fractional: 'a Fractional (a decimal number such as 3.5 or 1e-3, within the range of a double)',
  String: 'a String (text that UTF-8 can hold)',
};

/**
 * Validators by type: Integral is a signed 64-bit integer; Fractional a finite double in decimal or scientific
 * notation; String any text that UTF-8 can encode.
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-quotas.html
 */
export const FITS: Record<FeatureType, (text: string) => boolean> = {
  Integral: (text) =>
    INTEGRAL.test(text) && (text.length <= SAFE_INTEGRAL_LENGTH || isInt64(BigInt(text.replace('+', '')))),
  Fractional: (text) =>
    (text.length <= SAFE_FRACTIONAL_LENGTH && WITHOUT_EXPONENT.test(text)) ||
    (FRACTIONAL.test(text) && Number.isFinite(Number(text))),
  String: (text) => !LONE_SURROGATE.test(text),
};

/** The validator and description for a feature; the event-time feature has its own. */
export function ruleOf(feature: FeatureDefinition, eventTimeFeature: string) {
  if (feature.name !== eventTimeFeature) return { fits: FITS[feature.type], expected: EXPECTED[feature.type] };
  const type = eventTimeType(feature);
  return { fits: (text: string) => isEventTime(text, type), expected: eventTimeForm(type).expected };
}

/** A value as text, as the service has it. */
export const cellText = (cell: Cell): string => (typeof cell === 'string' ? cell : JSON.stringify(cell));

/** Equal values as equal text: numbers have several spellings, and a Set has no order. */
type Canonical = (text: string) => string;

const CANONICAL: Record<FeatureType, Canonical> = {
  String: (text) => text,
  /** `+7` equals 7; compared digit by digit. */
  Integral: (text) => (INTEGRAL.test(text) ? BigInt(text.replace('+', '')).toString() : text),
  /** As a double, as offline stores keep it: `1.0` is 1, `1e3` is 1000, `-0` is 0. */
  Fractional: (text) => (FRACTIONAL.test(text) ? String(Number(text) + 0) : text),
};

/** Compares two features as numbers if either is numeric, else as exact text. */
export function canonicalOf(a: FeatureDefinition, b = a): Canonical {
  const types = [a.type, b.type];
  return CANONICAL[types.includes('Fractional') ? 'Fractional' : types.includes('Integral') ? 'Integral' : 'String'];
}

/**
 * One text for all texts of an identifier. Whether `1` and `1.0` are one record depends on the store: the offline store keeps a
 * number, and for the online store they are two. Text that is no number stays as it is.
 * @param other another group whose identifiers may be written otherwise
 */
export function identifierKey(
  group: Pick<FeatureGroup, 'features' | 'recordIdentifier'>,
  other = group,
): (text: string) => string {
  const [own, others] = [group, other].map(({ features, recordIdentifier }) =>
    features.find(({ name }) => name === recordIdentifier)!,
  ) as [FeatureDefinition, FeatureDefinition];
  return own.type === 'String' ? CANONICAL.String : canonicalOf(own, others);
}

/** Reads the values of two features for a comparison; null is an absent one. */
export function comparable(feature: FeatureDefinition, other = feature): (cell: Cell | undefined) => string | null {
  const one = canonicalOf(feature, other);
  const read = feature.collection ? (cell: Cell) => listText(cell, one, feature) : (cell: Cell) => one(cellText(cell));
  return (cell) => (cell === null || cell === undefined ? null : read(cell));
}

/** Collections are lists online, and JSON text offline. */
function listText(cell: Cell, one: Canonical, { collection }: FeatureDefinition): string {
  const list = typeof cell === 'string' ? parseExact(cell) : cell;
  const elements = (Array.isArray(list) ? list : [list]).map((element) => one(cellText(element)));
  return JSON.stringify(collection === 'Set' ? [...new Set(elements)].sort() : elements);
}
