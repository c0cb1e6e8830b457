/** Waiting for the control plane, which answers before the work is done; the SDK has no waiter for feature groups. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../../context.js';
import { CommandError, EXIT } from '../../errors.js';
import { describeFeatureGroup, type FeatureGroup } from './describe.js';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;

/**
 * Polls DescribeFeatureGroup until the group is `Created`.
 * @throws CommandError with the service's FailureReason when the creation fails, or with exit 5 when patience is spent.
 */
export async function waitUntilCreated(
  { aws, signal, now, output }: Context,
  { name, seconds }: { name: string; seconds: number },
): Promise<FeatureGroup> {
  const deadline = now().getTime() + seconds * 1000;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
    const group = await describeFeatureGroup(aws, name, signal);
    if (group.status === 'Created') return group;
    if (group.status !== 'Creating')
      throw new CommandError(`${name} is ${group.status}: ${group.failureReason ?? 'the service gives no reason'}`);
    if (now().getTime() > deadline)
      throw new CommandError(`${name} is still ${group.status} after ${seconds} s.`, EXIT.UNAVAILABLE);
    output.live(`${name}: ${group.status}`);
    await sleep(pause, undefined, { signal });
  }
}
