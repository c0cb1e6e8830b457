/** Waits for records to reach an offline store. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../../context.js';
import { duration } from '../../utils/quantities.js';

/**
 * Counts down on the terminal.
 * @param total seconds
 * @throws the reason of an interruption
 */
export async function waitForRows(total: number, { output, signal, now }: Context): Promise<void> {
  const end = now().getTime() + total * 1000;
  output.note(`Waiting ${duration(total)} for records on their way to the offline store.`);
  for (let left = total; left > 0; left = (end - now().getTime()) / 1000) {
    output.live(`${duration(left)} left`);
    await sleep(Math.min(left, 1) * 1000, undefined, { signal });
  }
  output.live('');
}
