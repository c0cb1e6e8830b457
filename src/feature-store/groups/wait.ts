/** Waits for the asynchronous control plane; the SDK has no waiter for feature groups. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../../context.js';
import { CommandError, EXIT } from '../../errors.js';
import { describeFeatureGroup, type FeatureGroup } from './describe.js';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;

interface Wait {
  /** Name or ARN. */
  name: string;
  seconds: number;
}

/** Why something failed, as the service has it. */
export const reasonOf = (failureReason?: string): string => failureReason ?? 'the service gives no reason';

/**
 * Polls DescribeFeatureGroup until the group is `Created`.
 * @throws CommandError with the FailureReason of the service, or with exit 5 after `seconds`
 */
export async function waitUntilCreated(context: Context, wait: Wait): Promise<FeatureGroup> {
  return waitWhile(context, wait, ({ name, status, failureReason }) => {
    if (status === 'Created') return undefined;
    if (status !== 'Creating') throw new CommandError(`${name} is ${status}: ${reasonOf(failureReason)}`);
    return status;
  });
}

/**
 * Polls DescribeFeatureGroup while `pending` returns a state; an error of `pending` ends the wait.
 * @throws CommandError with exit 5 after `seconds`
 */
export async function waitWhile(
  { aws, signal, now, output }: Context,
  { name, seconds }: Wait,
  pending: (group: FeatureGroup) => string | undefined,
): Promise<FeatureGroup> {
  const deadline = now().getTime() + seconds * 1000;
  try {
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
      const group = await describeFeatureGroup(aws, name, signal);
      const state = pending(group);
      if (state === undefined) return group;
      if (now().getTime() > deadline)
        throw new CommandError(`${name} is still ${state} after ${seconds} s.`, EXIT.UNAVAILABLE);
      output.live(`${name}: ${state}`);
      await sleep(pause, undefined, { signal });
    }
  } finally {
    output.live('');
  }
}
