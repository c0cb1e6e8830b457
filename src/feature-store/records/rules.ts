/** What a value of each feature type may look like. Pure. */
import type { FeatureDefinition, FeatureType } from '../groups/describe.js';
import { isEventTime, type EventTimeType } from './event-time.js';

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

const MIN_INTEGRAL = -(2n ** 63n);
const MAX_INTEGRAL = 2n ** 63n - 1n;
/** Any whole number of so many digits is within 64 bits. */
const SAFE_INTEGRAL_LENGTH = 18;
const INTEGRAL = /^[+-]?\d+$/;
const FRACTIONAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const WITHOUT_EXPONENT = /^[+-]?\d+(?:\.\d+)?$/;
/** Half of a character, which UTF-8 cannot hold: it would arrive as another one. */
const LONE_SURROGATE = /\p{Surrogate}/u;
/** Any decimal of so many characters without an exponent is a finite double. */
const SAFE_FRACTIONAL_LENGTH = 300;

/** What a type expects, in words that fit behind "is not". */
export const EXPECTED: Record<FeatureType, string> = {
  Integral: 'an Integral (a whole number from -2^63 to 2^63-1)',
  Fractional: 'a Fractional (a decimal number such as 3.5 or 1e-3, within the range of a double)',
  String: 'a String (text that UTF-8 can hold)',
};

/** What an event time of each type expects. */
export const EXPECTED_EVENT_TIME: Record<EventTimeType, string> = {
  String: 'an event time (ISO-8601 in UTC, such as 2026-01-31T12:00:00Z or 2026-01-31T12:00:00.123Z)',
  Fractional: 'an event time (Unix seconds such as 1767225600.5)',
};

/**
 * Whether the text is a value of the type: Integral is a signed 64-bit whole number, Fractional a finite IEEE 754 double in
 * decimal or scientific notation, String any text that UTF-8 can hold.
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

/** The check and the words for one feature; the event-time feature has its own. */
export function ruleOf(feature: FeatureDefinition, eventTimeFeature: string) {
  if (feature.name !== eventTimeFeature) return { fits: FITS[feature.type], expected: EXPECTED[feature.type] };
  const type = eventTimeType(feature);
  return { fits: (text: string) => isEventTime(text, type), expected: EXPECTED_EVENT_TIME[type] };
}

/** Event times are ISO-8601 in String features and Unix seconds in Fractional ones; the service allows no other type. */
export function eventTimeType(feature: FeatureDefinition): EventTimeType {
  return feature.type === 'Fractional' ? 'Fractional' : 'String';
}

function isInt64(value: bigint): boolean {
  return value >= MIN_INTEGRAL && value <= MAX_INTEGRAL;
}
