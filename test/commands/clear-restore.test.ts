/** The commands that `clear --backup-s3` prints for bringing everything back: they name the store that was cleared. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { openClearStore, people } from '../support/clear-groups.js';
import { run, temporaryFolder } from '../support/run.js';

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
