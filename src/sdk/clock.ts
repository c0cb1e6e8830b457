/** A clock that is wrong, or is set while a run goes on: the SDK learns from a refusal what time it is at AWS, and signs by that. */

/** AWS allows 5 minutes, and the SDK corrects from 4. */
const CLOCK_SKEW_MS = 240_000;
const SKEWED = /RequestTimeTooSkewed|RequestExpired|RequestInTheFuture|InvalidSignature|SignatureDoesNotMatch/;

/**
 * To be opened before a call. What it returns tells of the call's error whether it came of a clock that is right by now, and
 * marks it as the SDK does, which overlooks a correction back to about nothing: the call is worth another try.
 */
export function watchClock({ config }: { config: { systemClockOffset?: number } }): (error: unknown) => boolean {
  const before = config.systemClockOffset ?? 0;
  return (error) => {
    const refused = error as Error & { $metadata?: { clockSkewCorrected?: boolean } };
    const moved = Math.abs((config.systemClockOffset ?? 0) - before);
    if (moved < CLOCK_SKEW_MS || !SKEWED.test(refused.name)) return false;
    refused.$metadata = { ...refused.$metadata, clockSkewCorrected: true };
    return true;
  };
}

/** Whether an error came of a clock that is right by now. */
export const isClockSet = (error: unknown): boolean =>
  (error as { $metadata?: { clockSkewCorrected?: boolean } }).$metadata?.clockSkewCorrected === true;
