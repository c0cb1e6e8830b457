/** Progress of a bulk run: a live line on a terminal, else a plain line every ten seconds, and the final figures. */
import type { Context } from '../../context.js';
import { openMeter } from './pace-meter.js';
import { progressLine, type LineOptions } from './progress-line.js';
import type { Summary, Tally } from '../tally.js';

const LIVE_MS = 100;
/** Interval of plain lines, without a terminal. */
const PLAIN_MS = 10_000;

type Told = Pick<Context, 'output' | 'options'>;

interface ProgressOptions extends Omit<LineOptions, 'width'> {
  total?: number;
  /** Records done by an earlier run: excluded from rate and remaining time. */
  settledBefore?: number;
  /** What is waited for until the first record is done; said in the place of figures, which would all be 0. */
  waitingFor?: string;
}

/** Starts the timer; call `end` to stop it. With --no-progress there are no lines, only the figures at the end. */
export function openProgress({ output, options: asked }: Told, options: ProgressOptions = {}) {
  const { total, settledBefore = 0, waitingFor } = options;
  const tally: Tally = { total, ok: 0, failed: 0, skipped: 0, retried: 0 };
  const started = performance.now();
  const meter = openMeter();
  const show = () => {
    meter.sample(freshOf(tally), (performance.now() - started) / 1000);
    const secondsLeft = meter.secondsFor(leftOf(tally, settledBefore));
    const state = { ...tally, done: doneOf(tally), rate: meter.rate(), secondsLeft };
    const line = (width: number) =>
      waitingFor !== undefined && state.done === 0 ? waitingFor : progressLine(state, { ...options, width });
    if (output.isLive) output.live(line(output.stderr.width - 1 - output.stageWidth));
    else output.progress(line(Infinity));
  };
  const timer = asked.progress !== false ? setInterval(show, output.isLive ? LIVE_MS : PLAIN_MS).unref() : undefined;
  return {
    tally,
    /** Stops the lines and returns the final figures; printing the summary is up to the caller. */
    end(): Summary {
      clearInterval(timer);
      output.live('');
      return { ...summarize(tally, performance.now() - started), share: undefined };
    },
  };
}

/** Says what is waited for, as `openProgress` does, as long as nothing can be counted. */
export async function whileWaiting<T>(context: Told, waitingFor: string, work: Promise<T>): Promise<T> {
  return work.finally(openProgress(context, { waitingFor }).end);
}

/** Records left for this run; undefined where unknown. */
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
