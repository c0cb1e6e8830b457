/** The estimate of a bulk-put as aligned lines. Pure. */
import { SECONDS_PER_CALL, type Estimate } from '../../feature-store/bulk/write-estimate.js';
import { MAX_ENTRIES_PER_BATCH_WRITE } from '../../feature-store/online/write/write-calls.js';
import { count, counted, dollars, duration } from '../../utils/quantities.js';
import { aligned } from './aligned.js';

/** The estimate as aligned lines. */
export function renderEstimate(estimate: Estimate, width?: number): string[] {
  const { records, bytes, writeUnits: units, calls, seconds, usd, prices } = estimate;
  const average = records > 0 ? `, ${counted(Math.round(bytes / records), 'byte')} on average` : '';
  return aligned(
    [
      ['records', `${count(records)}${average}`],
      ['calls', `${count(calls)} of up to ${MAX_ENTRIES_PER_BATCH_WRITE} records (BatchWriteRecord)`],
      ['time', `≈ ${duration(seconds)} at ${SECONDS_PER_CALL * 1000} ms a call`],
      [
        'cost',
        `≈ ${dollars(usd)} for ${counted(units, 'write unit')}, by the prices of ${prices}; up to twice that where records are older than what is online`,
      ],
    ],
    width,
  );
}
