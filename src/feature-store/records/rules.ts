/** The valid values of each feature type. Pure. */
import type { FeatureDefinition, FeatureType } from '../groups/describe.js';
import { isEventTime, type EventTimeType } from './event-time.js';

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

const MIN_INTEGRAL = -(2n ** 63n);
const MAX_INTEGRAL = 2n ** 63n - 1n;
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

/** Descriptions of event times, by type. */
export const EXPECTED_EVENT_TIME: Record<EventTimeType, string> = {
  String: 'an event time (ISO-8601 in UTC, such as 2026-01-31T12:00:00Z or 2026-01-31T12:00:00.123Z)',
  Fractional: 'an event time (Unix seconds such as 1767225600.5)',
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
  return { fits: (text: string) => isEventTime(text, type), expected: EXPECTED_EVENT_TIME[type] };
}

/** The type of an event-time feature: ISO-8601 in String, Unix seconds in Fractional; the service allows no other. */
export function eventTimeType(feature: FeatureDefinition): EventTimeType {
  return feature.type === 'Fractional' ? 'Fractional' : 'String';
}

function isInt64(value: bigint): boolean {
  return value >= MIN_INTEGRAL && value <= MAX_INTEGRAL;
}
