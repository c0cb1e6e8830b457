/** The retry policy of a run on one online store; utils/patience/patience.ts has the loop. */
import { isNotFound } from '../../errors.js';
import { isClockSet } from '../../sdk/clock.js';
import { openPatience, type Patience, type PatienceOptions } from '../../utils/patience/patience.js';
import { anySignal } from '../../utils/any-signal.js';
import { inOrder } from '../../utils/in-order.js';
import { openPace } from '../../utils/patience/pace.js';
import { inLanes, type Worker } from '../../utils/worker-pool.js';
import type { Effort } from './types.js';

export type CallOptions = Omit<PatienceOptions, 'isBrief'>;

/**
 * For calls to a group that has been described. A "not found" is either temporary, just after its creation, or
 * permanent; a signature rejected for a wrong clock is valid once the clock is corrected.
 */
export const openOnlinePatience = (options: CallOptions): Patience =>
  openPatience({ ...options, isBrief: (error) => isNotFound(error) || isClockSet(error) });

export interface LaneOptions<T> extends Omit<CallOptions, 'pace'>, Effort {
  keyOf(item: T): string;
}

/** As `inLanes`: batches side by side, in order per key. All calls share one patience and one pace. */
export async function* inPatientLanes<T, R>(
  items: AsyncIterable<T | T[]>,
  { maxWorkers: workers, batchSize, tps, signal, keyOf, ...options }: LaneOptions<T>,
  work: (batch: T[], worker: Worker<R>, patience: Patience) => Promise<void>,
): AsyncGenerator<R> {
  const pace = openPace(tps);
  let patience: Patience | undefined;
  yield* inLanes<T, R>(items, { workers, batchSize, signal, keyOf }, (batch, worker) => {
    patience ??= openOnlinePatience({ ...options, pace, signal: worker.signal });
    return work(batch, worker, patience);
  });
}

/**
 * Yields `work(item)` in item order, `maxWorkers` at a time. All calls share one patience, and end with the stream: the signal
 * is aborted as soon as the consumer stops reading.
 */
export async function* patiently<T, R>(
  items: AsyncIterable<T>,
  options: CallOptions & Pick<Effort, 'maxWorkers'>,
  work: (item: T, patience: Patience) => Promise<R>,
): AsyncGenerator<R> {
  const left = new AbortController();
  const patience = openOnlinePatience({ ...options, signal: anySignal(options.signal, left.signal) });
  try {
    yield* inOrder(items, options.maxWorkers, (item) => work(item, patience));
  } finally {
    left.abort();
  }
}
