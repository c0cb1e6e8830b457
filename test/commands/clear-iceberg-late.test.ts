/** `clear` of an Iceberg table after the other steps, which may take hours: whose table it is by then, and what has landed in it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { AT, openClearStore, people } from '../support/clear-groups.js';
import { OFFLINE } from '../support/groups.js';
import { ask } from '../support/queries.js';
import { refusal, s3Refusal } from '../support/wire.js';

vi.setConfig({ testTimeout: 60_000 });

const DataCatalogConfig = { Catalog: 'AwsDataCatalog', Database: 'ice', TableName: 'shop' };

async function openIce() {
  const store = await openClearStore();
  await store.create('shop', { OfflineStoreConfig: { ...OFFLINE, TableFormat: 'Iceberg', DataCatalogConfig } });
  await store.put('shop', ...people(3));
  const rows = async () =>
    Number(
      (await ask(store.athena, 'SELECT count(*) FROM shop', { QueryExecutionContext: { Database: 'ice' } }))[1]![0],
    );
  const clear = (...argv: string[]) => store.clear('shop', '--force', '--athena-output', 's3://results/', ...argv);
  return { ...store, rows, clear };
}

test('a group that is made anew while its online store is cleared keeps its rows: exit 6', async () => {
  const store = await openIce();
  store.wire.alter = ({ operation }, answer) =>
    operation === 'DescribeFeatureGroup' && store.wire.count('DeleteRecord') > 0
      ? { ...answer, CreationTime: Number(answer.CreationTime) + 60 }
      : answer;
  const { code, stderr } = await store.clear();
  expect(code, stderr).toBe(6);
  expect(stderr).toContain('was deleted and created again since the plan was made. The offline store was not touched.');
  expect(await store.rows()).toBe(3);
});

test('a group that is made anew while --settle waits keeps what lands in its table: exit 6', async () => {
  const store = await openIce();
  let anew = false;
  store.wire.alter = ({ operation }, answer) =>
    operation === 'DescribeFeatureGroup' && anew
      ? { ...answer, CreationTime: Number(answer.CreationTime) + 60 }
      : answer;
  store.wire.after = async ({ operation }) => {
    // Each query's result is removed: of the count, of another one, of the DELETE, and of the count that proves it.
    if (operation !== 'S3 POST delete' || store.wire.count(operation) !== 4) return;
    anew = true;
    await store.put('shop', { id: 'new', at: AT(1) });
  };
  const { code, stderr } = await store.clear('--settle', '2s');
  expect(code, stderr).toBe(6);
  expect(stderr).toContain('What landed in the meantime was not touched.');
  expect(await store.rows()).toBe(1);
});

test('rows that landed after the backup and cannot be copied are not deleted: exit 1', async () => {
  const store = await openIce();
  await store.local.store.objects.createBucket('backups', 'us-east-1');
  store.wire.answer = ({ operation }) =>
    operation === 'S3 PUT copy' && store.wire.count('DeleteRecord') > 0 ? s3Refusal(403, 'AccessDenied') : undefined;
  let landed = false;
  store.wire.after = async ({ operation }) => {
    if (operation !== 'DeleteRecord' || landed) return;
    landed = true;
    await store.put('shop', ...people(4, 'late').map((record) => ({ ...record, at: '2020-01-01T00:00:00Z' })));
  };
  const { code, stderr } = await store.clear('--backup-s3', 's3://backups/');
  expect(code, stderr).toBe(1);
  expect(stderr).toContain('Copying s3://features/');
  expect(await store.rows()).toBe(7);
});

test.each([
  ['as Athena counted them', undefined, 4],
  ['as they were counted before, where Athena may not be asked', 'GetQueryResults', 3],
])('the rows that were deleted are told %s', async (_how, denied, rows) => {
  const store = await openIce();
  let landing: Promise<void> | undefined;
  store.wire.before = ({ operation, body }) => {
    if (operation === 'StartQueryExecution' && body.includes('DELETE FROM'))
      landing ??= store.put('shop', { id: 'late', at: AT(1) });
  };
  store.wire.answer = async ({ operation }) => {
    await landing;
    return operation === denied ? refusal(403, 'AccessDeniedException') : undefined;
  };
  const { code, stderr } = await store.clear('--summary', 'summary.json');
  expect(code, stderr).toBe(0);
  expect(JSON.parse(await readFile(join(store.dir, 'summary.json'), 'utf8'))).toMatchObject({ offline: { rows } });
  expect(await store.rows()).toBe(0);
});
