/** The size of a record, and its write units. Pure. */
import type { FeatureValue } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { featureValues } from './record-json.js';

/** Bytes per write unit. https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-throughput-mode.html */
export const BYTES_PER_WRITE_UNIT = 1024;

/**
 * Size of a record for limits and units. AWS does not document the formula; as in DynamoDB, we count the UTF-8 bytes of
 * names and values, which is an estimate.
 */
export function recordBytes(record: FeatureValue[]): number {
  let bytes = 0;
  for (const { FeatureName, ValueAsString, ValueAsStringList } of record) {
    bytes += Buffer.byteLength(FeatureName ?? '') + Buffer.byteLength(ValueAsString ?? '');
    for (const element of ValueAsStringList ?? []) bytes += Buffer.byteLength(element);
  }
  return bytes;
}

/** Write units of a write of this size: at least one. */
export function writeUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / BYTES_PER_WRITE_UNIT));
}

/** UTF-8 bytes per UTF-16 code unit, at most, so that most values are known to fit without encoding them. */
export const MAX_BYTES_PER_UNIT = 3;

/** Write units of an item. Its JSON is longer than the record, so a short one need not be parsed. */
export function writeUnitsOf({ json, deletion }: { json: string; deletion?: boolean }): number {
  if (deletion || json.length * MAX_BYTES_PER_UNIT <= BYTES_PER_WRITE_UNIT) return 1;
  if (Buffer.byteLength(json) <= BYTES_PER_WRITE_UNIT) return 1;
  return writeUnits(recordBytes(featureValues(json)));
}

/** Bytes per read unit. https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-throughput-mode.html */
export const BYTES_PER_READ_UNIT = 4096;

/** Read units of a record; a short one need not be measured in bytes. */
export function readUnitsOf(record: FeatureValue[]): number {
  let characters = 0;
  for (const { FeatureName = '', ValueAsString = '', ValueAsStringList } of record)
    characters += ValueAsStringList ? Infinity : FeatureName.length + ValueAsString.length;
  if (characters * MAX_BYTES_PER_UNIT <= BYTES_PER_READ_UNIT) return 1;
  return Math.max(1, Math.ceil(recordBytes(record) / BYTES_PER_READ_UNIT));
}

/** Limit of a record: 350 KB. https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-quotas.html */
export const MAX_RECORD_BYTES = 350 * 1024;
