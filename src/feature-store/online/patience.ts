/** The retry policy of a run on one online store; utils/patience/patience.ts has the loop. */
import { isNotFound } from '../../errors.js';
import { isClockSet } from '../../sdk/clock.js';
import { openPatience, type Patience, type PatienceOptions } from '../../utils/patience/patience.js';
import { anySignal } from '../../utils/any-signal.js';

export type CallOptions = Omit<PatienceOptions, 'isBrief'>;

/**
 * For calls to a group that has been described. A "not found" is either temporary, just after its creation, or
 * permanent; a signature rejected for a wrong clock is valid once the clock is corrected.
 */
export const openOnlinePatience = (options: CallOptions): Patience =>
  openPatience({ ...options, isBrief: (error) => isNotFound(error) || isClockSet(error) });

/** A stream whose calls end with it: the signal is aborted as soon as the consumer stops reading. */
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
