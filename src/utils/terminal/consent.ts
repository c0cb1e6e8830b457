/** Consent before anything is destroyed: show the plan, then have the answer typed that proves it was read. */
import type { Context, Lines } from '../../context.js';
import { Interrupted, RefusedError } from '../../errors.js';
import { printable } from '../../printable.js';
import { ask } from './ask.js';

interface Consent {
  /** --force or --yes: do not ask. */
  force?: boolean;
  /** Shown before the question. */
  plan: Lines;
  /** What must be typed exactly: the name of the group. */
  answer: string;
}

/**
 * Shows the plan and waits for the answer.
 * @throws RefusedError (exit 6) on a different answer, or where there is no terminal and no --force
 */
export async function requireConsent(
  { stdin, output, signal }: Context,
  { force, plan, answer }: Consent,
): Promise<void> {
  const canAsk = stdin.isTTY === true && output.stderr.isTerminal;
  // Consent means nothing without the plan, so show it even under --quiet.
  if (canAsk && !force) output.show(plan);
  else output.note(plan);
  if (force) return;
  if (!canAsk) {
    throw new RefusedError(
      'There is no terminal to ask for consent: pass --force if you mean it. Nothing was changed.',
    );
  }
  const typed = await ask(`Type ${printable(answer)} to continue: `, { stdin, output, signal }).catch(explainLost);
  if (typed !== answer) throw new RefusedError(`That was not "${answer}": nothing was changed.`);
}

/** A vanished terminal causes EIO before SIGHUP arrives. */
function explainLost(error: NodeJS.ErrnoException): never {
  throw error.code === 'EIO' ? new Interrupted('SIGHUP') : error;
}
