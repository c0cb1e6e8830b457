/** How many calls a second: never above a ceiling, less while the service throttles, and more again after that. */
import { pause } from './back-off.js';

/** A throttled pace falls to this share of what the service has just accepted. */
const CUT = 0.9;
/** What a pace regains in each second without throttling. */
const RECOVERY_PER_SECOND = 1.25;
/** Answers to calls that were on their way at the last cut say nothing new. */
const MIN_BETWEEN_CUTS_MS = 200;
/** Accepted calls are counted over this long. */
const WINDOW_MS = 1_000;
/** A timer cannot wait for less; such a debt is carried to the next call. */
const SHORTEST_WAIT_MS = 2;
const SLOWEST_PER_SECOND = 5;

export interface Pace {
  /** Waits for a call's turn; undefined when it may go at once. */
  turn(signal: AbortSignal): Promise<void> | undefined;
  /** A call was accepted. */
  accepted(): void;
  /** A call was throttled. */
  throttled(): void;
}

/** @param ceiling calls a second; none when undefined */
export function openPace(ceiling = Infinity): Pace {
  let rate = ceiling;
  let nextTurn = 0;
  let risen = 0;
  let cut = -Infinity;
  const started = performance.now();
  const recent: number[] = [];

  function recover(now: number): void {
    if (rate === ceiling) return;
    rate = Math.min(ceiling, rate * RECOVERY_PER_SECOND ** ((now - risen) / 1000));
    risen = now;
  }

  return {
    turn(signal) {
      if (rate === Infinity) return undefined;
      const now = performance.now();
      recover(now);
      const turn = Math.max(now, nextTurn);
      nextTurn = turn + 1000 / rate;
      return turn - now < SHORTEST_WAIT_MS ? undefined : pause(turn - now, signal);
    },
    accepted() {
      const now = performance.now();
      recent.push(now);
      // Dropping the old half at a time keeps this off the price of a call.
      if (recent.length > 64 && now - recent[recent.length >> 1]! > WINDOW_MS) recent.splice(0, recent.length >> 1);
    },
    throttled() {
      const now = performance.now();
      if (now - cut < MIN_BETWEEN_CUTS_MS) return;
      rate = Math.max(SLOWEST_PER_SECOND, Math.min(rate, acceptedPerSecond(recent, { now, started })) * CUT);
      cut = risen = now;
    },
  };
}

/** Over the last second, or for as long as the run has lasted. */
function acceptedPerSecond(recent: number[], { now, started }: { now: number; started: number }): number {
  const since = Math.max(started, now - WINDOW_MS);
  const first = recent.findIndex((time) => time >= since);
  return first === -1 ? 0 : ((recent.length - first) * 1000) / Math.max(1, now - since);
}
