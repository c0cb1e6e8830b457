/** What a command is given: AWS clients, output, input, clock and the signal to stop. */
import { once, setMaxListeners } from 'node:events';
import type { Writable } from 'node:stream';
import { isLocal, openClients, type Clients, type GlobalOptions } from './config.js';
import { ClosedPipe, Interrupted } from './errors.js';
import type { Host, InputStream } from './host.js';

export interface Output {
  /** Writes to stdout and waits while the reader is slow. Throws ClosedPipe when the reader is gone. */
  result(text: string | Uint8Array): Promise<void>;
  /** A line on stderr that a person wants to know; silent under --quiet. */
  note(line: string): void;
  /** A line on stderr about something that may hurt; never silent. */
  warn(line: string): void;
  /** A line on stderr under --verbose. */
  detail(line: string): void;
  /** A line on stderr under --debug. */
  trace(line: string): void;
  /** Replaces the live line at the bottom of a terminal; a no-op elsewhere and under --no-progress and --quiet. '' removes it. */
  live(line: string): void;
  /** True when `live` shows anything. */
  readonly isLive: boolean;
  readonly stdout: Stream;
  readonly stderr: Stream;
  /** Where a question is asked: stderr itself. */
  readonly terminal: Writable;
}

export interface Stream {
  isTerminal: boolean;
  /** Columns of the terminal; Infinity where there is none. */
  width: number;
  color: boolean;
}

export interface Context {
  aws: Clients;
  output: Output;
  options: GlobalOptions;
  stdin: InputStream;
  env: Host['env'];
  cwd: string;
  platform: Host['platform'];
  now(): Date;
  /** Aborted by the first Ctrl-C or SIGTERM; its reason is an Interrupted. Bulk work stops reading and drains. */
  signal: AbortSignal;
}

export type OpenContext = (options: GlobalOptions) => Context;

/** Runs another command line on the same streams; returns its exit code. */
export type RunCommand = (argv: string[]) => Promise<number>;

export interface OpenedContext extends Context {
  close(): Promise<void>;
}

/** Joins the global options with the outside world. */
export function openContext(options: GlobalOptions, host: Host): OpenedContext {
  const stopping = new AbortController();
  // Every call in flight listens to it: many listeners are no leak.
  setMaxListeners(0, stopping.signal);
  const stopListening = host.onStop((signal) => stopping.abort(new Interrupted(signal)));
  const output = openOutput(options, host);
  if (isLocal(options, host.env) && options.profile) output.detail('--profile is not used with --local.');
  const aws = openClients(options, host, { signal: stopping.signal, trace: options.debug ? output.trace : undefined });
  return {
    aws,
    output,
    options,
    stdin: host.stdin,
    env: host.env,
    cwd: host.cwd,
    platform: host.platform,
    now: host.now,
    signal: stopping.signal,
    async close() {
      stopListening();
      output.live('');
      output.release();
      await aws.close();
    },
  };
}

function openOutput(options: GlobalOptions, host: Host): Output & { release(): void } {
  const stdout = describeStream(host.stdout, options, host.env);
  const stderr = describeStream(host.stderr, options, host.env);
  const isLive = stderr.isTerminal && options.progress !== false && !options.quiet;
  let shown = '';
  let closed = false;
  const onError = () => (closed = true);
  host.stdout.on('error', onError);
  const line = (text: string) => {
    const redraw = shown;
    host.stderr.write(`${redraw ? '\r\u001b[2K' : ''}${text}\n${redraw}`);
  };
  return {
    stdout,
    stderr,
    terminal: host.stderr,
    isLive,
    release: () => void host.stdout.off('error', onError),
    async result(text) {
      if (closed) throw new ClosedPipe();
      if (!host.stdout.write(text))
        await Promise.race([once(host.stdout, 'drain'), once(host.stdout, 'close')]).catch(() => {});
      if (closed) throw new ClosedPipe();
    },
    note: (text) => void (options.quiet || line(text)),
    warn: (text) => line(`warning: ${text}`),
    detail: (text) => void ((options.verbose || options.debug) && line(text)),
    trace: (text) => void (options.debug && line(text)),
    live(text) {
      if (!isLive || text === shown) return;
      host.stderr.write(`\r\u001b[2K${text}`);
      shown = text;
    },
  };
}

function describeStream(stream: Host['stdout'], options: GlobalOptions, env: Host['env']): Stream {
  const isTerminal = stream.isTTY === true;
  const color = isTerminal && options.color !== false && !env.NO_COLOR && env.TERM !== 'dumb';
  return { isTerminal, width: isTerminal ? (stream.columns ?? 80) : Infinity, color };
}
