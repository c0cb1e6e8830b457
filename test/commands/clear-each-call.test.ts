/** `clear --backup-s3`, killed at each call that changes something: what is gone is in a backup that is whole, and again, it ends clean. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openClearStore, people } from '../support/clear-groups.js';

const BIN = join(import.meta.dirname, '../../bin/sagemaker-fs.js');
const RECORDS = people(4);

test('killed at each of its calls', async () => {
  const store = await openClearStore();
  const { objects } = store.local.store;
  const cwd = join(store.dir, 'cwd');
  mkdirSync(cwd);
  for (const name of ['shop', 'shop-1']) {
    await store.create(name);
    await store.put(name, ...RECORDS);
  }
  await objects.createBucket('backups', 'us-east-1');
  const outside = () => Object.entries(store.outside('shop')).filter(([name]) => !name.startsWith('backups/'));
  const before = outside();

  const start = (to: string) => {
    const argv = ['clear', 'shop', '--force', '--backup-s3', `s3://backups/${to}`, ...store.global];
    const env = { PATH: process.env.PATH, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
    return spawn(process.execPath, [BIN, ...argv], { cwd, env, stdio: 'ignore' });
  };
  const end = async (child: ReturnType<typeof start>) => {
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    return code ?? signal;
  };
  /** What a backup has under a prefix, if its manifest says that it is whole. */
  const backedUp = (to: string, inside: string) => {
    const all = [...objects.list('backups', `${to}/shop/`)];
    return all.some(({ key }) => key.endsWith('/manifest.json')) ? all.filter(({ key }) => key.includes(inside)) : [];
  };

  let kills = 0;
  for (let call = 1; ; call += 1) {
    if (call > 1) await store.put('shop', ...RECORDS);
    const data = store.objectsUnder(store.prefixOf('shop')).map(({ key }) => key.split('/').at(-1)!);
    let changes = 0;
    const child = start(`at-${call}`);
    store.wire.after = ({ changes: isChange }) => {
      if (isChange && (changes += 1) === call) child.kill('SIGKILL');
    };
    const ended = await end(child);
    store.wire.after = () => {};
    expect(outside()).toEqual(before);
    if (ended === 0) break;
    expect(ended).toBe('SIGKILL');
    kills += 1;
    const records = backedUp(`at-${call}`, '/records.jsonl').map(({ file }) => readFileSync(file, 'utf8'));
    for (const id of RECORDS.map((record) => record.id as string))
      if (!(await store.get('shop', id))) expect(records.join(), `${id} at call ${call}`).toContain(`"id":"${id}"`);
    const there = store.objectsUnder(store.prefixOf('shop')).map(({ key }) => key.split('/').at(-1)!);
    const copied = backedUp(`at-${call}`, '/offline/').map(({ key }) => key.split('/').at(-1)!);
    expect([...there, ...copied], `at call ${call}`).toEqual(expect.arrayContaining(data));
    // Offline objects go only once the online store is proved empty.
    if (data.some((name) => !there.includes(name))) expect(await store.listed('shop')).toEqual([]);
    expect(await end(start(`again-${call}`))).toBe(0);
    expect(await store.listed('shop')).toEqual([]);
    expect(store.objectsUnder(store.prefixOf('shop'))).toEqual([]);
    expect(readdirSync(cwd)).toEqual([]);
  }
  expect(kills).toBeGreaterThan(10);
  expect(await store.listed('shop')).toEqual([]);
  expect(outside()).toEqual(before);
}, 240_000);
