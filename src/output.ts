/** What a command says: results on stdout, everything else on stderr, and nothing that would drive the terminal. */
import { ClosedPipe, CommandError } from './errors.js';
import type { Host, OutputStream } from './host.js';
import { printable, printableLines } from './printable.js';
import { paintedLine, type Line } from './utils/terminal/paint.js';
import { folded, foldedCommand, PLAIN_WIDTH } from './utils/terminal/fold.js';
import { render, type Format } from './utils/formatter.js';
import type { Column } from './utils/terminal/table.js';

/** One line, or several; what came from outside may hold line ends, which are escaped. */
export type Lines = string | readonly string[];

export interface Output {
  /**
   * Writes to stdout as it stands (a terminal gets no control characters), and waits while the reader is slow.
   * @throws ClosedPipe when the reader is gone, CommandError when it cannot be written
   */
  result(text: string | Uint8Array): Promise<void>;
  /** Prints rows, or with `json` any value, in the format that was asked for. Throws as `result`. */
  value(value: unknown, options: { format: 'json' }): Promise<void>;
  value<T>(rows: readonly T[], options: { format: Format; columns: readonly Column<T>[] }): Promise<void>;
  /** Prints lines for people on stdout. Throws as `result`. */
  text(lines: Lines): Promise<void>;
  /** On stderr, what a person wants to know; silent under --quiet. */
  note(lines: Lines): void;
  /** On stderr, what a person must have seen before a question; never silent. */
  show(lines: Lines): void;
  /** On stderr, about something that may hurt; never silent. */
  warn(lines: Lines): void;
  /** On stderr under --verbose. */
  detail(lines: Lines): void;
  /** On stderr under --debug. */
  trace(lines: Lines): void;
  /** Replaces the live line at the bottom of a terminal; a no-op elsewhere and under --no-progress and --quiet. '' removes it. */
  live(line: Line): void;
  /** As `note`, behind the name of the stage that runs. */
  progress(line: Line): void;
  /** What stands before live lines and progress from now on: `3/4 write`; '' for nothing. */
  stage(label: string): void;
  /** Columns that it takes. */
  readonly stageWidth: number;
  /** True when `live` shows anything. */
  readonly isLive: boolean;
  readonly stdout: Stream;
  readonly stderr: Stream;
  /** Where a question is asked: stderr itself. */
  readonly terminal: OutputStream;
}

interface Stream {
  isTerminal: boolean;
  /** Columns of the terminal; Infinity where there is none. */
  width: number;
  /** Columns that what is laid out for people may take: those of the terminal, 80 where there is none. */
  lineWidth: number;
  color: boolean;
}

export interface OutputOptions {
  quiet?: boolean;
  verbose?: boolean;
  debug?: boolean;
  /** False for --no-progress. */
  progress?: boolean;
  /** False for --no-color. */
  color?: boolean;
}

/** Opens the two streams of the host for one command. */
export function openOutput(options: OutputOptions, host: Host): Output {
  const stdout = describeStream(host.stdout, options, host.env);
  const stderr = describeStream(host.stderr, options, host.env);
  const isLive =
    stderr.isTerminal && options.progress !== false && !options.quiet && !host.env.CI && host.env.TERM !== 'dumb';
  let shown = '';
  /** Whether stdout, on the same terminal, is in the middle of a line, which a live line would write over. */
  let isMidLine = false;
  const write = writer(host.stdout);
  const print = (text: string | Uint8Array) => {
    if (stdout.isTerminal && shown !== '') host.stderr.write(CLEAR_LINE);
    if (stdout.isTerminal) shown = '';
    if (stdout.isTerminal && text.length > 0) isMidLine = !endsLine(text);
    return write(text);
  };
  let stage = '';
  const staged = (line: Line): Line =>
    stage === '' ? line : [[stage, 'bold'], STAGE_GAP, ...(typeof line === 'string' ? [line] : line)];
  const say = (lines: Lines) => {
    const text = linesOf(lines, host.stderr).map((line) => `${line}\n`);
    host.stderr.write(`${shown ? CLEAR_LINE : ''}${text.join('')}${shown}`);
  };
  const result = (text: string | Uint8Array) =>
    print(stdout.isTerminal && typeof text === 'string' ? printableLines(text) : text);
  return {
    stdout,
    stderr,
    terminal: host.stderr,
    isLive,
    result,
    async value<T>(value: unknown, { format, columns = [] }: { format: Format; columns?: readonly Column<T>[] }) {
      const text = await render(value as readonly T[], { format, columns, stream: stdout });
      // A table escapes its cells itself, and may have colours.
      return format === 'table' ? print(text) : result(text);
    },
    text: (lines) =>
      print(
        [lines]
          .flat()
          .map((line) => `${printable(line)}\n`)
          .join(''),
      ),
    note: (lines) => void (options.quiet || say(lines)),
    show: say,
    warn(lines) {
      if (typeof lines === 'string') return say(`warning: ${lines}`);
      const [first = '', ...rest] = lines;
      say([`warning: ${first}`, ...rest]);
    },
    detail: (lines) => void ((options.verbose || options.debug) && say(lines)),
    trace: (lines) => void (options.debug && say(lines)),
    progress: (line) => void (options.quiet || say([unpainted(staged(line))])),
    stage(label) {
      stage = label;
    },
    get stageWidth() {
      return stage === '' ? 0 : stage.length + STAGE_GAP.length;
    },
    live(line) {
      if (!isLive || isMidLine) return;
      const text =
        line === '' ? '' : paintedLine(staged(line), { ...stderr, width: widthOf(host.stderr) - 1, escape: printable });
      if (text === shown) return;
      // What is longer is cleared after the new text is there: nothing blinks.
      host.stderr.write(text === '' ? CLEAR_LINE : `\r${text}\u001b[K`);
      shown = text;
    },
  };
}

/** Of the terminal; what is no terminal gets lines as they fit one of old. */
const widthOf = (stream: OutputStream) => (stream.isTTY && stream.columns ? stream.columns : PLAIN_WIDTH);

/**
 * A text for people as a stream gets it: escaped, and on a terminal a sentence is folded at words. Lines that were laid out
 * (a list of them) stay as they are, but for commands to be copied, which are continued.
 */
export function linesOf(lines: Lines, stream: OutputStream): string[] {
  if (typeof lines !== 'string')
    return lines
      .map(printable)
      .flatMap((line) => (stream.isTTY && COMMAND.test(line) ? foldedCommand(line, widthOf(stream)) : line));
  const text = printable(lines);
  return stream.isTTY ? folded(text, widthOf(stream), 2) : [text];
}

/** As `nextCommand` has it, below the sentence that leads to it. */
const COMMAND = /^ {2}(?:sagemaker-fs|aws) /;
const STAGE_GAP = '  ';
const CLEAR_LINE = '\r\u001b[K';
const endsLine = (text: string | Uint8Array) => text.at(-1) === '\n' || text.at(-1) === 10;

const unpainted = (line: Line) => paintedLine(line, { width: Infinity, color: false, escape: (text) => text });

/** Writes and waits until it is done, since what is wrong with a file or pipe is known only then. */
function writer(stream: OutputStream): (text: string | Uint8Array) => Promise<void> {
  let failure: Error | undefined;
  return async (text) => {
    await new Promise<void>((resolve) => {
      stream.write(text, (error) => {
        failure ??= error ?? undefined;
        resolve();
      });
    });
    if (failure) throw unwritable(failure);
  };
}

/** What it means that stdout takes nothing more: the reader is gone, which is a success, or the disk is full. */
export function unwritable(error: NodeJS.ErrnoException): CommandError {
  if (error.code === 'EPIPE') return new ClosedPipe();
  const why = error.code === 'ENOSPC' ? 'the disk is full' : (error.code ?? error.message);
  return new CommandError(`The output could not be written to stdout: ${why}.`, undefined, { cause: error });
}

function describeStream(stream: OutputStream, options: OutputOptions, env: Host['env']): Stream {
  const isTerminal = stream.isTTY === true;
  const color = isTerminal && options.color !== false && !env.NO_COLOR && !env.CI && env.TERM !== 'dumb';
  const lineWidth = widthOf(stream);
  return { isTerminal, width: isTerminal ? lineWidth : Infinity, lineWidth, color };
}
