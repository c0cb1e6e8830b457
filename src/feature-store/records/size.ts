/** How large a record is, and what writing it costs in write units. Pure. */
import type { FeatureValue } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { featureValues } from './record-json.js';

/** One write request unit covers this many bytes. https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-throughput-mode.html */
export const BYTES_PER_WRITE_UNIT = 1024;

/**
 * Bytes of a record as they count for limits and units. AWS does not publish the formula; as in DynamoDB, it is taken
 * for the UTF-8 bytes of names and values, so treat it as an estimate.
 */
export function recordBytes(record: FeatureValue[]): number {
  let bytes = 0;
  for (const { FeatureName, ValueAsString, ValueAsStringList } of record) {
    bytes += Buffer.byteLength(FeatureName ?? '') + Buffer.byteLength(ValueAsString ?? '');
    for (const element of ValueAsStringList ?? []) bytes += Buffer.byteLength(element);
  }
  return bytes;
}

/** Write units that one write of so many bytes takes: at least one. */
export function writeUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / BYTES_PER_WRITE_UNIT));
}

/** UTF-8 bytes that a character of a text takes at most. */
const MAX_BYTES_PER_CHARACTER = 3;

/** Write units of a record on its way; its JSON is longer than it, so that a short one need not be looked into. */
export function writeUnitsOf({ json, deletion }: { json: string; deletion?: boolean }): number {
  if (deletion || json.length * MAX_BYTES_PER_CHARACTER <= BYTES_PER_WRITE_UNIT) return 1;
  if (Buffer.byteLength(json) <= BYTES_PER_WRITE_UNIT) return 1;
  return writeUnits(recordBytes(featureValues(json)));
}

/** One read request unit covers this many bytes. https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-throughput-mode.html */
export const BYTES_PER_READ_UNIT = 4096;

/** Read units of a record that was read; a short one need not be measured in bytes. */
export function readUnitsOf(record: FeatureValue[]): number {
  let characters = 0;
  for (const { FeatureName = '', ValueAsString = '', ValueAsStringList } of record)
    characters += ValueAsStringList ? Infinity : FeatureName.length + ValueAsString.length;
  if (characters * MAX_BYTES_PER_CHARACTER <= BYTES_PER_READ_UNIT) return 1;
  return Math.max(1, Math.ceil(recordBytes(record) / BYTES_PER_READ_UNIT));
}

/** A record is at most 350 KB. https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-quotas.html */
export const MAX_RECORD_BYTES = 350 * 1024;
