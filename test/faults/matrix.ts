/**
 * Which chances a scenario is tried at: a few by default; with FAULTS=all every kind by itself, and many seeds; with
 * FAULTS="answer late;200 {}" many seeds of these kinds alone.
 */
import { describe, test } from 'vitest';
import { FAULTS } from '../support/fault-proxy.js';
import type { Chance } from './faulty-store.js';

const RATES = [0.05, 0.2, 0.4];
const SEEDS_OF_ALL = 6;
/** Alone, a kind may strike as often as it takes to be met in every run, and must not strike always. */
const RATE_ALONE = 0.3;

/** Declares the tests of a scenario; at 5 % the first try has to be enough. */
export function atEveryRate(name: string, scenario: (chance: Chance & { once: boolean }) => Promise<void>): void {
  const { FAULTS: asked } = process.env;
  const all = asked === 'all';
  const kinds = asked && !all ? { kinds: asked.split(';') } : {};
  const seeds = asked ? Array.from({ length: SEEDS_OF_ALL }, (_, seed) => seed + 1) : [1];
  describe(name, { timeout: 180_000 }, () => {
    for (const rate of RATES)
      for (const seed of seeds)
        test(`${rate * 100} % of calls, seed ${seed}`, () => scenario({ rate, seed, ...kinds, once: rate <= 0.05 }));
    if (!all) return;
    for (const kind of Object.keys(FAULTS))
      test(`${RATE_ALONE * 100} % of calls, ${kind}`, () =>
        scenario({ rate: RATE_ALONE, seed: 1, kinds: [kind], once: false }));
  });
}
