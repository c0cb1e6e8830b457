/** Prices of AWS, as needed for plans. Pure. */
import { BYTES_PER_READ_UNIT } from '../records/size.js';

/**
 * USD in us-east-1, which plans mention beside each sum. https://aws.amazon.com/sagemaker/ai/pricing/,
 * https://aws.amazon.com/athena/pricing/
 */
export const PRICES = {
  asOf: '2026-08',
  region: 'us-east-1',
  writeUnit: 1.25e-6,
  readUnit: 0.25e-6,
  athenaByte: 5e-12,
  /** Per GB and month: S3 Standard (https://aws.amazon.com/s3/pricing/), and the Standard online store. */
  offlineGbMonth: 0.023,
  onlineGbMonth: 0.45,
} as const;

/** What plans say about the prices. */
export const PRICED: { pricesAsOf: string; pricesRegion: string } = {
  pricesAsOf: PRICES.asOf,
  pricesRegion: PRICES.region,
};

/** Athena rounds up to the MB, with a minimum of ten. */
const ATHENA_ROUNDS_TO_BYTES = 1e6;
const ATHENA_MINIMUM_BYTES = 10e6;

/** Cost of on-demand write units, in USD. */
export function writeCost(units: number): number {
  return units * PRICES.writeUnit;
}

/** Cost of a query that scans this many bytes, in USD. */
export function athenaCost(scannedBytes: number): number {
  const rounded = Math.ceil(scannedBytes / ATHENA_ROUNDS_TO_BYTES) * ATHENA_ROUNDS_TO_BYTES;
  return Math.max(rounded, ATHENA_MINIMUM_BYTES) * PRICES.athenaByte;
}

/** Cost of counting rows (bytes scanned) and then reading them (at most their plain size), in USD. */
export function athenaReadingCost(found: { athenaBytes: number; rows?: number; averageRecordBytes: number }): number {
  return athenaCost(found.athenaBytes) + athenaCost((found.rows ?? 0) * found.averageRecordBytes);
}

/** Cost of reading records from an online store on demand, one unit per 4 KB, in USD. */
export function readCost(records: number, averageRecordBytes: number): number {
  return records * Math.max(1, Math.ceil(averageRecordBytes / BYTES_PER_READ_UNIT)) * PRICES.readUnit;
}
