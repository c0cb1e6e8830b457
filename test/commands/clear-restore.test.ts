/** The commands that `clear --backup-s3` prints for bringing everything back: they name the store that was cleared. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { openClearStore, people } from '../support/clear-groups.js';
import { run, temporaryFolder } from '../support/run.js';

const BIN = join(import.meta.dirname, '..', '..', 'bin', 'sagemaker-fs.js');

vi.setConfig({ testTimeout: 60_000 });

test('aws is given the region and the endpoint of the run', async () => {
  const store = await openClearStore();
  await store.create('shop');
  await store.put('shop', ...people(3));
  const { code, stderr } = await store.clear('shop', '--force', '--backup-s3');
  expect(code, stderr).toBe(0);
  const [, from, to, where] = /^ {2}aws s3 cp --recursive (\S+) (\S+) (.*)$/m.exec(stderr)!;
  expect(from).toMatch(/^s3:\/\/features\/sagemaker-fs-backups\/shop\/\w+\/offline\/$/);
  expect(to).toBe(`s3://features/${store.prefixOf('shop')}`);
  expect(where).toBe(`--region us-east-1 --endpoint-url ${store.endpoint}`);
});

test('for the embedded store aws is given its port, and local serve the folder', async () => {
  const cwd = await temporaryFolder();
  const local = (...argv: string[]) => run([...argv, '--local-dir', 'my store'], { cwd });
  await writeFile(join(cwd, 'people.csv'), 'id,at\np1,2026-01-01T00:00:00Z\n');
  const store = ['--s3-uri', 's3://features/', '--execution-role-arn', 'arn:aws:iam::000000000000:role/any'];
  const created = await local('create', 'shop', '--infer', 'people.csv', '--event-time-feature-name', 'at', ...store);
  expect(created.code, created.stderr).toBe(0);
  expect(await local('bulk-put', 'shop', 'people.csv')).toMatchObject({ code: 0 });
  const { code, stderr } = await local('clear', 'shop', '--force', '--backup-s3');
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(/^ {2}aws s3 cp --recursive s3:\S+ s3:\S+ --endpoint-url http:\/\/127\.0\.0\.1:4599$/m);
  expect(stderr).toMatch(/^For aws, .*\n {2}sagemaker-fs local serve --local-dir 'my store'$/m);
});

test('of a clear that was killed and run again, both backups are named, and together they bring everything back', async () => {
  const store = await openClearStore();
  await store.create('shop');
  const records = people(40);
  await store.put('shop', ...records);
  const { objects } = store.local.store;
  await objects.createBucket('backups', 'us-east-1');
  const prefix = store.prefixOf('shop');
  const keys = () => store.objectsUnder(prefix).map(({ key }) => key);
  const history = keys();
  const argv = ['clear', 'shop', '--force', '--max-workers', '1', '--backup-s3', 's3://backups'];
  const env = { ...process.env, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
  const where = ['--endpoint-url', store.endpoint, '--region', 'us-east-1'];
  const child = spawn(process.execPath, [BIN, ...argv, ...where], { cwd: store.dir, env, stdio: 'ignore' });
  store.wire.before = () => void (store.wire.count('DeleteRecord') === 15 && child.kill('SIGKILL'));
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
  await store.wire.deserted();
  store.wire.before = () => {};
  const left = await store.listed('shop');
  expect(left.length).toBeGreaterThan(0);
  expect(left.length).toBeLessThan(40);

  // A backup's folder has the second in its name.
  await sleep(1100);
  const { code, stderr } = await store.run(argv);
  expect(code, stderr).toBe(0);
  expect(await store.listed('shop')).toEqual([]);
  expect(keys()).toEqual([]);
  const puts = [...stderr.matchAll(/^ {2}sagemaker-fs (bulk-put shop (s3:\S+) .*)$/gm)].map(([, words, from]) => {
    return { words: words!.split(' '), from: from! };
  });
  const [first, second] = puts.map(({ from }) => from);
  expect(stderr).toContain(`An earlier clear of shop did not end: what it deleted is in its backup, ${first!}`);
  expect(first! < second!).toBe(true);
  expect(puts.map(({ from }) => from)).toEqual([first, second, first, second]);
  const copies = [...stderr.matchAll(/^ {2}aws s3 cp --recursive s3:\/\/backups\/(\S+) s3:\/\/features\/(\S+) /gm)];
  expect(copies.map(([, from]) => `s3://backups/${from!}`)).toEqual([`${first!}offline/`, `${second!}offline/`]);

  for (const { words } of puts.filter(({ words }) => words.includes('--target-stores'))) {
    const put = await store.run(words);
    expect(put.code, put.stderr).toBe(0);
  }
  // What aws does with these words.
  for (const [, from = '', to = ''] of copies)
    for (const copy of objects.listVersions('backups', from))
      if ('file' in copy)
        await objects.put('features', `${to}${copy.key.slice(from.length)}`, await readFile(copy.file));
  expect(await store.listed('shop')).toEqual(records.map(({ id }) => id).sort());
  expect(keys()).toEqual(history);
  expect(existsSync(join(store.dir, '.sagemaker-fs', 'shop'))).toBe(false);
});

test.each(['read', 'removed'])('a note of earlier backups that cannot be %s does not stop a clear', async (done) => {
  const store = await openClearStore();
  await store.create('shop');
  await store.put('shop', ...people(3));
  const short = join('.sagemaker-fs', 'shop', 'clear-us-east-1-000000000000.json');
  // In the place of the file a folder, which no permission makes one.
  const block = () => void mkdirSync(join(store.dir, short), { recursive: true });
  if (done === 'read') block();
  else store.wire.before = ({ operation }) => void (operation === 'S3 POST delete' && block());
  const { code, stderr } = await store.clear('shop', '--force');
  expect(code, stderr).toBe(0);
  expect(stderr).toContain(`${short} cannot be ${done} (`);
  expect(await store.listed('shop')).toEqual([]);
  expect(store.objectsUnder(store.prefixOf('shop'))).toEqual([]);
});
