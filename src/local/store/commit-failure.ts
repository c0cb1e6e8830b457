/** A commit that failed, most often for want of space: the store goes on, and what it acknowledged is there. */

/**
 * Makes a failed commit the caller's business alone: lmdb tells its cause by a promise of its own, which would end the
 * process if nobody listened to it.
 */
export function heedCommitFailure(error: unknown): void {
  const { commitError } = error as { commitError?: Promise<never> };
  commitError?.catch(() => undefined);
}
