/** How large a record is, and what writing it costs in write units. Pure. */
import type { FeatureValue } from '@aws-sdk/client-sagemaker-featurestore-runtime';

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
