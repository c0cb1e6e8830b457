/** How fast something goes by now, and how long it will still take: smoothed, so that one slow call does not double it. Pure. */

/** What happened this long ago counts a third of what happens now. */
const MEMORY_SECONDS = 10;
/** Before that a rate says nothing. */
const FIRST_SECONDS = 1;

export interface Meter {
  /** So much is done after so many seconds, counted from the start. */
  sample(done: number, seconds: number): void;
  /** Done in a second, by now; undefined where that is not known yet. */
  rate(): number | undefined;
  /** Seconds for what is left; undefined where nothing says, and never negative. */
  secondsFor(left: number | undefined): number | undefined;
}

export function openMeter(): Meter {
  let [doneBefore, secondsBefore, smoothed] = [0, 0, 0];
  const rate = () => {
    if (secondsBefore < FIRST_SECONDS) return undefined;
    // At the start the memory is not full: what it lacks is no standstill.
    return smoothed / (1 - Math.exp(-secondsBefore / MEMORY_SECONDS));
  };
  return {
    sample(done, seconds) {
      const passed = seconds - secondsBefore;
      if (passed <= 0) return;
      const now = Math.max(0, done - doneBefore) / passed;
      smoothed += (1 - Math.exp(-passed / MEMORY_SECONDS)) * (now - smoothed);
      [doneBefore, secondsBefore] = [done, seconds];
    },
    rate,
    secondsFor(left) {
      const perSecond = rate();
      return left === undefined || left <= 0 || !perSecond || perSecond < 0.01 ? undefined : left / perSecond;
    },
  };
}
