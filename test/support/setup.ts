/**
 * Before each file: the seed of the random inputs, the same in every run unless SEED says otherwise. After each file: what it put
 * in place of the real thing is taken back, for the next file runs in the same process.
 */
import fc from 'fast-check';
import { afterAll, vi } from 'vitest';

const { SEED = '1' } = process.env;
if (SEED !== 'random' && !/^-?\d+$/.test(SEED)) throw new Error(`SEED is a whole number or "random", not ${SEED}.`);
fc.configureGlobal(SEED === 'random' ? {} : { seed: Number(SEED) });

afterAll(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.useRealTimers();
});
