import { describe, expect, it } from 'vitest';
import { openPace, type Clock } from '../../src/utils/patience/pace.js';

const signal = new AbortController().signal;

/** A clock that goes from one pause to the next as fast as it is asked to. */
function openVirtualClock() {
  let time = 0;
  const waiting: { until: number; wake: () => void }[] = [];
  const clock: Clock = {
    now: () => time,
    pause: (milliseconds) => new Promise((wake) => waiting.push({ until: time + milliseconds, wake })),
  };
  /** Until nobody waits any more. */
  async function run(): Promise<void> {
    for (;;) {
      // Whoever was woken has had all its turns by then.
      await new Promise(setImmediate);
      if (waiting.length === 0) return;
      waiting.sort((left, right) => left.until - right.until);
      const { until, wake } = waiting.shift()!;
      time = until;
      wake();
    }
  }
  return { clock, run };
}

/** The same numbers in each run. */
function openDice(seed: number) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Service {
  callsPerSecond: number;
  latencyMs: number;
  workers: number;
}

/** Calls a service that throttles and fails 2 % of the calls it takes; returns how many it took in each second. */
async function callFor(seconds: number, { callsPerSecond, latencyMs, workers }: Service): Promise<number[]> {
  const { clock, run } = openVirtualClock();
  const random = openDice(callsPerSecond + workers);
  const pace = openPace(undefined, { clock });
  const taken = Array.from({ length: seconds }, () => 0);
  let allowed = 0;
  async function worker(): Promise<void> {
    for (;;) {
      await pace.turn(signal);
      const second = Math.floor(clock.now() / 1000);
      if (second >= seconds) return;
      // A bucket that refills evenly and holds a tenth of a second's calls.
      allowed = Math.max(allowed, clock.now() - 100);
      const isTaken = allowed <= clock.now();
      if (isTaken) {
        allowed += 1000 / callsPerSecond;
        taken[second]! += 1;
      }
      await clock.pause(latencyMs, signal);
      if (!isTaken) {
        pace.throttled();
        await clock.pause(random() * 50, signal);
      } else if (random() < 0.02) await clock.pause(random() * 50, signal);
      else pace.accepted();
    }
  }
  const all = Promise.all(Array.from({ length: workers }, worker));
  await run();
  await all;
  return taken;
}

describe('a pace', () => {
  it.each<Service>([
    { callsPerSecond: 50, latencyMs: 20, workers: 4 },
    { callsPerSecond: 500, latencyMs: 1, workers: 4 },
    { callsPerSecond: 500, latencyMs: 20, workers: 64 },
    { callsPerSecond: 2000, latencyMs: 5, workers: 64 },
  ])(
    'settles within a tenth below what the service takes: $callsPerSecond calls/s, $workers workers',
    async (service) => {
      const settled = (await callFor(20, service)).slice(4);
      const average = settled.reduce((sum, each) => sum + each) / settled.length;
      expect(average).toBeGreaterThan(0.9 * service.callsPerSecond);
      // What the bucket held when the time began is on top.
      expect(average).toBeLessThan(1.02 * service.callsPerSecond);
      for (const second of settled) expect(second).toBeGreaterThan(0.85 * service.callsPerSecond);
    },
  );

  it('is soon back where the very first call was throttled', async () => {
    const { clock, run } = openVirtualClock();
    const pace = openPace(undefined, { clock });
    pace.throttled();
    let calls = 0;
    const worker = async () => {
      for (; clock.now() < 6000; calls += 1) await Promise.all([pace.turn(signal), clock.pause(10, signal)]);
    };
    const all = worker();
    await run();
    await all;
    expect(calls).toBeGreaterThan(100);
  });

  it('never goes above its ceiling', async () => {
    const { clock, run } = openVirtualClock();
    const pace = openPace(100, { clock });
    const turns: number[] = [];
    const worker = async () => {
      for (let call = 0; call < 50; call += 1) {
        await pace.turn(signal);
        turns.push(clock.now());
        pace.accepted();
      }
    };
    const all = Promise.all([worker(), worker(), worker()]);
    await run();
    await all;
    for (let second = 0; second * 1000 < turns.at(-1)!; second += 1)
      expect(turns.filter((turn) => turn >= second * 1000 && turn < (second + 1) * 1000).length).toBeLessThanOrEqual(
        101,
      );
  });

  it('lets calls go by their weight, and slows down no further than it is told', async () => {
    const { clock, run } = openVirtualClock();
    const pace = openPace(3_500, { clock, slowest: 350 });
    const turns: number[] = [];
    const deleteKeys = async (calls: number) => {
      for (let call = 0; call < calls; call += 1) {
        await pace.turn(signal, 1_000);
        turns.push(clock.now());
      }
    };
    const sent = deleteKeys(8);
    await run();
    await sent;
    expect(turns.at(-1)).toBeCloseTo(2_000);
    pace.accepted(700);
    pace.throttled();
    turns.length = 0;
    const slower = deleteKeys(3);
    await run();
    await slower;
    const gap = turns[2]! - turns[1]!;
    expect(gap).toBeGreaterThan(1_000);
    expect(gap).toBeLessThan(1_000_000 / 350);
  });

  it('lets every call go at once without ceiling and throttling', () => {
    const pace = openPace();
    expect(pace.turn(signal)).toBeUndefined();
    pace.accepted();
    expect(pace.turn(signal)).toBeUndefined();
  });
});
