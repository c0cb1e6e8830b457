import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { inLanes } from '../../src/utils/worker-pool.js';

const options = { workers: 4, batchSize: 10, keyOf: String, signal: new AbortController().signal };

it('the source waits while the workers are busy', async () => {
  let pulled = 0;
  let done = 0;
  let ahead = 0;
  async function* source() {
    for (; pulled < 5000; pulled += 1) {
      await Promise.resolve();
      yield pulled;
    }
  }
  const pool = inLanes<number, number>(source(), options, async (batch, { emit }) => {
    ahead = Math.max(ahead, pulled - done);
    await sleep(1);
    done += batch.length;
    emit(batch.length);
  });
  let total = 0;
  for await (const count of pool) total += count;
  expect(total).toBe(5000);
  expect(ahead).toBeLessThan(4 * 10 * 4);
});

it('the source goes on where results have piled up behind a slow loop and no worker is left', async () => {
  // eslint-disable-next-line @typescript-eslint/require-await
  async function* source() {
    for (let from = 0; from < 5000; from += 500) yield Array.from({ length: 500 }, (_, index) => from + index);
  }
  let total = 0;
  // eslint-disable-next-line @typescript-eslint/require-await
  const pool = inLanes<number, number>(source(), options, async (batch, { emit }) => emit(batch.length));
  for await (const count of pool) {
    await sleep(1);
    total += count;
  }
  expect(total).toBe(5000);
});

it('whoever leaves the loop early stops the source and the workers', async () => {
  let closed = false;
  let begun = 0;
  async function* source() {
    try {
      for (let item = 0; ; item += 1) {
        await Promise.resolve();
        yield item;
      }
    } finally {
      closed = true;
    }
  }
  const pool = inLanes<number, number>(source(), options, async (batch, { emit }) => {
    begun += 1;
    await sleep(1);
    emit(batch.length);
  });
  for await (const _count of pool) break;
  await sleep(20);
  const before = begun;
  await sleep(20);
  expect({ closed, begun }).toEqual({ closed: true, begun: before });
});
