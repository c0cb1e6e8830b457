/** Asks a question on the terminal, ignoring anything typed before it appeared. */
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
 * Reads one line; end of input (Ctrl-D) counts as an empty one.
 * @throws Interrupted (exit 130) on Ctrl-C, which readline reports as a key; the signal's reason
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
    // Depending on the version of Node, closing the interface may also reject the question.
    const answer = await Promise.race([terminal.question(question).catch(() => ended), ended]);
    if (answer === undefined) {
      output.terminal.write('\n');
      // If the terminal went away, a signal is about to arrive.
      await pause(QUIET_MS, signal);
    }
    if (interrupted) throw interrupted;
    return answer?.trim() ?? '';
  } finally {
    signal.removeEventListener('abort', onAbort);
    terminal.close();
  }
}

/** After this much silence, pending input has been drained. */
const QUIET_MS = 50;
const CTRL_C = 3;

/**
 * Discards what was typed before the question, including an unfinished line: it is no answer to it.
 * @returns false where the input has ended
 * @throws Interrupted where it contains Ctrl-C; the signal's reason
 */
async function discardWaiting({ stdin, signal }: Pick<Terminal, 'stdin' | 'signal'>): Promise<boolean> {
  let hasMore = true;
  let interrupted = false;
  const onData = (keys: Buffer | string) => {
    hasMore = true;
    interrupted ||= Buffer.from(keys).includes(CTRL_C);
  };
  // In cooked mode the terminal would hold back an unfinished line.
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
