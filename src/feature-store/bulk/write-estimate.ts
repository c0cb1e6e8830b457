/** Estimates a write: write units, calls, time and cost. Pure. */
import { PRICES, writeCost } from './prices.js';
import { recordBytes, writeUnits } from '../records/size.js';
import { MAX_ENTRIES_PER_BATCH_WRITE } from '../online/write/write-calls.js';
import { featureValues } from '../records/record-json.js';
import type { ShapedRecord } from '../records/rows.js';

/** A typical latency of the service, only for the estimate. */
export const SECONDS_PER_CALL = 0.02;

export type Estimate = ReturnType<ReturnType<typeof openEstimator>['estimate']>;

/** Adds up records as they are checked. */
export function openEstimator() {
  let [records, bytes, units] = [0, 0, 0];
  return {
    add({ json }: Pick<ShapedRecord, 'json'>): void {
      const size = recordBytes(featureValues(json));
      records += 1;
      bytes += size;
      units += writeUnits(size);
    },
    /** With the chosen workers and limit on calls a second. */
    estimate({ maxWorkers, tps = Infinity }: { maxWorkers: number; tps?: number }) {
      const calls = Math.ceil(records / MAX_ENTRIES_PER_BATCH_WRITE);
      const seconds = calls / Math.min(maxWorkers / SECONDS_PER_CALL, tps);
      const prices = `${PRICES.region}, ${PRICES.asOf}`;
      return { records, bytes, writeUnits: units, calls, seconds, usd: writeCost(units), prices };
    },
  };
}
