/**
 * Builds the JSON of records for the service: `[{"FeatureName":"id","ValueAsString":"7"},…]`. Built while a row is
 * checked, when it is known what needs escaping; a queued record is then one string instead of twenty objects. Pure.
 */
import type { FeatureValue } from '@aws-sdk/client-sagemaker-featurestore-runtime';

/** Quotes, backslashes and controls are escaped in JSON; half characters are what only JSON.stringify writes as ASCII. */
// eslint-disable-next-line no-control-regex
const NEEDS_ESCAPE = /["\\\u0000-\u001f\ud800-\udfff]/;

/** What the record ends with so far, which determines the separator before the next value. */
const NOTHING = 0;
const TEXT = 1;
const LIST = 2;
const SEPARATORS = ['[', '"},', '},'];
const CLOSINGS = ['[]', '"}]', '}]'];

/** Prefixes of the values of a feature, by what the record ends with. */
export interface Openings {
  text: string[];
  list: string[];
}

/** Writes records, one after another. */
export function openRecordJson() {
  let json = '';
  let last = NOTHING;
  return {
    /** Starts a new record. */
    begin(): void {
      json = '';
      last = NOTHING;
    },
    /** @param escaped the content of a JSON string */
    text(openings: Openings, escaped: string): void {
      // Few, long pieces: each `+` allocates.
      json += openings.text[last]! + escaped;
      last = TEXT;
    },
    list(openings: Openings, elements: string[]): void {
      json += openings.list[last]! + JSON.stringify(elements);
      last = LIST;
    },
    /** The finished record. */
    end: () => flat(last === NOTHING ? CLOSINGS[NOTHING]! : json + CLOSINGS[last]!),
  };
}

export function openingsOf(feature: string): Openings {
  const name = `{"FeatureName":${JSON.stringify(feature)}`;
  return {
    text: SEPARATORS.map((separator) => `${separator}${name},"ValueAsString":"`),
    list: SEPARATORS.map((separator) => `${separator}${name},"ValueAsStringList":`),
  };
}

/** Whether a text needs no escaping in JSON; it has no lone surrogates then. */
export function isPlain(text: string): boolean {
  return !NEEDS_ESCAPE.test(text);
}

export function escaped(text: string): string {
  return isPlain(text) ? text : JSON.stringify(text).slice(1, -1);
}

/** Parses the JSON of a record. */
export function featureValues(json: string): FeatureValue[] {
  return JSON.parse(json) as FeatureValue[];
}

/** Concatenation yields a rope; flatten it, or all its pieces stay in memory until the record is sent. */
function flat(text: string): string {
  text.charCodeAt(0);
  return text;
}
