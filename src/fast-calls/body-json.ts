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
export function batchWriteJson({ Entries, ...rest }: BatchWriteRecordCommandInput): string {
  let entries = '';
  for (const entry of Entries ?? []) entries += entries === '' ? entryJson(entry) : `,${entryJson(entry)}`;
  return withRest(`"Entries":[${entries}]`, rest);
}

/** The body of PutRecord, whose group is named in the path. */
export function putJson({ FeatureGroupName: _name, Record = [], ...rest }: PutRecordCommandInput): string {
  return withRest(`"Record":${recordJson(Record)}`, rest);
}

function entryJson({ Record = [], ...rest }: BatchWriteRecordEntry): string {
  return withRest(`"Record":${recordJson(Record)}`, rest);
}

function withRest(members: string, rest: object): string {
  const json = JSON.stringify(rest);
  return json === '{}' ? `{${members}}` : `{${members},${json.slice(1)}`;
}

function recordJson(record: FeatureValue[]): string {
  let json = '[';
  for (let index = 0; index < record.length; index += 1) {
    const { FeatureName: name = '', ValueAsString: text, ValueAsStringList: list } = record[index]!;
    if (index > 0) json += ',';
    json += nameJson(name);
    if (text !== undefined) json += `,"ValueAsString":${textJson(text)}`;
    if (list !== undefined) json += `,"ValueAsStringList":${JSON.stringify(list)}`;
    json += '}';
  }
  return `${json}]`;
}

/** By feature name; a run meets those of its groups. */
const namesJson = new Map<string, string>();

function nameJson(name: string): string {
  let json = namesJson.get(name);
  if (json === undefined) namesJson.set(name, (json = `{"FeatureName":${JSON.stringify(name)}`));
  return json;
}

function textJson(text: string): string {
  return NEEDS_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`;
}
