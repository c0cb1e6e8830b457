/** What destroys takes only what is the group's own: not a namesake's in the caller's account, nor what lies beside its data, nor another table. */
import { GetTableCommand, GlueClient, UpdateTableCommand } from '@aws-sdk/client-glue';
import { expect, test, vi } from 'vitest';
import { openClearStore, people } from '../support/clear-groups.js';
import { OFFLINE } from '../support/groups.js';

vi.setConfig({ testTimeout: 60_000 });

const THEIRS = '222222222222';
/** The bucket is ours all the same. */
const OURS = ['--bucket-owner', '000000000000'];
const ATHENA = ['--athena-output', 's3://features/athena/'];
const iceberg = (name: string) => ({
  OfflineStoreConfig: {
    ...OFFLINE,
    TableFormat: 'Iceberg' as const,
    DataCatalogConfig: { Catalog: 'AwsDataCatalog', Database: 'ice', TableName: name },
  },
});

/** `shop` is ours; the ARN is that of a group of another account, which has the same name and has been shared with us. */
async function openNamesakes() {
  const store = await openClearStore();
  await store.create('shop', iceberg('shop'));
  await store.put('shop', ...people(5));
  const { arn, accountId } = { ...store.local.store.groups.find('us-east-1', 'shop')!, accountId: '000000000000' };
  const theirs = arn.replace(accountId, THEIRS);
  const ofTheirs = new Set<unknown>();
  store.wire.change = (request, body) => {
    if (body.FeatureGroupName !== theirs) return;
    body.FeatureGroupName = 'shop';
    ofTheirs.add(request);
  };
  store.wire.alter = (request, answer) =>
    request.operation === 'DescribeFeatureGroup' && ofTheirs.has(request)
      ? (JSON.parse(JSON.stringify(answer).replaceAll(accountId, THEIRS)) as Record<string, unknown>)
      : answer;
  return { ...store, theirs, kept: store.outside('', { own: 'none', id: '' }) };
}

test.each(['--force', '--delete-data --force'])(
  'by the ARN of another account, delete %s does not delete our group of that name: exit 2',
  async (options) => {
    const store = await openNamesakes();
    const { code, stderr } = await store.run(['delete', store.theirs, ...options.split(' ')]);
    expect(code, stderr).toBe(2);
    expect(stderr).toContain(`is in account ${THEIRS}, us-east-1, and DeleteFeatureGroup takes a name alone`);
    expect(store.changing()).toEqual([]);
    expect(store.outside('', { own: 'none', id: '' })).toEqual(store.kept);
    expect(await store.run(['delete', store.theirs.replace(THEIRS, '000000000000'), '--force'])).toMatchObject({
      code: 0,
    });
  },
);

test('by the ARN of another account, clear does not empty the table of that name in our catalog: exit 2', async () => {
  const store = await openNamesakes();
  // Else, a group of ours that has the table stops it.
  store.local.faults.deny = ['sagemaker:ListFeatureGroups'];
  const { code, stderr } = await store.run(['clear', store.theirs, '--offline-only', ...OURS, '--force', ...ATHENA]);
  expect(code, stderr).toBe(2);
  expect(stderr).toContain('Athena looks for its table in the catalog of the caller');
  expect(store.wire.count('StartQueryExecution')).toBe(0);
  expect(store.outside('', { own: 'none', id: '' })).toEqual(store.kept);
});

test('by the ARN of another account, the plan says that the groups beside it cannot be seen', async () => {
  const store = await openNamesakes();
  const change = { OfflineStoreConfig: OFFLINE };
  await store.run(['delete', 'shop', '--force']);
  await store.create('shop', change);
  const { stdout } = await store.run(['clear', store.theirs, '--offline-only', ...OURS, '--dry-run']);
  expect(stdout.replace(/\s+/g, ' ')).toContain('The group is not among those that can be listed from here');
});

test('delete --delete-data keeps a group whose path another has chosen for its own store: exit 6', async () => {
  const store = await openClearStore();
  await store.create('shop');
  await store.put('shop', ...people(3));
  const root = store.prefixOf('shop').replace(/\/data\/$/, '');
  const S3StorageConfig = { S3Uri: `s3://features/${root}/inner` };
  await store.create('inner', { OfflineStoreConfig: { S3StorageConfig } });
  await store.put('inner', ...people(3));
  const kept = store.outside('', { own: 'none', id: '' });
  const { code, stderr } = await store.run(['delete', 'shop', '--delete-data', '--force']);
  expect(code, stderr).toBe(6);
  expect(stderr).toContain('feature group inner keeps its objects in');
  expect(store.outside('', { own: 'none', id: '' })).toEqual(kept);
  expect((await store.clear('shop', '--force')).code).toBe(0);
  expect(store.objectsUnder(store.prefixOf('inner'))).toHaveLength(2);
});

test('the plan of delete --delete-data counts what is deleted, beside the data too', async () => {
  const store = await openClearStore();
  await store.create('shop', iceberg('shop'));
  await store.put('shop', ...people(3));
  const { length } = store.objectsUnder(store.prefixOf('shop').replace(/data\/$/, ''));
  const { stderr } = await store.run(['delete', 'shop', '--delete-data', '--force']);
  expect(stderr).toMatch(new RegExp(`^offline +${length} objects, .*, deleted$`, 'm'));
  expect(stderr).toContain(`Deleted ${length} objects`);
});

test('clear deletes no rows of a table that lies elsewhere: exit 6', async () => {
  const store = await openClearStore();
  for (const name of ['shop', 'other']) {
    await store.create(name, iceberg(name));
    await store.put(name, ...people(5));
  }
  const settings = { region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } };
  const glue = new GlueClient({
    ...settings,
    endpoint: 'http://127.0.0.1',
    requestHandler: store.local.requestHandler,
  });
  const { Table } = await glue.send(new GetTableCommand({ DatabaseName: 'ice', Name: 'other' }));
  const { StorageDescriptor, Parameters, TableType } = Table!;
  const TableInput = { Name: 'shop', StorageDescriptor, Parameters, TableType };
  await glue.send(new UpdateTableCommand({ DatabaseName: 'ice', TableInput }));
  const { code, stderr } = await store.clear('shop', '--force', ...ATHENA);
  expect(code, stderr).toBe(6);
  expect(stderr).toMatch(/The table ice\.shop is in \S+\/other-\d+\S*, outside the path of shop/);
  expect(store.changing()).toEqual([]);
  expect(store.wire.count('StartQueryExecution')).toBe(0);
});
