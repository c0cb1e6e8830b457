/** What a command is given: AWS clients, output, input, clock and the signal to stop. */
import { setMaxListeners } from 'node:events';
import { openClients, type Clients, type GlobalOptions } from './config.js';
import { isLocal } from './embedded.js';
import { Interrupted } from './errors.js';
import type { Host } from './host.js';
import { openOutput, type Output } from './output.js';

export type { Lines, Output } from './output.js';

export interface Context extends Pick<Host, 'stdin' | 'env' | 'cwd' | 'platform' | 'now'> {
  aws: Clients;
  /** The time at the service, also where the clock of this machine is wrong: what happens there goes by it. */
  serviceNow(): Date;
  output: Output;
  options: GlobalOptions;
  /** The words that were typed after the program's name. */
  argv: readonly string[];
  /** Adds to what --summary keeps: the command's own figures, as they are known. */
  summarize(figures: object): void;
  /** Has something done at the end, however the command ends. */
  onClose(done: () => void): void;
  /** Aborted by the first Ctrl-C, SIGTERM or SIGHUP; its reason is an Interrupted. Bulk work stops reading and drains. */
  signal: AbortSignal;
}

export type OpenContext = (options: GlobalOptions) => Context;

/** Runs another command line on the same streams; returns its exit code. */
export type RunCommand = (argv: string[]) => Promise<number>;

export interface OpenedContext extends Context {
  readonly figures: object;
  close(): Promise<void>;
}

/** Joins the global options with the outside world. */
export function openContext(options: GlobalOptions, host: Host, argv: readonly string[]): OpenedContext {
  const stopping = new AbortController();
  // Every call in flight listens to it: many listeners are no leak.
  setMaxListeners(0, stopping.signal);
  const stopListening = host.onStop((signal) => stopping.abort(new Interrupted(signal)));
  const output = openOutput(options, host);
  if (isLocal(options, host.env) && options.profile) output.detail('--profile is not used with --local.');
  const terminal = { stdin: host.stdin, output, signal: stopping.signal };
  const canAsk = host.stdin.isTTY === true && output.stderr.isTerminal;
  const aws = openClients(options, host, {
    signal: stopping.signal,
    trace: options.debug ? output.trace : undefined,
    ask: canAsk ? async (question) => (await import('./utils/terminal/ask.js')).ask(question, terminal) : undefined,
  });
  const figures = {};
  const closing: (() => void)[] = [];
  return {
    figures,
    summarize: (more) => void Object.assign(figures, more),
    onClose: (done) => void closing.push(done),
    aws,
    serviceNow: () => new Date(host.now().getTime() + aws.clockOffset()),
    output,
    options,
    argv,
    ...{ stdin: host.stdin, env: host.env, cwd: host.cwd, platform: host.platform, now: host.now },
    signal: stopping.signal,
    async close() {
      stopListening();
      output.live('');
      for (const done of closing) done();
      await aws.close();
    },
  };
}
