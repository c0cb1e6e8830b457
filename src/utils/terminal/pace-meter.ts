/** Current rate and remaining time, smoothed so that one slow call does not double the estimate. Pure. */

/** Time constant of the exponential smoothing: after this long, a sample weighs a third (1/e). */
const MEMORY_SECONDS = 10;
/** No rate is reported before this. */
const FIRST_SECONDS = 1;

export function openMeter() {
  let [doneBefore, secondsBefore, smoothed] = [0, 0, 0];
  /** Current rate per second; undefined while unknown. */
  const rate = () => {
    if (secondsBefore < FIRST_SECONDS) return undefined;
    // Corrects the start-up bias: the average starts from zero.
    return smoothed / (1 - Math.exp(-secondsBefore / MEMORY_SECONDS));
  };
  return {
    /** Total done so far, and seconds since the start. */
    sample(done: number, seconds: number): void {
      const passed = seconds - secondsBefore;
      if (passed <= 0) return;
      const now = Math.max(0, done - doneBefore) / passed;
      smoothed += (1 - Math.exp(-passed / MEMORY_SECONDS)) * (now - smoothed);
      [doneBefore, secondsBefore] = [done, seconds];
    },
    rate,
    /** Estimated seconds remaining; undefined where unknown, never negative. */
    secondsFor(left: number | undefined): number | undefined {
      const perSecond = rate();
      return left === undefined || left <= 0 || !perSecond || perSecond < 0.01 ? undefined : left / perSecond;
    },
  };
}
