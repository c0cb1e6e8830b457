/** Waits, and counts down on the terminal. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Output } from '../../context.js';
import { timeLeft } from '../quantities.js';

/**
 * @param words what is waited for, given the time left
 * @throws the reason of the signal
 */
export async function countDown(
  seconds: number,
  words: (left: string) => string,
  { output, signal }: { output: Pick<Output, 'live'>; signal: AbortSignal },
): Promise<void> {
  const until = performance.now() + seconds * 1000;
  for (let left = seconds; left > 0; left = (until - performance.now()) / 1000) {
    output.live(words(timeLeft(left)));
    await sleep(Math.min(left, 1) * 1000, undefined, { signal });
  }
  output.live('');
}
