/** What a bulk-put would take, as aligned lines. Pure. */
import { SECONDS_PER_CALL, type Estimate } from '../../feature-store/bulk/write-estimate.js';
import { MAX_ENTRIES_PER_BATCH_WRITE } from '../../feature-store/online/write-calls.js';
import { count, duration } from '../../utils/quantities.js';
import { aligned } from './aligned.js';

/** The estimate as aligned lines. */
export function renderEstimate({ records, bytes, writeUnits: units, calls, seconds, usd, prices }: Estimate): string[] {
  const average = records > 0 ? `, ${count(bytes / records)} bytes on average` : '';
  return aligned([
    ['Records', `${count(records)}${average}`],
    ['Write units', count(units)],
    ['Calls', `${count(calls)} (BatchWriteRecord, up to ${MAX_ENTRIES_PER_BATCH_WRITE} records each)`],
    ['Time', `about ${duration(seconds)} at ${SECONDS_PER_CALL * 1000} ms a call`],
    [
      'Cost',
      `${usd.toFixed(usd < 0.01 ? 6 : 2)} USD for the write units (on-demand price of ${prices}); records older than what is online cost up to twice that`,
    ],
  ]);
}
