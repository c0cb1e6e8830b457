import { ListObjectsV2Command, PutBucketVersioningCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { openClearStore, people } from '../support/clear-groups.js';
import { typed } from '../support/run.js';
import { watchedStore } from '../support/watched-store.js';
import { refusal, s3Refusal } from '../support/wire.js';

const ICEBERG = {
  OfflineStoreConfig: { S3StorageConfig: { S3Uri: 's3://features/store' }, TableFormat: 'Iceberg' as const },
};

/** `shop`, and beside it groups whose names begin alike, all with records offline. */
async function storeWithNeighbours() {
  const store = await watchedStore();
  for (const name of ['shop', 'shop-2', 'sho']) await store.create(name);
  await store.create('berg', ICEBERG);
  for (const name of ['shop', 'shop-2', 'sho', 'berg'])
    await store.put(
      name,
      ['1', '2', '3'].map((id) => ({ id, at: '2026-01-01T00:00:00Z', name })),
    );
  await store.local.store.offline.flush();
  const keys = async () => {
    const { Contents = [] } = await store.s3.send(new ListObjectsV2Command({ Bucket: 'features' }));
    return Contents.map(({ Key, ETag, Size }) => `${Key} ${ETag} ${Size}`);
  };
  const names = async () => {
    const { stdout } = await store.run(['list', '-o', 'json']);
    return (JSON.parse(stdout) as { FeatureGroupName: string }[]).map(({ FeatureGroupName }) => FeatureGroupName);
  };
  const tables = () =>
    store.local.store.tables.list('us-east-1', 'sagemaker_featurestore').map(({ name }) => name.replace(/_\d+$/, ''));
  return { ...store, keys, names, tables };
}

const isOf = (name: string) => new RegExp(`/offline-store/${name}-\\d+/`);

describe('delete', () => {
  it('keeps the data unless it is told otherwise', async () => {
    const { run, keys, names } = await storeWithNeighbours();
    const before = await keys();
    const { code, stderr } = await run(['delete', 'shop', '--force']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^stays +s3:\/\/features\/store\/[^]*--delete-data\s+removes\s+both$/m);
    expect(stderr).toContain('Deleted feature group shop.');
    expect(await names()).toEqual(['berg', 'sho', 'shop-2']);
    expect(await keys()).toEqual(before);
    expect((await run(['delete', 'shop', '--force'])).code).toBe(3);
  });

  it.each(['shop', 'berg'])('removes the objects and the table of %s, and nothing of its neighbours', async (name) => {
    const { run, keys, names, tables } = await storeWithNeighbours();
    const before = await keys();
    expect(before.filter((key) => isOf(name).test(key)).length).toBeGreaterThan(0);
    expect(await run(['delete', name, '--delete-data', '--force'])).toMatchObject({ code: 0 });
    expect(await keys()).toEqual(before.filter((key) => !isOf(name).test(key)));
    expect(await names()).toEqual(['berg', 'sho', 'shop', 'shop-2'].filter((each) => each !== name));
    expect(tables()).not.toContain(name);
    expect(tables()).toHaveLength(3);
  });

  it.each(['shop', 'berg'])('of %s leaves every byte and every record of its neighbours', async (name) => {
    const store = await openClearStore();
    for (const each of ['shop', 'shop-2', 'sho', 'berg']) {
      await store.create(each, each === 'berg' ? ICEBERG : {});
      await store.put(each, ...people(20, each));
    }
    const { id } = store.local.store.groups.find('us-east-1', name)!;
    const own = { own: store.prefixOf(name).replace(/data\/$/, ''), id };
    const { [`group ${name}`]: group, ...neighbours } = store.outside(name, own);
    expect(group).toBeDefined();
    expect(Object.keys(neighbours).length).toBeGreaterThan(60);
    expect(await store.run(['delete', name, '--delete-data', '--force'])).toMatchObject({ code: 0 });
    expect(store.outside(name, own)).toEqual(neighbours);
  });

  it('sweeps what lands while the group goes', async () => {
    const { run, keys, wire, s3 } = await storeWithNeighbours();
    const [, root] = /^(.*?\/offline-store\/shop-\d+\/)/.exec((await keys()).find((key) => isOf('shop').test(key))!)!;
    wire.after = async ({ operation }) => {
      if (operation === 'DeleteFeatureGroup')
        await s3.send(new PutObjectCommand({ Bucket: 'features', Key: `${root}data/late.parquet`, Body: 'late' }));
    };
    expect((await run(['delete', 'shop', '--delete-data', '--force'])).code).toBe(0);
    expect((await keys()).filter((key) => isOf('shop').test(key))).toEqual([]);
  });

  it('changes nothing under --dry-run, without consent, and with the wrong name', async () => {
    const { run, keys, names, wire } = await storeWithNeighbours();
    const before = await keys();
    wire.requests.length = 0;
    const terminal = { columns: 80 };
    const plan = await run(['delete', 'shop', '--delete-data', '--dry-run']);
    expect(plan).toMatchObject({ code: 0, stdout: expect.stringMatching(/^delete +feature group shop\nin +http/) });
    expect(plan.stdout).toMatch(/^under +s3:\/\/features\/store\/.*\/offline-store\/shop-\d+\/$/m);
    expect(plan.stdout).toMatch(/^table +sagemaker_featurestore\.shop_\d+, deleted$/m);
    expect((await run(['delete', 'shop', '--delete-data'])).code).toBe(6);
    expect((await run(['delete', 'shop', '--delete-data'], { terminal, stdin: typed('sho') })).code).toBe(6);
    expect((await run(['delete', 'shop', '--all-versions', '--force'])).code).toBe(2);
    expect(wire.requests.filter(({ changes }) => changes)).toEqual([]);
    expect([await keys(), await names()]).toEqual([before, ['berg', 'sho', 'shop', 'shop-2']]);
  });

  it('says before it asks what becomes of the versions of a versioned bucket', async () => {
    const { run, s3 } = await storeWithNeighbours();
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await s3.send(new PutBucketVersioningCommand({ Bucket: 'features', VersioningConfiguration }));
    const dry = ['delete', 'shop', '--delete-data', '--dry-run'];
    expect((await run(dry)).stdout).toMatch(/^versions +the bucket is versioned:.*\n(?: .*\n)*.*--all-versions/m);
    expect((await run([...dry, '--all-versions'])).stdout).toMatch(/nothing\s+can be brought back/);
  });

  it('keeps the group where its data could not be removed, and finishes when it is run again', async () => {
    const { run, keys, names, wire } = await storeWithNeighbours();
    wire.answer = ({ operation }) => (operation === 'S3 POST delete' ? s3Refusal(403, 'AccessDenied') : undefined);
    expect((await run(['delete', 'shop', '--delete-data', '--force'])).code).not.toBe(0);
    expect(await names()).toContain('shop');
    wire.answer = ({ operation }) =>
      operation === 'DeleteFeatureGroup' ? refusal(400, 'ValidationException') : undefined;
    expect((await run(['delete', 'shop', '--delete-data', '--force'])).code).toBe(1);
    expect(await names()).toContain('shop');
    wire.answer = () => undefined;
    expect((await run(['delete', 'shop', '--delete-data', '--force'])).code).toBe(0);
    expect((await keys()).filter((key) => isOf('shop').test(key))).toEqual([]);
  });

  it.each(['DeleteFeatureGroup', 'DeleteTable'])('goes on where the answer to %s was lost', async (lost) => {
    const { run, keys, names, tables, wire } = await storeWithNeighbours();
    wire.answer = ({ operation }) => (operation === lost && wire.count(lost) === 1 ? 0 : undefined);
    const { code, stderr } = await run(['delete', 'shop', '--delete-data', '--force']);
    expect({ code, calls: wire.count(lost) }, stderr).toEqual({ code: 0, calls: 2 });
    expect((await keys()).filter((key) => isOf('shop').test(key))).toEqual([]);
    expect(await names()).not.toContain('shop');
    expect(tables()).not.toContain('shop');
  });

  it('goes on where the group is on its way already, and says what is left where it cannot', async () => {
    const { run, tables, wire } = await storeWithNeighbours();
    let state = 'Created';
    wire.alter = ({ operation }, answer) =>
      operation === 'DescribeFeatureGroup' ? { ...answer, FeatureGroupStatus: state } : answer;
    wire.answer = ({ operation }) => {
      if (operation !== 'DeleteFeatureGroup') return undefined;
      state = 'Deleting';
      return refusal(400, 'ResourceInUse');
    };
    const { code, stderr } = await run(['delete', 'shop', '--delete-data', '--force', '--wait-for', '0s']);
    expect(code).toBe(5);
    expect(stderr).toContain('shop is still Deleting');
    expect(stderr).toMatch(/left of shop: objects under s3:\/\/\S+\/shop-\d+\/, and the table \S+\.shop_\d+\.$/m);
    expect(tables()).toContain('shop');
  });

  it('tries a group in DeleteFailed again, and says why it failed', async () => {
    const { run, names, wire } = await storeWithNeighbours();
    let failing = true;
    wire.alter = ({ operation }, answer) =>
      operation === 'DescribeFeatureGroup' && failing
        ? { ...answer, FeatureGroupStatus: 'DeleteFailed', FailureReason: 'No role.' }
        : answer;
    wire.answer = ({ operation }) => (operation === 'DeleteFeatureGroup' && failing ? new Response(null) : undefined);
    expect(await run(['delete', 'shop', '--force'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('could not be deleted: No role.'),
    });
    failing = false;
    expect((await run(['delete', 'shop', '--force'])).code).toBe(0);
    expect(await names()).not.toContain('shop');
  });

  it('deletes several, each after its own name, and goes on where one fails', async () => {
    const { run, names, wire } = await storeWithNeighbours();
    wire.answer = ({ operation, body }) =>
      operation === 'DeleteFeatureGroup' && body.includes('"sho"') ? refusal(400, 'ValidationException') : undefined;
    const { code, stderr } = await run(['delete', 'sho', 'shop-2', '--force']);
    expect({ code, names: await names() }).toEqual({ code: 4, names: ['berg', 'sho', 'shop'] });
    expect(stderr).toContain('1 of 2 feature groups were not deleted: sho.');
  });
});
