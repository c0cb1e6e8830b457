/** How far a bulk run is: one live line on a terminal, a plain line every ten seconds elsewhere, and the figures at the end. */
import type { Output } from '../../context.js';
import { openMeter } from './pace-meter.js';
import { progressLine } from './progress-line.js';
import type { Summary, Tally } from '../tally.js';

/** Between two live lines. */
const LIVE_MS = 100;
/** Between two plain lines, where there is no terminal. */
const PLAIN_MS = 10_000;

export interface Progress {
  tally: Tally;
  /** Stops the lines and says how it went; the summary line is for whoever prints it. */
  end(): Summary;
}

export interface ProgressOptions {
  total?: number;
  /** False for --no-progress: no lines, only the figures at the end. */
  shown?: boolean;
  /** What is counted; `record` by default. */
  unit?: string;
  /** What `failed` is called. */
  failedWord?: string;
  /** Records that an earlier run has dealt with: they take no time, and are no work that is left. */
  settledBefore?: number;
}

/** Starts the clock and the lines; `end` must follow, or they go on. */
export function openProgress(output: Output, options: ProgressOptions = {}): Progress {
  const { total, shown = true, settledBefore = 0 } = options;
  const tally: Tally = { total, ok: 0, failed: 0, skipped: 0, retried: 0 };
  const started = performance.now();
  const meter = openMeter();
  const show = () => {
    meter.sample(freshOf(tally), (performance.now() - started) / 1000);
    const secondsLeft = meter.secondsFor(leftOf(tally, settledBefore));
    const state = { ...tally, done: doneOf(tally), rate: meter.rate(), secondsLeft };
    if (output.isLive)
      output.live(progressLine(state, { ...options, width: output.stderr.width - 1 - output.stageWidth }));
    else output.progress(progressLine(state, { ...options, width: Infinity }));
  };
  const timer = shown ? setInterval(show, output.isLive ? LIVE_MS : PLAIN_MS).unref() : undefined;
  return {
    tally,
    end() {
      clearInterval(timer);
      output.live('');
      return { ...summarize(tally, performance.now() - started), share: undefined };
    },
  };
}

/** Records that this run has to deal with itself; undefined where nobody knows. */
function leftOf(tally: Tally, settledBefore: number): number | undefined {
  const { total, share, alreadyDone = 0 } = tally;
  const done = doneOf(tally);
  const expected = total ?? (share ? done / share : undefined);
  return expected === undefined ? undefined : expected - done - Math.max(0, settledBefore - alreadyDone);
}

function summarize(tally: Tally, milliseconds: number): Summary {
  const seconds = Math.round(milliseconds) / 1000;
  return { ...tally, seconds, recordsPerSecond: seconds > 0 ? Math.round(freshOf(tally) / seconds) : 0 };
}

const doneOf = ({ ok, failed, skipped }: Tally) => ok + failed + skipped;
const freshOf = (tally: Tally) => doneOf(tally) - (tally.alreadyDone ?? 0);
