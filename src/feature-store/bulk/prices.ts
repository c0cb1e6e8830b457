/** What AWS charges, as far as a plan needs it. Pure. */

/** USD, us-east-1; the plan says so wherever it shows a sum. https://aws.amazon.com/sagemaker/ai/pricing/, https://aws.amazon.com/athena/pricing/ */
export const PRICES = {
  asOf: '2026-08',
  region: 'us-east-1',
  writeUnit: 1.25e-6,
  readUnit: 0.25e-6,
  athenaByte: 5e-12,
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
