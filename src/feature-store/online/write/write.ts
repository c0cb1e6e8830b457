/** Bulk writes: batches for the workers, calls to the service, and an outcome per record. */
import type { WriteItem, WriteOptions, WriteOutcome, WriteTarget } from '../types.js';
import { identifierKey } from '../../records/rules.js';
import { inPatientLanes } from '../patience.js';
import { writeBatch } from './write-batch.js';
import { openWriteCalls } from './write-calls.js';

/**
 * Writes all items, and yields the outcomes of each call as it ends. Items with the same identifier are sent in order,
 * never concurrently. A rejected record is an outcome; an error that concerns the whole run (access, a vanished group,
 * retries out of time) is thrown, after the outcomes of the calls in flight.
 * @param items singly, or in arrays, which saves a promise per item
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_feature_store_BatchWriteRecord.html
 */
export async function* writeRecords<T extends WriteItem>(
  target: WriteTarget,
  items: AsyncIterable<T | T[]>,
  options: WriteOptions,
): AsyncGenerator<WriteOutcome<T>[]> {
  const calls = await openWriteCalls(target, options);
  // What is one number is one record offline, where the last one written of the same event time wins.
  const numberOf = identifierKey(target.group);
  const keyOf = (item: T) => numberOf(item.identifier);
  yield* inPatientLanes<T, WriteOutcome<T>[]>(items, { ...options, keyOf }, (batch, worker, patience) =>
    writeBatch(batch, worker, { calls, patience, onRetry: options.onRetry, keyOf }),
  );
}
