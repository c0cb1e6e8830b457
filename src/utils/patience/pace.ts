/** How many calls a second: never above a ceiling, less while the service throttles, and more again after that. */
import { pause } from './back-off.js';

/** A throttled pace falls to this share of what the service has just accepted. */
const CUT = 0.9;
/** What a pace regains in the first second without throttling; in each second after that it regains more. */
const RECOVERY = 1.25;
/** An answer has come after so long. Those to calls that had their turn before the last cut say nothing new. */
const ANSWER_MS = 200;
/** Accepted calls are counted over this long. */
const WINDOW_MS = 1_000;
/** A timer cannot wait for less; such a debt is carried to the next call. */
const SHORTEST_WAIT_MS = 2;
const SLOWEST_PER_SECOND = 5;

export interface Pace {
  /** Waits for a call's turn; undefined when it may go at once. A call of some `weight` counts for so many. */
  turn(signal: AbortSignal, weight?: number): Promise<void> | undefined;
  /** A call was accepted. */
  accepted(weight?: number): void;
  /** A call was throttled. */
  throttled(): void;
}

/** What a pace knows of time: milliseconds, and how to wait for some. */
export interface Clock {
  now(): number;
  pause(milliseconds: number, signal: AbortSignal): Promise<void>;
}

const CLOCK: Clock = { now: () => performance.now(), pause };

export interface PaceOptions {
  clock?: Clock;
  /** Calls a second that go on, however much is throttled. */
  slowest?: number;
}

/** @param ceiling calls a second, or what calls weigh; none when undefined */
export function openPace(ceiling = Infinity, { clock = CLOCK, slowest = SLOWEST_PER_SECOND }: PaceOptions = {}): Pace {
  let nextTurn = 0;
  /** The pace right after the last throttled call. */
  let cut = { rate: ceiling, at: clock.now() };
  let nextCut = -Infinity;
  const started = clock.now();
  const recent: Accepted[] = [];

  /** Slow while the limit may be near, faster the longer there was no sign of it. */
  function rateAt(now: number): number {
    const seconds = (now - cut.at) / 1000;
    return Math.min(ceiling, cut.rate * RECOVERY ** (seconds + seconds ** 2));
  }

  return {
    turn(signal, weight = 1) {
      if (cut.rate === Infinity) return undefined;
      const now = clock.now();
      const turn = Math.max(now, nextTurn);
      nextTurn = turn + (1000 * weight) / rateAt(now);
      return turn - now < SHORTEST_WAIT_MS ? undefined : clock.pause(turn - now, signal);
    },
    accepted(weight = 1) {
      const now = clock.now();
      recent.push({ at: now, weight });
      // Dropping the old half at a time keeps this off the price of a call.
      if (recent.length > 64 && now - recent[recent.length >> 1]!.at > WINDOW_MS) recent.splice(0, recent.length >> 1);
    },
    throttled() {
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

/** Over the last second, or for as long as the run has lasted. */
function acceptedPerSecond(recent: Accepted[], { now, started }: { now: number; started: number }): number {
  const since = Math.max(started, now - WINDOW_MS);
  const weight = recent.reduce((sum, each) => sum + (each.at >= since ? each.weight : 0), 0);
  return (weight * 1000) / Math.max(1, now - since);
}
