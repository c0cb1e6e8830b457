/** A question to the person at the terminal; what was typed before it is no answer. */
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Interrupted } from '../../errors.js';
import type { InputStream } from '../../host.js';
import type { Output } from '../../output.js';
import { pause } from '../patience/back-off.js';

interface Terminal {
  stdin: InputStream;
  output: Pick<Output, 'terminal'>;
  signal: AbortSignal;
}

/**
 * One line from the terminal; the end of the input (Ctrl-D) is an empty one.
 * @throws Interrupted (exit 130) for Ctrl-C, which the terminal hands over as a key; the signal's reason
 */
export async function ask(question: string, { stdin, output, signal }: Terminal): Promise<string> {
  if (!(await discardWaiting({ stdin, signal }))) return '';
  const terminal = createInterface({ input: stdin, output: output.terminal });
  let interrupted: Error | undefined;
  const stop = (reason: Error) => {
    interrupted ??= reason;
    terminal.close();
  };
  const onAbort = () => stop(signal.reason as Error);
  terminal.once('SIGINT', () => stop(new Interrupted('SIGINT')));
  signal.addEventListener('abort', onAbort);
  const ended = once(terminal, 'close').then(() => undefined);
  try {
    // Closing the terminal may also reject the question, depending on the version of Node.
    const answer = await Promise.race([terminal.question(question).catch(() => ended), ended]);
    if (answer === undefined) {
      output.terminal.write('\n');
      // It may have been closed: then there is a signal, too.
      await pause(QUIET_MS, signal);
    }
    if (interrupted) throw interrupted;
    return answer?.trim() ?? '';
  } finally {
    signal.removeEventListener('abort', onAbort);
    terminal.close();
  }
}

/** Input that stays away for so long has all been read. */
const QUIET_MS = 50;
const CTRL_C = 3;

/**
 * Reads and forgets what was typed before the question, half a line too: it answers nothing.
 * @returns false where the input has ended
 * @throws Interrupted where Ctrl-C is among it; the signal's reason
 */
async function discardWaiting({ stdin, signal }: Pick<Terminal, 'stdin' | 'signal'>): Promise<boolean> {
  let hasMore = true;
  let interrupted = false;
  const onData = (keys: Buffer | string) => {
    hasMore = true;
    interrupted ||= Buffer.from(keys).includes(CTRL_C);
  };
  // Otherwise a line that is not finished yet stays with the terminal until it is.
  stdin.setRawMode?.(true);
  stdin.on('data', onData);
  try {
    while (hasMore && !interrupted && !stdin.readableEnded) {
      hasMore = false;
      await sleep(QUIET_MS, undefined, { signal });
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    stdin.off('data', onData);
    stdin.pause();
    stdin.setRawMode?.(false);
  }
  if (interrupted) throw new Interrupted('SIGINT');
  return !stdin.readableEnded;
}
