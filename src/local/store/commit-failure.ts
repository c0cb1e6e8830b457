/** Failed commits, most often for lack of space: the store continues, and has everything it acknowledged. */

/**
 * Leaves a failed commit to the caller alone: lmdb also reports its cause in a promise of its own, which would end the
 * process if unhandled.
 */
export function heedCommitFailure(error: unknown): void {
  const { commitError } = error as { commitError?: Promise<never> };
  commitError?.catch(() => undefined);
}
