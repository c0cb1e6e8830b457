/** A machine whose clock is in 2040, and a service that tells it the time: what happens there goes by the service's clock. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { definitions, putCommand } from '../support/groups.js';
import { watchedStore } from '../support/watched-store.js';
import { refusal, type WireRequest } from '../support/wire.js';

vi.setConfig({ testTimeout: 60_000 });

const DAY = 86_400_000;
const FeatureDefinitions = definitions('id:String, at:String, name:String');
const ONLINE_ONLY = { FeatureDefinitions, OfflineStoreConfig: undefined };
const WITH_TTL = {
  FeatureDefinitions,
  OnlineStoreConfig: { EnableOnlineStore: true, TtlDuration: { Unit: 'Days', Value: 30 } } as const,
};
const OUTPUT = ['--athena-output', 's3://results/'];

const real = Date.now;
const today = new Date(real()).toISOString();
/** Days between a time and today. */
const daysOff = (time: unknown) => Math.abs(Date.parse(String(time)) - real()) / DAY;
let store: Awaited<ReturnType<typeof watchedStore>>;
/** Runs a command on that machine. */
let run: (...argv: string[]) => ReturnType<typeof store.run>;

beforeEach(async () => {
  store = await watchedStore({ now: () => real() });
  const ahead = Date.parse('2040-01-01T00:00:00Z') - real();
  store.wire.answer = ({ headers }: WireRequest) => {
    const signed = headers['x-amz-date']!.replace(/(....)(..)(..)T(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6Z');
    return Math.abs(Date.parse(signed) - real()) < 300_000 ? undefined : refusal(403, 'InvalidSignatureException');
  };
  run = async (...argv) => {
    const spy = vi.spyOn(Date, 'now').mockImplementation(() => real() + ahead);
    onTestFinished(() => spy.mockRestore());
    return store.run(argv, { now: () => new Date(real() + ahead) }).finally(() => spy.mockRestore());
  };
});

test('migrate --verify does not take records that were never written for expired ones', async () => {
  await store.create('src', { FeatureDefinitions, OnlineStoreConfig: undefined });
  await store.create('dst', WITH_TTL);
  await store.put(
    'src',
    ['1', '2', '3'].map((id) => ({ id, at: today, name: 'a' })),
  );
  store.wire.change = ({ operation }, body) => {
    if (operation !== 'BatchWriteRecord') return;
    for (const entry of body.Entries as { TargetStores?: string[] }[]) entry.TargetStores = ['OfflineStore'];
  };
  const { code, stderr } = await run('migrate', 'src', 'dst', '--verify', ...OUTPUT);
  expect(stderr).toMatch(/^Verified: 0 the same, 3 different in/m);
  expect(code).toBe(7);
});

test('compare does not take missing records for expired ones, nor a new one for settled', async () => {
  await store.create('a', { ...WITH_TTL, OfflineStoreConfig: undefined });
  await store.create('b', { ...WITH_TTL, OfflineStoreConfig: undefined });
  await store.put('a', [{ id: '1', at: today, name: 'a' }]);
  const missing = await run('compare', 'a', 'b', '-o', 'json');
  expect(JSON.parse(missing.stdout)).toMatchObject({ counts: { missing: 1, expired: 0 } });
  expect(missing.code).toBe(7);
  await store.create('both', { FeatureDefinitions });
  const at = new Date(real()).toISOString();
  await store.put('both', [{ id: '1', at, name: 'a' }]);
  await store.runtime.send(putCommand('both', { id: '2', at }, { TargetStores: ['OnlineStore'] }));
  const recent = await run('compare', 'both', ...OUTPUT, '-o', 'json');
  expect(JSON.parse(recent.stdout)).toMatchObject({ counts: { same: 1, unsettled: 1 } });
});

test('a missing event time is filled with the time at the service, so that later writes win', async () => {
  await store.create('group', ONLINE_ONLY);
  expect((await run('put', 'group', '--record', '{"id":"1","name":"a"}')).code).toBe(0);
  await writeFile(join(store.dir, 'rows.jsonl'), '{"id":"2","name":"a"}\n');
  expect((await run('bulk-put', 'group', 'rows.jsonl', '--fill-event-time')).code).toBe(0);
  await writeFile(join(store.dir, 'ids.txt'), '1\n2\n');
  const { stdout } = await run('bulk-get', 'group', 'ids.txt', '--current-time', '--format', 'jsonl');
  const online = await store.online('group', ['1', '2']);
  const times = [...stdout.matchAll(/"at":"([^"]+)"/g)].map(([, time]) => time);
  expect(times).toHaveLength(2);
  expect(online.size).toBe(2);
  for (const time of [...times, ...[...online.values()].map(({ at }) => at)]) expect(daysOff(time)).toBeLessThan(1);
});

test('a deletion does not keep later records out', async () => {
  await store.create('group', ONLINE_ONLY);
  await store.put('group', [{ id: '1', at: new Date(real() - DAY).toISOString(), name: 'a' }]);
  const deleted = await run('delete-record', 'group', '1', '--force');
  expect(deleted.code, deleted.stderr).toBe(0);
  await store.put('group', [{ id: '1', at: new Date(real() + DAY).toISOString(), name: 'again' }]);
  expect((await store.online('group', ['1'])).get('1')).toMatchObject({ name: 'again' });
});
