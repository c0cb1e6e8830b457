/** The outside world: streams, environment, clock and signals; the only file that names `process`. */
import { closeSync, existsSync } from 'node:fs';
import module from 'node:module';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { isatty } from 'node:tty';
import { codeOf, EXIT } from './errors.js';

export interface OutputStream extends Writable {
  isTTY?: boolean;
  columns?: number;
}

export interface InputStream extends Readable {
  isTTY?: boolean;
  /** Of a terminal: every key as it is pressed, or whole lines. */
  setRawMode?(isRaw: boolean): unknown;
}

export type StopSignal = 'SIGHUP' | 'SIGINT' | 'SIGTERM';

export interface Host {
  stdin: InputStream;
  stdout: OutputStream;
  stderr: OutputStream;
  env: Record<string, string | undefined>;
  cwd: string;
  /** `Node 20.20.2, linux x64` */
  platform: string;
  now(): Date;
  /** Calls back on a signal; a second one ends the process at once, but for SIGHUP. Returns how to stop listening. */
  onStop(listener: (signal: StopSignal) => void): () => void;
}

export const PROCESS_ID = process.pid;
export const NODE_VERSION = process.versions.node;

/** Whether a process of this machine is there; one of another user is, too. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** The real process. */
export function systemHost(): Host {
  // The SDK's notice about Node versions would land on the user's stderr between our own lines.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  // Whoever writes is told; a stream that nobody listens to would end the process with a stack trace.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  forgetLostTerminals();
  keepCompiledCode(process.env);
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    platform: `Node ${process.versions.node}, ${process.platform} ${process.arch}`,
    now: () => new Date(),
    onStop,
  };
}

/**
 * From 22.8 on, Node can keep compiled code, which saves a sixth of the time of `get`: in the user's own folder, where no one
 * else can write. Without such a folder, Node might try to create it for ever.
 * @see https://nodejs.org/api/module.html#moduleenablecompilecachecachedir
 */
function keepCompiledCode({ HOME: home = '', XDG_CACHE_HOME: caches, NODE_COMPILE_CACHE: chosen }: Host['env']): void {
  if (chosen === undefined && !existsSync(home)) return;
  const { enableCompileCache } = module as { enableCompileCache?: (directory: string) => void };
  enableCompileCache?.(chosen ?? join(caches ?? join(home, '.cache'), 'sagemaker-fs/compiled'));
}

/** Node gives a terminal back its settings at the end, and aborts where the terminal is gone: it must not know it any more. */
function forgetLostTerminals(): void {
  const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor));
  process.once('exit', () =>
    terminals.filter((descriptor) => !isatty(descriptor)).forEach((descriptor) => closeSync(descriptor)),
  );
}

/** A timer or a connection that is left over may keep the process for so long, once all is said. */
const LEAVE_AFTER_MS = 300;

/** Ends the process with this exit code as soon as what was printed is out. */
export function leave(exitCode: number): void {
  process.exitCode = exitCode;
  const isOut = () => process.stdout.writableLength === 0 && process.stderr.writableLength === 0;
  // Left to itself, Node first takes its signal listeners away and then itself apart, some milliseconds in which the
  // shell's SIGHUP would kill a process that has done its work.
  process.once('beforeExit', () => process.exit());
  // It does not keep the process itself: where nothing is left over, it never runs.
  setInterval(() => void (isOut() && process.exit()), LEAVE_AFTER_MS).unref();
}

const STOP_SIGNALS: StopSignal[] = ['SIGHUP', 'SIGINT', 'SIGTERM'];

function onStop(listener: (signal: StopSignal) => void): () => void {
  let stops = 0;
  const stop = (signal: StopSignal) => {
    stops += 1;
    // A terminal that is closed sends SIGHUP, and so does its shell: that is one wish.
    if (stops > 1 && signal === 'SIGHUP') return;
    if (stops > 1) process.exit(EXIT[signal]);
    listener(signal);
  };
  for (const signal of STOP_SIGNALS) process.on(signal, stop);
  return () => {
    // The shell's SIGHUP may come when all is done: it must not make a killing of a stop.
    for (const signal of STOP_SIGNALS) if (signal !== 'SIGHUP' || stops === 0) process.off(signal, stop);
  };
}
