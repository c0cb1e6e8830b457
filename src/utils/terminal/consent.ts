/** Consent before something is destroyed: the plan, then the person types the answer that proves it was read. */
import type { Context, Lines } from '../../context.js';
import { Interrupted, RefusedError } from '../../errors.js';
import { printable } from '../../printable.js';
import { ask } from './ask.js';

export interface Consent {
  /** --force or --yes: do not ask. */
  force?: boolean;
  /** What is going to happen, shown before the question. */
  plan: Lines;
  /** What must be typed, word for word: the group's name. */
  answer: string;
}

/**
 * Shows the plan and waits for the answer; what was typed before the question does not count.
 * @throws RefusedError (exit 6) when another answer is typed, or when there is no terminal to ask and no --force.
 */
export async function requireConsent(
  { stdin, output, signal }: Context,
  { force, plan, answer }: Consent,
): Promise<void> {
  const canAsk = stdin.isTTY === true && output.stderr.isTerminal;
  // A question without its plan is no consent, not even under --quiet.
  if (canAsk && !force) output.show(plan);
  else output.note(plan);
  if (force) return;
  if (!canAsk) {
    throw new RefusedError(
      'There is no terminal to ask for consent: pass --force if you mean it. Nothing was changed.',
    );
  }
  const typed = await ask(`Type ${printable(answer)} to go on: `, { stdin, output, signal }).catch(explainLost);
  if (typed !== answer) throw new RefusedError(`That was not "${answer}": nothing was changed.`);
}

/** A terminal that is gone is told by its errors before there is a signal. */
function explainLost(error: NodeJS.ErrnoException): never {
  throw error.code === 'EIO' ? new Interrupted('SIGHUP') : error;
}
