/**
 * Records as the JSON that the service takes: `[{"FeatureName":"id","ValueAsString":"7"},…]`. It is put together while a row
 * is checked, for then it is known what has to be escaped, and what waits to be sent is one text instead of twenty objects.
 * Pure.
 */
import type { FeatureValue } from '@aws-sdk/client-sagemaker-featurestore-runtime';

/** Quotes, backslashes and controls are escaped in JSON; half characters are what only JSON.stringify writes as ASCII. */
// eslint-disable-next-line no-control-regex
const NEEDS_ESCAPE = /["\\\u0000-\u001f\ud800-\udfff]/;

/** What a record ends with so far: it decides what stands between that and the next value. */
const NOTHING = 0;
const TEXT = 1;
const LIST = 2;
const SEPARATORS = ['[', '"},', '},'];
const CLOSINGS = ['[]', '"}]', '}]'];

/** What stands before the values of one feature, by what the record ends with so far. */
export interface Openings {
  text: string[];
  list: string[];
}

export interface RecordJson {
  /** Forgets what there is of a record. */
  begin(): void;
  /** @param escaped as it stands between quotes in JSON */
  text(openings: Openings, escaped: string): void;
  list(openings: Openings, elements: string[]): void;
  /** The record as it stands. */
  end(): string;
}

/** Writes one record after another. */
export function openRecordJson(): RecordJson {
  let json = '';
  let last = NOTHING;
  return {
    begin() {
      json = '';
      last = NOTHING;
    },
    text(openings, escaped) {
      // Few and long pieces: each `+` is an object for the garbage collector.
      json += openings.text[last]! + escaped;
      last = TEXT;
    },
    list(openings, elements) {
      json += openings.list[last]! + JSON.stringify(elements);
      last = LIST;
    },
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

/** Whether a text stands in JSON as it is; it has no half of a character then. */
export function isPlain(text: string): boolean {
  return !NEEDS_ESCAPE.test(text);
}

export function escaped(text: string): string {
  return isPlain(text) ? text : JSON.stringify(text).slice(1, -1);
}

/** The values that the JSON of a record stands for. */
export function featureValues(json: string): FeatureValue[] {
  return JSON.parse(json) as FeatureValue[];
}

/** A text that was added up is a tree of pieces until one looks into it, and they all would wait, too, to be sent. */
function flat(text: string): string {
  text.charCodeAt(0);
  return text;
}
