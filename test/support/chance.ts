/** Random numbers that follow from a seed alone, so that a test that failed fails again. */

/** A sequence of numbers from 0 to below 1 (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** `below(n)` is one of 0 … n-1. */
export function chance(seed: number): (n: number) => number {
  const random = randomNumbers(seed);
  return (n) => Math.floor(random() * n);
}
