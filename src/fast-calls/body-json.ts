/**
 * The JSON of records, put together by hand: names are few and known, and most values need no escape. JSON.stringify takes
 * twice as long, and was a sixth of the CPU of a bulk run.
 */
import type {
  BatchWriteRecordCommandInput,
  BatchWriteRecordEntry,
  FeatureValue,
  PutRecordCommandInput,
} from '@aws-sdk/client-sagemaker-featurestore-runtime';

/** Quotes, backslashes and controls are escaped in JSON; half characters are what only JSON.stringify writes as ASCII. */
// eslint-disable-next-line no-control-regex
const NEEDS_ESCAPE = /["\\\u0000-\u001f\ud800-\udfff]/;

/** `{"Entries":[…],"TtlDuration":…}` */
export function batchWriteJson({ Entries = [], TtlDuration }: BatchWriteRecordCommandInput): string {
  let json = '{"Entries":[';
  for (let index = 0; index < Entries.length; index += 1) json += (index === 0 ? '' : ',') + entryJson(Entries[index]!);
  return `${json}]${optional('TtlDuration', TtlDuration)}}`;
}

/** The body of PutRecord, whose group is named in the path. */
export function putJson({ Record = [], TargetStores, TtlDuration }: PutRecordCommandInput): string {
  return `{"Record":${recordJson(Record)}${optional('TargetStores', TargetStores)}${optional('TtlDuration', TtlDuration)}}`;
}

function entryJson({ FeatureGroupName = '', Record = [], TargetStores, TtlDuration }: BatchWriteRecordEntry): string {
  const optionals = optional('TargetStores', TargetStores) + optional('TtlDuration', TtlDuration);
  return `{"FeatureGroupName":"${escaped(FeatureGroupName)}","Record":${recordJson(Record)}${optionals}}`;
}

function optional(name: string, value: object | undefined): string {
  return value === undefined ? '' : `,"${name}":${JSON.stringify(value)}`;
}

function recordJson(record: FeatureValue[]): string {
  let json = '';
  for (let index = 0; index < record.length; index += 1) {
    const { FeatureName: name = '', ValueAsString: text, ValueAsStringList: list } = record[index]!;
    if (text === undefined || list !== undefined) return JSON.stringify(record);
    // Few and long pieces: each `+` is an object for the garbage collector, and one more to put together in the end.
    json += openingOf(name, index) + escaped(text);
  }
  return record.length === 0 ? '[]' : `${json}"}]`;
}

/** The names at each place of the last record, most often those of the next one, and what stands before their values. */
const names: string[] = [];
const openings: string[] = [];

function openingOf(name: string, index: number): string {
  if (names[index] !== name) {
    names[index] = name;
    openings[index] = `${index === 0 ? '[' : '"},'}{"FeatureName":${JSON.stringify(name)},"ValueAsString":"`;
  }
  return openings[index]!;
}

function escaped(text: string): string {
  return NEEDS_ESCAPE.test(text) ? JSON.stringify(text).slice(1, -1) : text;
}
