/** The patience of a run with one online store; utils/patience.ts has the loop itself. */
import { isNotFound } from '../../errors.js';
import { isClockSet } from '../../sdk/clock.js';
import { openPatience, type Patience, type PatienceOptions } from '../../utils/patience/patience.js';
import { anySignal } from '../../utils/any-signal.js';

export type CallOptions = Omit<PatienceOptions, 'isBrief'>;

/**
 * Opens it for the calls to one group that has been described: whoever says that it is not there is wrong for a moment,
 * after it was created, or right for good; and whoever was signed by a wrong clock is not any more.
 */
export function openOnlinePatience(options: CallOptions): Patience {
  const { retryForSeconds, signal, pace, onRetry } = options;
  return openPatience({
    retryForSeconds,
    signal,
    pace,
    onRetry,
    isBrief: (error) => isNotFound(error) || isClockSet(error),
  });
}

/** A stream whose calls end with it: its signal is aborted as soon as nobody reads on. */
export async function* untilLeft<T>(
  signal: AbortSignal,
  stream: (signal: AbortSignal) => AsyncIterable<T>,
): AsyncGenerator<T> {
  const left = new AbortController();
  try {
    yield* stream(anySignal(signal, left.signal));
  } finally {
    left.abort();
  }
}
