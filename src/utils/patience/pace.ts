/** Limits calls per second: below a fixed ceiling, slower while the service throttles, then faster again. */
import { pause } from './back-off.js';

/** On throttling the rate drops to this share of what the service has just accepted. */
const CUT = 0.9;
/** Growth of the rate in the first second without throttling; it accelerates after that. */
const RECOVERY = 1.25;
/** Answers arrive within this time. A throttled call sent before the last cut must not cut again. */
const ANSWER_MS = 200;
/** The window over which accepted calls are counted. */
const WINDOW_MS = 1_000;
/** Timers are not precise below this; shorter waits are carried over to the next call. */
const SHORTEST_WAIT_MS = 2;
const SLOWEST_PER_SECOND = 5;

export type Pace = ReturnType<typeof openPace>;

/** The clock, replaceable in tests. Milliseconds. */
export interface Clock {
  now(): number;
  pause(milliseconds: number, signal: AbortSignal): Promise<void>;
}

const CLOCK: Clock = { now: () => performance.now(), pause };

interface PaceOptions {
  clock?: Clock;
  /** The rate never falls below this. */
  slowest?: number;
}

/** @param ceiling calls per second (or weight per second); undefined for none */
export function openPace(ceiling = Infinity, { clock = CLOCK, slowest = SLOWEST_PER_SECOND }: PaceOptions = {}) {
  let nextTurn = 0;
  /** The rate at the last cut. */
  let cut = { rate: ceiling, at: clock.now() };
  let nextCut = -Infinity;
  const started = clock.now();
  const recent: Accepted[] = [];

  /** Recovers slowly near the limit, faster the longer there was no throttling. */
  function rateAt(now: number): number {
    const seconds = (now - cut.at) / 1000;
    return Math.min(ceiling, cut.rate * RECOVERY ** (seconds + seconds ** 2));
  }

  return {
    /** Waits for a call's turn; undefined when it may go at once. A call counts `weight` times. */
    turn(signal: AbortSignal, weight = 1): Promise<void> | undefined {
      if (cut.rate === Infinity) return undefined;
      const now = clock.now();
      const turn = Math.max(now, nextTurn);
      nextTurn = turn + (1000 * weight) / rateAt(now);
      return turn - now < SHORTEST_WAIT_MS ? undefined : clock.pause(turn - now, signal);
    },
    accepted(weight = 1): void {
      const now = clock.now();
      recent.push({ at: now, weight });
      // Drops half at a time, to keep this cheap per call.
      if (recent.length > 64 && now - recent[recent.length >> 1]!.at > WINDOW_MS) recent.splice(0, recent.length >> 1);
    },
    throttled(): void {
      const now = clock.now();
      if (now < nextCut) return;
      const rate = Math.min(rateAt(now), acceptedPerSecond(recent, { now, started })) * CUT;
      cut = { rate: Math.max(slowest, rate), at: now };
      nextCut = Math.max(now, nextTurn) + ANSWER_MS;
    },
  };
}

interface Accepted {
  at: number;
  weight: number;
}

/** Over the last second, or since the start where that is less. */
function acceptedPerSecond(recent: Accepted[], { now, started }: { now: number; started: number }): number {
  const since = Math.max(started, now - WINDOW_MS);
  const weight = recent.reduce((sum, each) => sum + (each.at >= since ? each.weight : 0), 0);
  return (weight * 1000) / Math.max(1, now - since);
}
