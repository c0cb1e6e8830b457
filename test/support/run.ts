/** The whole command line in-process: argv and stdin in; exit code, stdout and stderr out. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { run as runCli } from '../../src/cli.js';
import type { Host, OutputStream, StopSignal } from '../../src/host.js';

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  stdin?: string | Buffer | Readable;
  env?: Record<string, string | undefined>;
  cwd?: string;
  now?: () => Date;
  /** Makes stdout and stderr terminals of this width, and stdin one too. */
  terminal?: { columns: number };
  /** Called with a function that sends the signal, before the command starts. */
  interrupt?: (send: (signal: StopSignal) => void) => void;
  /** Sends a signal once these words have been printed, to stdout or stderr. */
  interruptAt?: { words: string; signal?: StopSignal };
}

/** Runs `sagemaker-fs ...argv`. */
export async function run(argv: string[], options: RunOptions = {}): Promise<Ran> {
  const [stdout, stderr] = [new Captured(options.terminal), new Captured(options.terminal)];
  const stdin =
    options.stdin instanceof Readable
      ? options.stdin
      : Readable.from(options.stdin === undefined ? [] : [options.stdin]);
  if (stdin instanceof Keyboard)
    stderr.onText.push((text) => stdin.asked(text.match(/ to continue: |Code of \S+: /g)?.length ?? 0));
  const listeners = new Set<(signal: StopSignal) => void>();
  const send = (signal: StopSignal) => listeners.forEach((listener) => listener(signal));
  options.interrupt?.(send);
  if (options.interruptAt) {
    const { words, signal = 'SIGINT' } = options.interruptAt;
    let isSaid = false;
    const listen = (text: string) => {
      if (!isSaid && text.includes(words)) setImmediate(send, signal);
      isSaid ||= text.includes(words);
    };
    for (const stream of [stdout, stderr]) stream.onText.push(listen);
  }
  const host: Host = {
    stdin: Object.assign(stdin, { isTTY: options.terminal !== undefined }),
    stdout,
    stderr,
    env: options.env ?? {},
    cwd: options.cwd ?? tmpdir(),
    platform: 'Node 20.20.2, linux x64',
    now: options.now ?? (() => new Date()),
    onStop(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const code = await runCli(argv, host);
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

/** An embedded store of its own for one test: `store.run(argv)` adds `--local` and its folder. */
export async function localStore(): Promise<{ dir: string; run(argv: string[], options?: RunOptions): Promise<Ran> }> {
  const dir = await temporaryFolder();
  const local = ['--local', '--local-dir', join(dir, 'store')];
  return { dir, run: (argv, options) => run([...argv, ...local], { cwd: dir, ...options }) };
}

/** A folder that is gone when the test is. */
export async function temporaryFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'sagemaker-fs-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

class Captured extends Writable implements OutputStream {
  readonly #chunks: Buffer[] = [];
  readonly isTTY?: boolean;
  readonly columns?: number;
  /** Told of everything that has been written so far. */
  readonly onText: ((text: string) => void)[] = [];

  constructor(terminal: RunOptions['terminal']) {
    super();
    if (!terminal) return;
    this.isTTY = true;
    this.columns = terminal.columns;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#chunks.push(chunk);
    for (const told of this.onText) told(this.text());
    done();
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString();
  }
}

/** A terminal's keyboard: what is typed, a line for each question, once it is there. */
export function typed(...lines: string[]): Readable {
  return new Keyboard(lines.map((line) => `${line}\n`));
}

/** Keys of no line: what is pressed once the question is there. */
export const pressed = (keys: string): Readable => new Keyboard([keys]);

class Keyboard extends PassThrough {
  readonly #answers: string[];
  #answered = 0;

  constructor(answers: string[]) {
    super();
    this.#answers = answers;
  }

  asked(questions: number): void {
    for (; this.#answered < Math.min(questions, this.#answers.length); this.#answered += 1)
      this.write(this.#answers[this.#answered]);
  }
}
