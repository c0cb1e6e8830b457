/** `put`, `get` and `delete-record` on a line with faults: done is done, and what is there is never said not to be. */
import { expect, onTestFinished, test } from 'vitest';
import { openFaultProxy } from '../support/fault-proxy.js';
import { run } from '../support/run.js';
import { openFaultyStore, records } from './faulty-store.js';

const RATE = 0.4;
const ROUNDS = 20;

test(`${ROUNDS} records, ${RATE * 100} % of calls`, { timeout: 120_000 }, async () => {
  const store = await openFaultyStore();
  await store.create('shop');
  const proxy = await openFaultProxy({ port: store.port, seed: 1, rate: RATE });
  onTestFinished(proxy.close);
  const there = () => store.records('shop');
  const typed = async (...argv: string[]) => {
    const ran = await run([...argv, '--endpoint-url', proxy.endpoint, '--region', 'us-east-1'], { cwd: store.dir });
    await proxy.settled();
    const told = `${argv.join(' ')}: exit ${ran.code}: ${ran.stderr}\n${proxy.log()}`;
    expect(ran.stderr, told).not.toMatch(/^ {4}at |Cannot read prop|Unexpected|is not iterable|undefined/m);
    return { ...ran, told };
  };
  const done = { put: 0, got: 0, deleted: 0 };
  for (const record of records(ROUNDS)) {
    const id = record.id as string;
    const put = await typed('put', 'shop', '--record', JSON.stringify(record));
    // 3: the group that is not found for a moment.
    expect([0, 1, 3, 5], put.told).toContain(put.code);
    if (put.code === 0) expect(there().get(id), put.told).toEqual(record);
    const written = there().get(id);
    const got = await typed('get', 'shop', id);
    expect([0, 1, 5, ...(written ? [] : [3])], got.told).toContain(got.code);
    if (got.code === 0) expect(JSON.parse(got.stdout), got.told).toEqual(written);
    const deleted = await typed('delete-record', 'shop', id, '--hard', '--force');
    expect([0, 1, 5, ...(written ? [] : [3])], deleted.told).toContain(deleted.code);
    if (deleted.code === 0) expect(there().has(id), deleted.told).toBe(false);
    for (const [name, { code }] of Object.entries({ put, got, deleted })) if (code === 0) done[name as 'put'] += 1;
  }
  // Most get through by the SDK's own retries.
  for (const count of Object.values(done)) expect(count).toBeGreaterThan(ROUNDS / 2);
});
