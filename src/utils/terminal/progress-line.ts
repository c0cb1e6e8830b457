/** The progress line, with a bar where there is room, and the summary line. Pure. */
import type { Line, Style } from './paint.js';
import { count, counted, duration, timeLeft } from '../quantities.js';
import type { Summary, Tally } from '../tally.js';

interface ProgressState extends Pick<Tally, 'total' | 'share' | 'failed' | 'retried'> {
  done: number;
  /** Records per second. */
  rate?: number;
  secondsLeft?: number;
}

export interface LineOptions {
  /** Columns available; Infinity without a terminal, which gets no bar. */
  width: number;
  unit?: string;
  failedWord?: string;
}

const LONGEST_BAR = 24;
const SHORTEST_BAR = 8;
/** The width of the bar changes in steps, so that it does not jitter with the figures beside it. */
const BAR_STEP = 4;
/** Room for `1,234,567`, where the number of records is not known. */
const DONE_WIDTH = 9;
/** Room for `12,345`. */
const RATE_WIDTH = 6;

/** `━━━━━━──────  24 %  1,200/5,000 records  600/s  2 failed  1 retried  6 s left`; on narrow ones with fewer parts. */
export function progressLine(
  state: ProgressState,
  { width, unit = 'record', failedWord = 'failed' }: LineOptions,
): Line {
  const { total, done, failed, retried, rate, secondsLeft } = state;
  const share = shareOf(state);
  const isLive = width !== Infinity;
  const all = total === undefined ? '' : `/${count(Math.max(total, done))}`;
  // Fixed width on a live line, so that nothing jumps as numbers grow.
  const figures = count(done).padStart(isLive ? (total === undefined ? DONE_WIDTH : all.length - 1) : 0) + all;
  const percent = share === undefined ? '' : String(Math.floor(share * 100)).padStart(isLive ? 2 : 0);
  // The plural from the start: it would move what follows.
  const words = counted(total ?? (isLive ? 0 : done), unit).replace(/^[\d,]+/, '');
  const parts: Part[] = [
    {
      text: percent && `${percent} %${total === undefined ? ' of the input' : ''}`,
      shorter: percent && `${percent} %`,
    },
    { text: `${figures}${words}`, shorter: figures },
    { text: rate === undefined ? '' : `${count(rate).padStart(isLive ? RATE_WIDTH : 0)}/s`, leaves: 2 },
    { text: failed > 0 ? `${count(failed)} ${failedWord}` : '', style: 'red' },
    { text: retried > 0 ? `${count(retried)} retried` : '', style: 'yellow', leaves: 1 },
    { text: secondsLeft === undefined ? '' : `${timeLeft(secondsLeft, isLive ? 2 : 0)} left` },
  ];
  const shown = fitting(parts, width, share === undefined || !isLive ? 0 : SHORTEST_BAR + GAP.length);
  const free = Math.min(LONGEST_BAR, width - lengthOf(shown) - GAP.length);
  const room = free - (free % BAR_STEP);
  const hasBar = share !== undefined && isLive && room >= SHORTEST_BAR;
  return [
    ...(hasBar ? [...bar(share, room), GAP] : []),
    ...shown.flatMap(({ text, style }, index): (string | readonly [string, Style])[] => [
      index > 0 ? GAP : '',
      style === undefined ? text : [text, style],
    ]),
  ];
}

interface Part {
  text: string;
  shorter?: string;
  style?: Style;
  /** On narrow terminals the lowest is dropped first; parts without it are never dropped. */
  leaves?: number;
}

const GAP = '  ';
const lengthOf = (parts: Part[]) => parts.reduce((sum, { text }) => sum + GAP.length + text.length, -GAP.length);

/** Shortens words, then drops parts, until the rest fits beside a bar; gives up the bar last. */
function fitting(parts: Part[], width: number, bar: number): Part[] {
  let shown = parts.filter(({ text }) => text !== '');
  const isTooLong = () => lengthOf(shown) + bar > width;
  if (isTooLong()) shown = shown.map((part) => (part.shorter === undefined ? part : { ...part, text: part.shorter }));
  for (const next of [1, 2]) if (isTooLong()) shown = shown.filter(({ leaves }) => leaves !== next);
  return shown;
}

/** 0 to 1. */
function shareOf({ total, share, done }: ProgressState): number | undefined {
  const part = total === undefined ? share : total > 0 ? done / total : undefined;
  return part === undefined ? undefined : Math.min(1, Math.max(0, part));
}

function bar(share: number, width: number): [readonly [string, Style], readonly [string, Style]] {
  const full = Math.floor(share * width);
  return [
    ['━'.repeat(full), 'green'],
    ['─'.repeat(width - full), 'dim'],
  ];
}

/** Shorter runs measure start-up, not throughput. */
const SECONDS_FOR_A_RATE = 1;

/** `5,000 written, 2 failed, 7 missing, 1 retried in 8.3 s (602 records/s), ≈ 5,000 write units → customers` */
export function summaryLine(summary: Summary, { verb = 'written', to }: { verb?: string; to?: string } = {}): string {
  const { ok, failed, retried, seconds, recordsPerSecond, alreadyDone, missing, stale, unchanged } = summary;
  const some = (number: number | undefined, words: string) => (number ? [`${count(number)} ${words}`] : []);
  const counts = [
    `${count(ok)} ${verb}`,
    `${count(failed)} failed`,
    ...some(missing, 'missing'),
    ...some(stale, 'stale'),
    ...some(unchanged, 'unchanged'),
    ...some(alreadyDone, 'already done'),
    ...some(retried, 'retried'),
  ];
  const rate = seconds >= SECONDS_FOR_A_RATE ? ` (${count(recordsPerSecond)} records/s)` : '';
  const where = to === undefined || ok === 0 ? '' : ` → ${to}`;
  return `${counts.join(', ')} in ${duration(seconds)}${rate}${unitWords(summary)}${where}`;
}

function unitWords({ writeUnits, readUnits }: Summary): string {
  if (writeUnits) return `, ≈ ${counted(writeUnits, 'write unit')}`;
  return readUnits ? `, ≈ ${counted(readUnits, 'read unit')}` : '';
}
