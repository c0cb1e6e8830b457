/** Consent before something is destroyed: the plan, then the person types the answer that proves it was read. */
import { createInterface } from 'node:readline/promises';
import type { Context } from '../context.js';
import { RefusedError } from '../errors.js';

export interface Consent {
  /** --force or --yes: do not ask. */
  force?: boolean;
  /** What is going to happen, shown before the question. */
  plan: string;
  /** What must be typed, word for word: the group's name. */
  answer: string;
}

/**
 * Shows the plan and waits for the typed answer.
 * @throws RefusedError (exit 6) when another answer is typed, or when there is no terminal to ask and no --force.
 */
export async function requireConsent(
  { stdin, output, signal }: Context,
  { force, plan, answer }: Consent,
): Promise<void> {
  output.note(plan);
  if (force) return;
  if (!stdin.isTTY || !output.stderr.isTerminal) {
    throw new RefusedError(
      'There is no terminal to ask for consent: pass --force if you mean it. Nothing was changed.',
    );
  }
  const terminal = createInterface({ input: stdin, output: output.terminal });
  try {
    const typed = await terminal.question(`Type ${answer} to go on: `, { signal });
    if (typed.trim() !== answer) throw new RefusedError(`That was not "${answer}": nothing was changed.`);
  } finally {
    terminal.close();
  }
}
