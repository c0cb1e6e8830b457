/** Consent before something is destroyed: the plan, then the person types the answer that proves it was read. */
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import type { Context } from '../context.js';
import { Interrupted, RefusedError } from '../errors.js';

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
  const canAsk = stdin.isTTY === true && output.stderr.isTerminal;
  // A question without its plan is no consent, not even under --quiet.
  if (canAsk && !force) output.terminal.write(`${plan}\n`);
  else output.note(plan);
  if (force) return;
  if (!canAsk) {
    throw new RefusedError(
      'There is no terminal to ask for consent: pass --force if you mean it. Nothing was changed.',
    );
  }
  const typed = await ask(`Type ${answer} to go on: `, { stdin, output, signal });
  if (typed !== answer) throw new RefusedError(`That was not "${answer}": nothing was changed.`);
}

/** One line from the terminal; the end of the input is an empty one. */
async function ask(
  question: string,
  { stdin, output, signal }: Pick<Context, 'stdin' | 'output' | 'signal'>,
): Promise<string> {
  const terminal = createInterface({ input: stdin, output: output.terminal });
  const ended = once(terminal, 'close').then(() => '');
  try {
    return (await Promise.race([terminal.question(question, { signal }), ended])).trim();
  } catch (error) {
    output.terminal.write('\n');
    throw signal.aborted || (error as Error).name !== 'AbortError' ? error : new Interrupted('SIGINT');
  } finally {
    terminal.close();
  }
}
