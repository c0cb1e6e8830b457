/** Exponential back-off with full jitter. */
import { setTimeout as sleep } from 'node:timers/promises';

const BASE_MS = 50;
const MAX_MS = 5_000;

/** @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ */
export function openBackOff() {
  let attempts = 0;
  let since = 0;
  return {
    /** Waits a random time below the doubling ceiling; returns at once when aborted. */
    async wait(signal: AbortSignal): Promise<void> {
      if (attempts === 0) since = performance.now();
      const ceiling = Math.min(MAX_MS, BASE_MS * 2 ** attempts);
      attempts += 1;
      await pause(Math.random() * ceiling, signal);
    },
    /** Milliseconds since the first wait after the last `reset`. */
    waited: () => (attempts === 0 ? 0 : performance.now() - since),
    /** Progress was made: start over. */
    reset: () => void (attempts = 0),
  };
}

/** Sleeps, or returns at once when aborted. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
