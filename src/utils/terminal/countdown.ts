/** Waits, and counts down: on a terminal each second, elsewhere each minute. */
import timers from 'node:timers/promises';
import type { Context } from '../../context.js';
import { duration, timeLeft } from '../quantities.js';

/** A log of CI is not filled up by an hour of waiting, and shows that the run goes on. */
const PLAIN_SECONDS = 60;

/**
 * @param what completes `Waiting 15 min …`
 * @throws the reason of the signal
 */
export async function countDown(
  seconds: number,
  what: string,
  { output, options, signal }: Pick<Context, 'output' | 'options' | 'signal'>,
): Promise<void> {
  output.note(`Waiting ${duration(seconds)} ${what}.`);
  const step = output.isLive ? 1 : PLAIN_SECONDS;
  const until = performance.now() + seconds * 1000;
  for (let left = seconds; left > 0; left = (until - performance.now()) / 1000) {
    const line = `${timeLeft(left)} left`;
    if (output.isLive) output.live(line);
    else if (left < seconds && options.progress !== false) output.progress(line);
    await timers.setTimeout(Math.min(left, step) * 1000, undefined, { signal });
  }
  output.live('');
}
