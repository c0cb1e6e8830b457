/** What AWS charges, as far as a plan needs it. Pure. */
import { BYTES_PER_READ_UNIT } from '../records/size.js';

/** USD, us-east-1; the plan says so wherever it shows a sum. https://aws.amazon.com/sagemaker/ai/pricing/, https://aws.amazon.com/athena/pricing/ */
export const PRICES = {
  asOf: '2026-08',
  region: 'us-east-1',
  writeUnit: 1.25e-6,
  readUnit: 0.25e-6,
  athenaByte: 5e-12,
  /** A month of a GB: S3 Standard (https://aws.amazon.com/s3/pricing/), and the Standard online store. */
  offlineGbMonth: 0.023,
  onlineGbMonth: 0.45,
} as const;

/** Athena rounds a query up to the MB, and to no less than ten of them. */
const ATHENA_ROUNDS_TO_BYTES = 1e6;
const ATHENA_MINIMUM_BYTES = 10e6;

/** USD for so many write units on demand. */
export function writeCost(units: number): number {
  return units * PRICES.writeUnit;
}

/** USD for one query that scans so many bytes. */
export function athenaCost(scannedBytes: number): number {
  const rounded = Math.ceil(scannedBytes / ATHENA_ROUNDS_TO_BYTES) * ATHENA_ROUNDS_TO_BYTES;
  return Math.max(rounded, ATHENA_MINIMUM_BYTES) * PRICES.athenaByte;
}

/** USD for counting rows, which scanned so many bytes, and then reading them all: never more than their plain size. */
export function athenaReadingCost(found: { athenaBytes: number; rows?: number; averageRecordBytes: number }): number {
  return athenaCost(found.athenaBytes) + athenaCost((found.rows ?? 0) * found.averageRecordBytes);
}

/** USD for reading so many records of an online store on demand: a unit for each 4 KB. */
export function readCost(records: number, averageRecordBytes: number): number {
  return records * Math.max(1, Math.ceil(averageRecordBytes / BYTES_PER_READ_UNIT)) * PRICES.readUnit;
}
