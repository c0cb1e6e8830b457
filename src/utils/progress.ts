/** How far a bulk run is: one live line on a terminal, a plain line every ten seconds elsewhere, a summary at the end. */
import type { Output } from '../context.js';
import { count, duration } from './quantities.js';

/** Between two live lines. */
const LIVE_MS = 100;
/** Between two plain lines, where there is no terminal. */
const PLAIN_MS = 10_000;

/** Counted while the run goes on; whoever runs it adds to these. */
export interface Tally {
  /** Records to expect, where that is known. */
  total?: number;
  /** Share of the input that has been read, 0 to 1, where only that is known. */
  share?: number;
  ok: number;
  failed: number;
  /** Neither: the sum of the next three. */
  skipped: number;
  /** Dealt with by an earlier run, which this one continues. */
  alreadyDone?: number;
  /** Identifiers without a record. */
  missing?: number;
  /** Records that the service took as history, for the online store holds newer ones. */
  stale?: number;
  /** Records that were sent again. */
  retried: number;
}

export interface Summary extends Tally {
  seconds: number;
  recordsPerSecond: number;
}

export interface Progress {
  tally: Tally;
  /** Stops the lines and says how it went; the summary line is for whoever prints it. */
  end(): Summary;
}

export interface ProgressOptions {
  total?: number;
  /** False for --no-progress: no lines, only the figures at the end. */
  shown?: boolean;
  /** What is counted; records by default. */
  unit?: string;
}

/** Starts the clock and the lines; `end` must follow, or they go on. */
export function openProgress(output: Output, { total, shown = true, unit }: ProgressOptions = {}): Progress {
  const tally: Tally = { total, ok: 0, failed: 0, skipped: 0, retried: 0 };
  const started = performance.now();
  const now = () => summarize(tally, performance.now() - started);
  const show = () => (output.isLive ? output.live(progressLine(now(), unit)) : output.note(progressLine(now(), unit)));
  const timer = shown ? setInterval(show, output.isLive ? LIVE_MS : PLAIN_MS).unref() : undefined;
  return {
    tally,
    end() {
      clearInterval(timer);
      output.live('');
      return { ...now(), share: undefined };
    },
  };
}

/** `1,200/5,000 records, 600/s, 2 failed, 1 retried, 6 s left`; `1,200 records (24 %), …` where only the share is known. */
export function progressLine(summary: Summary, unit = 'records'): string {
  const { total, failed, retried, recordsPerSecond } = summary;
  const done = doneOf(summary);
  const percent =
    total === undefined && summary.share !== undefined ? ` (${Math.min(100, Math.floor(summary.share * 100))} %)` : '';
  const left = secondsLeft(summary);
  const parts = [
    `${count(done)}${total === undefined ? '' : `/${count(total)}`} ${unit}${percent}`,
    `${count(recordsPerSecond)}/s`,
    failed > 0 && `${count(failed)} failed`,
    retried > 0 && `${count(retried)} retried`,
    left !== undefined && `${duration(left)} left`,
  ];
  return parts.filter(Boolean).join(', ');
}

/** At the pace of this run; undefined where that says nothing yet, or more came than was expected. */
function secondsLeft(summary: Summary): number | undefined {
  const { total, share, seconds, alreadyDone = 0 } = summary;
  const done = doneOf(summary);
  const expected = total ?? (share ? done / share : undefined);
  const fresh = done - alreadyDone;
  if (expected === undefined || expected <= done || fresh <= 0 || seconds < 1) return undefined;
  return ((expected - done) * seconds) / fresh;
}

/** `5,000 written, 2 failed, 0 skipped, 1 retried in 8.3 s (602 records/s).` */
export function summaryLine(summary: Summary, verb = 'written'): string {
  const { ok, failed, skipped, retried, seconds, recordsPerSecond, alreadyDone, missing, stale } = summary;
  const why = [
    alreadyDone && `${count(alreadyDone)} already done`,
    missing && `${count(missing)} missing`,
    stale && `${count(stale)} stale`,
  ].filter(Boolean);
  const skips = `${count(skipped)} skipped${why.length > 0 ? ` (${why.join(', ')})` : ''}`;
  const counts = `${count(ok)} ${verb}, ${count(failed)} failed, ${skips}, ${count(retried)} retried`;
  return `${counts} in ${duration(seconds)} (${count(recordsPerSecond)} records/s).`;
}

function summarize(tally: Tally, milliseconds: number): Summary {
  const seconds = Math.round(milliseconds) / 1000;
  const fresh = doneOf(tally) - (tally.alreadyDone ?? 0);
  return { ...tally, seconds, recordsPerSecond: seconds > 0 ? Math.round(fresh / seconds) : 0 };
}

function doneOf({ ok, failed, skipped }: Tally): number {
  return ok + failed + skipped;
}
