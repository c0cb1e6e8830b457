import { expect, it } from 'vitest';
import { openPace } from '../../src/utils/pace.js';

const signal = new AbortController().signal;

/** Calls a service that accepts `limit` a second for so long; returns the calls accepted in each second. */
async function callFor(seconds: number, limit: number): Promise<number[]> {
  const pace = openPace();
  const start = performance.now();
  const accepted = Array.from({ length: seconds }, () => 0);
  let allowed = start;
  const worker = async () => {
    for (;;) {
      await pace.turn(signal);
      const now = performance.now();
      const second = Math.floor((now - start) / 1000);
      if (second >= seconds) return;
      // A bucket that refills evenly and holds a tenth of a second's calls.
      allowed = Math.max(allowed, now - 100);
      if (allowed <= now) {
        allowed += 1000 / limit;
        accepted[second]! += 1;
        pace.accepted();
        await new Promise((resolve) => setTimeout(resolve, 2));
      } else {
        pace.throttled();
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return accepted;
}

it('settles within a tenth below what the service accepts', async () => {
  const accepted = await callFor(4, 400);
  for (const second of accepted.slice(2)) {
    expect(second).toBeGreaterThan(340);
    // The bucket may be full when the second begins.
    expect(second).toBeLessThanOrEqual(440);
  }
});

it('without ceiling and throttling, no call ever waits', () => {
  const pace = openPace();
  expect(pace.turn(signal)).toBeUndefined();
  pace.accepted();
  expect(pace.turn(signal)).toBeUndefined();
});
