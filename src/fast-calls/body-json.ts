/** Bodies of write calls. Records may be JSON already: to parse and serialize them again would be most of the CPU. */
import type {
  BatchWriteRecordCommandInput,
  BatchWriteRecordEntry,
  FeatureValue,
  PutRecordCommandInput,
  TargetStore,
  TtlDuration,
} from '@aws-sdk/client-sagemaker-featurestore-runtime';

interface Destination {
  FeatureGroupName: string;
  TargetStores?: TargetStore[];
  TtlDuration?: TtlDuration;
}

/**
 * Input of PutRecord, and of entries of BatchWriteRecord, whose record is JSON already. Hot calls send the text as it is; for the SDK, which needs values, it is parsed.
 */
export class RecordInput implements BatchWriteRecordEntry {
  readonly FeatureGroupName: string;
  readonly TargetStores: TargetStore[] | undefined;
  readonly TtlDuration: TtlDuration | undefined;
  /** `[{"FeatureName":"id","ValueAsString":"7"},…]` */
  readonly json: string;

  constructor(json: string, { FeatureGroupName, TargetStores, TtlDuration }: Destination) {
    this.FeatureGroupName = FeatureGroupName;
    this.json = json;
    this.TargetStores = TargetStores;
    this.TtlDuration = TtlDuration;
  }

  get Record(): FeatureValue[] {
    return JSON.parse(this.json) as FeatureValue[];
  }
}

/** `{"Entries":[…],"TtlDuration":…}` */
export function batchWriteJson({ Entries = [], TtlDuration }: BatchWriteRecordCommandInput): string {
  let json = '{"Entries":[';
  for (let index = 0; index < Entries.length; index += 1) json += (index === 0 ? '' : ',') + entryJson(Entries[index]!);
  return `${json}]${optional('TtlDuration', TtlDuration)}}`;
}

/** The body of PutRecord; the group is in the path. */
export function putJson(input: PutRecordCommandInput | RecordInput): string {
  return `{"Record":${recordJson(input)}${optionals(input)}}`;
}

function entryJson(entry: BatchWriteRecordEntry | RecordInput): string {
  return `{"FeatureGroupName":${nameJson(entry.FeatureGroupName)},"Record":${recordJson(entry)}${optionals(entry)}}`;
}

function recordJson(input: PutRecordCommandInput | BatchWriteRecordEntry | RecordInput): string {
  return input instanceof RecordInput ? input.json : JSON.stringify(input.Record ?? []);
}

function optionals({ TargetStores, TtlDuration }: Pick<BatchWriteRecordEntry, 'TargetStores' | 'TtlDuration'>): string {
  return optional('TargetStores', TargetStores) + optional('TtlDuration', TtlDuration);
}

function optional(name: string, value: object | undefined): string {
  return value === undefined ? '' : `,"${name}":${JSON.stringify(value)}`;
}

/** The last name, which is most often that of the next call, too. */
let named = { name: '', json: '""' };

function nameJson(name = ''): string {
  if (named.name !== name) named = { name, json: JSON.stringify(name) };
  return named.json;
}
