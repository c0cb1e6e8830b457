/** `clear` as a process that is killed at every stage: nothing beside the group is ever gone, and again, it ends clean. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { randomNumbers } from '../support/chance.js';
import { openClearStore, people } from '../support/clear-groups.js';

const BIN = join(import.meta.dirname, '..', '..', 'bin', 'sagemaker-fs.js');
const KILLS = 10;
/** What is left of a run that was killed may be done before the next kill is due. */
const MAX_ROUNDS = 40;
const RECORDS = 40;
const HOURS = 4;
/** Latency of each call: it is under way when the process is killed. */
const LATENCY_MS = 8;

test(`killed ${KILLS} times`, async () => {
  const store = await openClearStore();
  const names = ['shop', 'shop-1', 'sho'];
  const fill = async (name: string) => {
    for (let hour = 0; hour < HOURS; hour += 1) {
      const at = `2026-01-01T0${hour}:00:00Z`;
      await store.put(name, ...people(RECORDS / HOURS, `h${hour}-`).map((record) => ({ ...record, at })));
    }
  };
  for (const name of names) {
    await store.create(name);
    await fill(name);
  }
  await store.local.store.objects.createBucket('backups', 'us-east-1');
  await store.local.store.objects.put(
    'features',
    `${store.prefixOf('shop').slice(0, -1)}base.parquet`,
    Buffer.from('beside'),
  );
  const outside = () =>
    Object.fromEntries(Object.entries(store.outside('shop')).filter(([name]) => !name.startsWith('backups/')));
  const before = outside();
  store.wire.latencyMs = LATENCY_MS;

  const start = (round: number) => {
    const backup = round % 2 === 0 ? ['--backup-s3', `s3://backups/${round}`] : [];
    const argv = ['clear', 'shop', '--force', '--endpoint-url', store.endpoint, '--region', 'us-east-1', ...backup];
    const env = { ...process.env, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
    return spawn(process.execPath, [BIN, ...argv], { cwd: store.dir, env, stdio: 'ignore' });
  };
  const calls: Record<string, number> = {};
  for (const kind of ['backed up', 'alone']) {
    store.wire.requests.length = 0;
    expect(await once(start(kind === 'alone' ? 1 : 0), 'exit')).toEqual([0, null]);
    calls[kind] = store.wire.requests.length;
    await fill('shop');
  }

  const random = randomNumbers(1);
  const reached = { deletions: 0, sweeps: 0 };
  let killed = 0;
  for (let round = 1; killed < KILLS; round += 1) {
    expect(round).toBeLessThan(MAX_ROUNDS);
    if ((await store.listed('shop')).length === 0) await fill('shop');
    store.wire.requests.length = 0;
    // Each tenth of a run has its turn.
    const last = Math.ceil(((killed + random()) / KILLS) * calls[round % 2 ? 'alone' : 'backed up']!);
    const child = start(round);
    store.wire.before = () => void (store.wire.requests.length === last && child.kill('SIGKILL'));
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    expect([0, null]).toContain(code);
    if (signal === 'SIGKILL') killed += 1;
    store.wire.before = () => {};
    await store.wire.deserted();
    if (store.wire.requests.some(({ operation }) => operation === 'DeleteRecord')) reached.deletions += 1;
    if (store.wire.requests.some(({ operation }) => operation === 'S3 POST delete')) reached.sweeps += 1;
    expect(outside()).toEqual(before);
    // Offline objects go only once the online store is empty.
    if (store.objectsUnder(store.prefixOf('shop')).length < HOURS && (await store.listed('shop')).length > 0)
      expect.unreachable('the offline store was begun before the online store was empty');
    if (round % 4 > 0) continue;
    // Without a backup: two of one second would share a place, which is refused.
    expect(await once(start(1), 'exit')).toEqual([0, null]);
    expect(await store.listed('shop')).toEqual([]);
    expect(store.objectsUnder(store.prefixOf('shop'))).toEqual([]);
  }
  expect(reached.deletions).toBeGreaterThan(0);
  expect(reached.sweeps).toBeGreaterThan(0);
  expect(await once(start(1), 'exit')).toEqual([0, null]);
  expect(await store.listed('shop')).toEqual([]);
  expect(store.objectsUnder(store.prefixOf('shop'))).toEqual([]);
  expect(outside()).toEqual(before);
}, 180_000);
