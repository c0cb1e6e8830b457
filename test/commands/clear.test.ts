/** `clear`, as it is typed, through a wire to the embedded store that sees every request. */
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { AT, openClearStore, people } from '../support/clear-groups.js';
import { typed } from '../support/run.js';
import { refusal } from '../support/wire.js';

vi.setConfig({ testTimeout: 60_000 });
beforeEach(() => void vi.stubEnv('NO_COLOR', '1'));

/** `shop` and its neighbours: one named like its beginning, one that begins like it, and an object that is nobody's. */
async function openShop(...argv: Parameters<typeof openClearStore>) {
  const store = await openClearStore(...argv);
  for (const name of ['shop', 'shop-1', 'sho']) {
    await store.create(name);
    await store.put(name, ...people(30, name));
  }
  const { objects } = store.local.store;
  await objects.put('features', `${store.prefixOf('shop').slice(0, -1)}base/keep.parquet`, Buffer.from('unrelated'));
  await objects.put('features', 'store/readme.txt', Buffer.from('unrelated'));
  await objects.put('features', `${store.prefixOf('shop')}_SUCCESS`, Buffer.from(''));
  return store;
}

describe('everything in the group, and nothing beside it', () => {
  test('neighbours stay as they are, byte for byte; what was cleared is empty, and takes old events again', async () => {
    const store = await openShop();
    await store.softDelete('shop', 'shop3', AT(30));
    const before = store.outside('shop');
    expect(Object.keys(before).length).toBeGreaterThan(60);

    const { code, stderr, stdout } = await store.clear('shop', '--force');
    expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: '' });
    expect(stderr).toMatch(/^online +30 records, soft-deleted ones included/m);
    expect(stderr).toContain('30 deleted, 0 failed in ');
    expect(stderr).toContain('The online store of shop is empty: ListRecords lists nothing.');
    expect(stderr).toContain(`nothing is left under s3://features/${store.prefixOf('shop')}`);

    expect(await store.listed('shop')).toEqual([]);
    expect(store.objectsUnder(store.prefixOf('shop'))).toEqual([]);
    expect(store.outside('shop')).toEqual(before);
    const old = { id: 'shop3', at: '1999-12-31T23:59:59Z', name: 'again' };
    await store.putOne('shop', old);
    expect(await store.get('shop', 'shop3')).toEqual(old);
  });

  test('deletes leave no marker in the offline store', async () => {
    const store = await openShop();
    await store.clear('shop', '--force');
    await store.local.store.offline.flush();
    expect(store.objectsUnder(store.prefixOf('shop'))).toEqual([]);
    const deletions = store.wire.requests.filter(({ operation }) => operation === 'DeleteRecord');
    expect(deletions).toHaveLength(30);
    for (const { target } of deletions) {
      expect(target).toContain('DeletionMode=HardDelete');
      expect(target).toContain('TargetStores=OnlineStore');
      expect(target).not.toContain('OfflineStore');
    }
  });

  test.each(['String', 'Fractional'] as const)('records of the future and of long ago go as well: %s', async (type) => {
    const store = await openClearStore();
    const FeatureDefinitions = [
      { FeatureName: 'id', FeatureType: 'String' },
      { FeatureName: 'at', FeatureType: type },
    ] as const;
    await store.create('shop', { FeatureDefinitions: [...FeatureDefinitions] });
    const times =
      type === 'String'
        ? ['0000-01-01T00:00:00Z', '2199-01-01T00:00:00.999999999Z', '9999-12-31T23:59:59.999999998Z']
        : ['-62167219200', '7226582400.123456', '253402300799.5', '1.5e9'];
    await store.put('shop', ...times.map((at, number) => ({ id: String(number), at })));
    await store.softDelete('shop', 'later', type === 'String' ? '2150-01-01T00:00:00Z' : '5680281600');
    expect(await store.clear('shop', '--force')).toMatchObject({ code: 0 });
    expect(await store.listed('shop')).toEqual([]);
  });

  test('a record at the last instant there is cannot be deleted: it is named, and the offline store stays', async () => {
    const store = await openClearStore();
    await store.create('shop');
    await store.put('shop', { id: 'last', at: '9999-12-31T23:59:59.999999999Z' }, { id: 'other', at: AT(0) });
    const { code, stderr } = await store.clear('shop', '--force');
    expect(code).toBe(4);
    expect(stderr).toMatch(/record last: Its event time is the latest possible/);
    expect(await store.listed('shop')).toEqual(['last']);
    expect(store.objectsUnder(store.prefixOf('shop'))).toHaveLength(2);
  });

  test('a record that is written while it is deleted goes too', async () => {
    const store = await openClearStore();
    await store.create('shop');
    await store.put('shop', ...people(3));
    let written = false;
    store.wire.after = async ({ operation }) => {
      if (operation !== 'BatchGetRecord' || written) return;
      written = true;
      await store.putOne('shop', { id: 'p1', at: '2044-01-01T00:00:00Z' });
    };
    expect(await store.clear('shop', '--online-only', '--force')).toMatchObject({ code: 0 });
    expect(await store.listed('shop')).toEqual([]);
  });

  test('one store alone', async () => {
    const store = await openShop();
    const objects = store.objectsUnder(store.prefixOf('shop')).length;
    expect(await store.clear('shop', '--online-only', '--force')).toMatchObject({ code: 0 });
    expect(store.objectsUnder(store.prefixOf('shop'))).toHaveLength(objects);
    await store.put('shop', ...people(2));
    expect(await store.clear('shop', '--offline-only', '--force')).toMatchObject({ code: 0 });
    expect(store.objectsUnder(store.prefixOf('shop'))).toEqual([]);
    expect(await store.listed('shop')).toEqual(['p0', 'p1']);
  });

  test.each([
    ['online only', { OfflineStoreConfig: undefined }],
    ['offline only', { OnlineStoreConfig: undefined }],
  ])('a group that is %s', async (what, change) => {
    const store = await openClearStore();
    await store.create('shop', change);
    await store.put('shop', ...people(5));
    expect(await store.clear('shop', '--force')).toMatchObject({ code: 0 });
    if (what === 'online only') expect(await store.listed('shop')).toEqual([]);
    else expect(store.objectsUnder(store.prefixOf('shop'))).toEqual([]);
  });

  test('again: nothing is left to do, and that is a success', async () => {
    const store = await openShop();
    await store.clear('shop', '--force');
    const { code, stderr } = await store.clear('shop', '--force');
    expect(code).toBe(0);
    expect(stderr).toMatch(/^online +no record listed by ListRecords$/m);
    expect(stderr).toContain('0 deleted, 0 failed');
  });
});

describe('consent', () => {
  test.each([
    ['no terminal', undefined],
    ['a wrong name', 'shop-1'],
    ['nothing', ''],
    ['the name in capitals', 'SHOP'],
  ])('with %s: exit 6, and not one changing request', async (_what, name) => {
    const store = await openShop();
    const options = name === undefined ? {} : { stdin: typed(name), terminal: { columns: 100 } };
    const { code, stderr } = await store.run(['clear', 'shop', '--backup-s3'], options);
    expect(code).toBe(6);
    expect(stderr).toMatch(/nothing was changed/i);
    expect(stderr).toMatch(/^online +30 records, soft-deleted ones included, listed by ListRecords/m);
    expect(store.wire.requests.length).toBeGreaterThan(5);
    expect(store.changing()).toEqual([]);
  });

  test('the name, typed', async () => {
    const store = await openShop();
    const options = { stdin: typed('shop'), terminal: { columns: 100 } };
    const { code, stderr } = await store.run(['clear', 'shop', '-o', 'json'], options);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('Type shop to continue: ');
    expect(await store.listed('shop')).toEqual([]);
  });

  test.each([
    ['30 records', '29', /30 online records/],
    ['the objects', '1', /3[01]? online records|offline objects/],
  ])('--max-delete refuses %s: exit 6, and not one changing request', async (_what, max, words) => {
    const store = await openShop();
    const { code, stderr } = await store.clear('shop', '--force', '--max-delete', max);
    expect(code).toBe(6);
    expect(stderr).toMatch(words);
    expect(stderr).toMatch(new RegExp(`more than --max-delete ${max}: nothing was deleted`));
    expect(store.changing()).toEqual([]);
  });

  test('--max-delete also stops at objects, and lets through what it allows', async () => {
    const store = await openClearStore();
    await store.create('shop');
    await store.put('shop', { id: '1', at: '2026-01-01T00:00:00Z' });
    await store.put('shop', { id: '1', at: '2026-01-01T01:00:00Z' });
    const refused = await store.clear('shop', '--force', '--max-delete', '1');
    expect(refused.code).toBe(6);
    expect(refused.stderr).toContain('2 offline objects');
    expect(store.changing()).toEqual([]);
    expect((await store.clear('shop', '--force', '--max-delete', '2')).code).toBe(0);
  });

  test('--dry-run counts, prints the exact prefix, and sends only reads', async () => {
    const store = await openShop();
    const { code, stdout, stderr } = await store.clear('shop', '--dry-run');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^clear +shop, online and offline store; the group itself stays\nin +http:\/\/127\.0\.0\.1:\d+, account 000000000000, us-east-1, as\s+arn:\S+$/m,
    );
    expect(stdout).toMatch(/^online +30 records/m);
    expect(stdout).toMatch(/^offline +3 objects, [\d.]+ KiB/m);
    expect(stdout).toContain(`under     s3://features/${store.prefixOf('shop')}\n`);
    expect(stdout).toMatch(/^lag .*15 minutes.*--settle/m);
    expect(store.wire.count('ListRecords')).toBe(1);
    expect(store.changing()).toEqual([]);
  });

  test('-o json: the plan of a dry run, the summary of a run', async () => {
    const store = await openShop();
    const plan = JSON.parse((await store.clear('shop', '--dry-run', '-o', 'json')).stdout) as object;
    expect(plan).toMatchObject({
      group: 'shop',
      account: '000000000000',
      region: 'us-east-1',
      online: { source: 'ListRecords', records: 30 },
      offline: { format: 'Glue', prefix: `s3://features/${store.prefixOf('shop')}`, objects: 3, versioning: 'never' },
    });
    const summary = JSON.parse((await store.clear('shop', '--force', '-o', 'json')).stdout) as object;
    expect(summary).toMatchObject({
      command: 'clear',
      online: { deleted: 30, failed: 0, provedEmpty: true },
      offline: { objects: 3, failed: 0, provedEmpty: true },
    });
  });
});

describe('a path that is not the group’s alone', () => {
  const own = 's3://features/store/000000000000/sagemaker/us-east-1/offline-store';
  test.each([
    ['missing', undefined, /names no ResolvedOutputS3Uri/],
    ['empty', '', /names no ResolvedOutputS3Uri/],
    ['the bucket', 's3://features', /not of the form/],
    ['the bucket, with a slash', 's3://features/', /not of the form/],
    ['the S3Uri', 's3://features/store', /not of the form/],
    ['what all groups share', own, /not of the form/],
    ['another group’s', `${own}/shop-1-1/data`, /not of the form/],
    ['below its own', `${own}/shop-1/data/year=2026`, /not of the form/],
    ['without data', `${own}/shop-1`, /not of the form/],
    ['of another account', own.replace('000000000000', '111111111111') + '/shop-1/data', /not of the form/],
    ['no address', 'features/store', /not of the form/],
  ])('is refused: %s', async (_what, resolved, why) => {
    const store = await openShop();
    store.wire.alter = ({ operation, body }, answer) => {
      if (operation !== 'DescribeFeatureGroup' || !body.includes('"shop"')) return answer;
      const { S3StorageConfig, ...config } = answer.OfflineStoreConfig as { S3StorageConfig: object };
      const storage = { ...S3StorageConfig, ResolvedOutputS3Uri: resolved };
      return { ...answer, OfflineStoreConfig: { ...config, S3StorageConfig: storage } };
    };
    const { code, stderr } = await store.clear('shop', '--force');
    expect(code).toBe(6);
    expect(stderr).toMatch(why);
    expect(stderr).toContain('Nothing was deleted.');
    expect(store.changing()).toEqual([]);
  });

  test.each([
    ['holds', (path: string) => `${path}/below/other-1/data`],
    ['lies in', (path: string) => path.replace(/\/data$/, '')],
    ['is', (path: string) => path],
  ])('is refused where it %s that of another group', async (_what, theirs) => {
    const store = await openShop();
    const path = `s3://features/${store.prefixOf('shop').slice(0, -1)}`;
    store.wire.alter = ({ operation, body }, answer) => {
      if (operation !== 'DescribeFeatureGroup' || !body.includes('"sho"')) return answer;
      const { S3StorageConfig, ...config } = answer.OfflineStoreConfig as { S3StorageConfig: object };
      const storage = { ...S3StorageConfig, ResolvedOutputS3Uri: theirs(path) };
      return { ...answer, OfflineStoreConfig: { ...config, S3StorageConfig: storage } };
    };
    const { code, stderr } = await store.clear('shop', '--force');
    expect(code).toBe(6);
    expect(stderr).toContain('feature group sho keeps its objects in');
    expect(store.changing()).toEqual([]);
  });

  test('where other groups cannot be listed, that is said, and the form of the path decides', async () => {
    const store = await openShop();
    const before = store.outside('shop');
    store.local.faults.deny = ['sagemaker:ListFeatureGroups'];
    const { code, stderr } = await store.clear('shop', '--force');
    expect(code).toBe(0);
    expect(stderr).toMatch(/cannot be listed \(IAM action\s+sagemaker:ListFeatureGroups\)/);
    expect(store.outside('shop')).toEqual(before);
  });
});

describe('a step that fails stops those after it', () => {
  test('one record is not deleted: exit 4, it is named, the offline store stays; run again, it finishes', async () => {
    const store = await openShop();
    const objects = store.objectsUnder(store.prefixOf('shop')).length;
    store.wire.answer = ({ operation, target }) =>
      operation === 'DeleteRecord' && target.includes('=shop7&')
        ? refusal(400, 'ValidationError', 'Not shop7.')
        : undefined;
    const failed = await store.clear('shop', '--force');
    expect(failed.code).toBe(4);
    expect(failed.stderr).toContain('record shop7: Not shop7.');
    expect(failed.stderr).toContain('1 record failed; see ');
    expect(failed.stderr).not.toContain('Cleared');
    expect(await store.listed('shop')).toEqual(['shop7']);
    expect(store.objectsUnder(store.prefixOf('shop'))).toHaveLength(objects);
    expect(store.changing().filter(({ operation }) => operation.startsWith('S3'))).toEqual([]);

    store.wire.answer = () => undefined;
    const again = await store.clear('shop', '--force');
    expect(again.code).toBe(0);
    expect(again.stderr).toContain('1 deleted, 0 failed');
    expect(await store.listed('shop')).toEqual([]);
    expect(store.objectsUnder(store.prefixOf('shop'))).toEqual([]);
  });

  test('throttling and errors of the moment are waited out', async () => {
    const store = await openShop();
    let calls = 0;
    store.wire.answer = ({ operation }) => {
      if (!['DeleteRecord', 'ListRecords', 'BatchGetRecord'].includes(operation)) return undefined;
      calls += 1;
      if (calls < 5 || calls % 3 > 0) return undefined;
      return calls % 2 ? refusal(400, 'ThrottlingException') : refusal(500, 'InternalFailure');
    };
    const { code, stderr } = await store.clear('shop', '--force');
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/30 deleted, 0 failed, [1-9]\d* retried/);
  });

  test('keys that S3 refuses count: exit 4, and they are named', async () => {
    const store = await openShop();
    const { key } = store.objectsUnder(store.prefixOf('shop'))[0]!;
    store.local.store.objects.failKeys.set(`features/${key}`, 'AccessDenied');
    const { code, stderr } = await store.clear('shop', '--force');
    expect(code).toBe(4);
    expect(stderr).toContain(`record s3://features/${key}: AccessDenied`);
    expect(stderr).toContain('1 object was not deleted');
    expect(stderr).not.toContain('Cleared');
    expect(store.objectsUnder(store.prefixOf('shop')).map((object) => object.key)).toEqual([key]);
  });

  test('DeleteRecord is not allowed: exit 1, the action is named, the offline store stays', async () => {
    const store = await openShop();
    store.local.faults.deny = ['sagemaker:DeleteRecord'];
    const objects = store.objectsUnder(store.prefixOf('shop')).length;
    const { code, stderr } = await store.clear('shop', '--force');
    expect(code).toBe(1);
    expect(stderr).toContain('the IAM action sagemaker:DeleteRecord');
    expect(stderr).toContain('The offline store was not touched: run this again to finish.');
    expect(store.objectsUnder(store.prefixOf('shop'))).toHaveLength(objects);
  });

  test('DeleteObject is not allowed: every key counts, exit 4', async () => {
    const store = await openShop();
    store.local.faults.deny = ['s3:DeleteObject'];
    const { code, stderr } = await store.clear('shop', '--force');
    expect(code).toBe(4);
    expect(stderr).toContain('3 objects were not deleted');
    expect(stderr).toContain('s3:DeleteObject');
  });

  test('BatchGetRecord is not allowed: GetRecord does the job', async () => {
    const store = await openShop();
    store.local.faults.deny = ['sagemaker:BatchGetRecord'];
    const { code, stderr } = await store.clear('shop', '--force');
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('using GetRecord instead');
    store.local.faults.deny = [];
    expect(await store.listed('shop')).toEqual([]);
  });

  test('a writer that goes on is told apart from an empty store', async () => {
    const store = await openClearStore();
    await store.create('shop');
    await store.put('shop', ...people(2));
    store.wire.after = async ({ operation }) => {
      if (operation === 'DeleteRecord') await store.putOne('shop', { id: 'again', at: '2030-01-01T00:00:00Z' });
    };
    const { code, stderr } = await store.clear('shop', '--force');
    expect(code).toBe(1);
    expect(stderr).toContain('Records keep appearing in shop: something writes to it.');
    expect(store.objectsUnder(store.prefixOf('shop'))).not.toEqual([]);
  });

  test('Ctrl-C: calls in flight are finished, the offline store stays, exit 130', async () => {
    const store = await openShop();
    let send: (signal: 'SIGINT') => void = () => {};
    store.wire.latencyMs = 5;
    store.wire.after = ({ operation }) => void (operation === 'DeleteRecord' && send('SIGINT'));
    const objects = store.objectsUnder(store.prefixOf('shop')).length;
    const { code, stderr } = await store.run(['clear', 'shop', '--force'], { interrupt: (sender) => (send = sender) });
    expect(code).toBe(130);
    expect(stderr).not.toContain('Cleared');
    const deleted = 30 - (await store.listed('shop')).length;
    expect(stderr).toContain(`${deleted} deleted, 0 failed`);
    expect(deleted).toBeLessThan(30);
    expect(store.objectsUnder(store.prefixOf('shop'))).toHaveLength(objects);
  });
});

test('objects without content that mark a folder count for nothing, and do not keep a clear from ending', async () => {
  const store = await openShop();
  const { objects } = store.local.store;
  const own = store.prefixOf('shop');
  const markers = ['', 'year=2026/', 'year=2026_$folder$', 'shop2026-01-01T00:00:00Z.txt'].map((name) => own + name);
  for (const key of markers) await objects.put('features', key, Buffer.from(''));
  // As many as there are without the markers.
  objects.failKeys.set(`features/${markers[1]!}`, 'AccessDenied');
  const { code, stderr } = await store.clear('shop', '--force', '--offline-only', '--max-delete', '3');
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(/^offline +3 objects/m);
  expect(stderr).toMatch(/^Deleted 3 objects .*: nothing but empty folder markers \(1\) is left under/m);
  expect(store.objectsUnder(own).map(({ key }) => key)).toEqual([markers[1]]);
  objects.failKeys.clear();
  const again = await store.clear('shop', '--force', '--offline-only');
  expect(again.stderr).toMatch(/^offline +no objects$/m);
  expect(again.stderr).toMatch(/^Deleted 0 objects .*: nothing is left under/m);
  expect(store.objectsUnder(own)).toEqual([]);
});

describe('where ListRecords is not to be had', () => {
  test('identifiers come from the offline store, with a word about what that cannot guarantee', async () => {
    const store = await openShop();
    store.local.faults.deny = ['sagemaker:ListRecords'];
    const { code, stderr } = await store.clear('shop', '--force', '--athena-output', 's3://features/athena/');
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(
      /ListRecords is not allowed \(IAM action sagemaker:ListRecords\):\s+identifiers come from the offline store, through Athena\./,
    );
    expect(stderr).toContain('warning: Could not prove that the online store of shop is empty');
    expect(stderr).not.toContain('ListRecords lists nothing');
    expect(stderr).toMatch(/^warning: ListRecords is not allowed[^]*^clear +shop/m);
    store.local.faults.deny = [];
    expect(await store.listed('shop')).toEqual([]);
  });

  test.each([[], ['--ids-file', 'ids.csv'], ['--dry-run']])('no backup is planned, with %j', async (...more) => {
    const store = await openShop();
    store.local.faults.deny = ['sagemaker:ListRecords'];
    const { code, stdout, stderr } = await store.clear(
      'shop',
      '--force',
      '--backup-s3',
      's3://features/backups',
      ...more,
    );
    expect({ code, stdout }, stderr).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/ListRecords is not allowed \(IAM action sagemaker:ListRecords\), and a backup/);
    expect(stderr).not.toMatch(/^clear +shop/m);
    expect(store.changing()).toEqual([]);
    // The objects alone can be backed up without it.
    const offline = await store.clear('shop', '--force', '--backup-s3', 's3://features/backups', '--offline-only');
    expect(offline.code, offline.stderr).toBe(0);
  });

  test('an unknown operation is the same', async () => {
    const store = await openShop();
    store.wire.answer = ({ operation }) =>
      operation === 'ListRecords' ? refusal(404, 'UnknownOperationException') : undefined;
    const { code, stderr } = await store.clear('shop', '--force', '--athena-output', 's3://features/athena/');
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('ListRecords is not known here');
    expect(store.objectsUnder('athena/')).toEqual([]);
  });

  test('an online-only group needs --ids-file', async () => {
    const store = await openClearStore();
    await store.create('shop', { OfflineStoreConfig: undefined });
    await store.put('shop', ...people(3));
    store.local.faults.deny = ['sagemaker:ListRecords'];
    const refused = await store.clear('shop', '--force');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('name them with --ids-file');
    expect(store.changing()).toEqual([]);
    const { writeFile } = await import('node:fs/promises');
    await writeFile(`${store.dir}/ids.csv`, 'id;n\np0;1\np1;2\np2;3\n');
    const unread = await store.clear('shop', '--force', '--ids-file', 'ids.csv');
    expect(unread).toMatchObject({ code: 2, stderr: expect.stringContaining("Add --delimiter ';'.") });
    expect(store.changing()).toEqual([]);
    const done = await store.clear('shop', '--force', '--ids-file', 'ids.csv', '--delimiter', ';');
    expect(done.code, done.stderr).toBe(0);
    expect(done.stderr).toMatch(/^online +3 records named in\s+\S+ids.csv/m);
    expect(done.stderr).toContain('Could not prove that the online store of shop is empty');
    expect(done.stderr).toContain('Cleared shop, as far as its identifiers were known, in');
    store.local.faults.deny = [];
    expect(await store.listed('shop')).toEqual([]);
  });

  test('a listing that lags behind the deletions names no records that --ids-file does not', async () => {
    const store = await openClearStore();
    await store.create('shop');
    await store.put('shop', ...people(3));
    const { writeFile } = await import('node:fs/promises');
    await writeFile(`${store.dir}/ids.csv`, 'id\np0\np1\np2\n');
    let lagging = 2;
    store.wire.alter = ({ operation }, answer) =>
      operation === 'ListRecords' && store.wire.count('DeleteRecord') > 0 && lagging-- > 0
        ? { ...answer, RecordIdentifiers: ['p0', 'p2'] }
        : answer;
    const { code, stderr } = await store.clear('shop', '--force', '--ids-file', 'ids.csv');
    expect(code, stderr).toBe(0);
    expect(lagging).toBeLessThan(0);
    expect(stderr).toMatch(/^3 deleted, 0 failed in .*, ≈ 7 write units$/m);
  });

  test('records that --ids-file does not name stop the clear before the offline store', async () => {
    const store = await openShop();
    const { writeFile } = await import('node:fs/promises');
    await writeFile(`${store.dir}/ids.csv`, 'id\nshop0\nshop1\n');
    const { code, stderr } = await store.clear('shop', '--force', '--ids-file', 'ids.csv');
    expect(code).toBe(1);
    expect(stderr).toMatch(/28 records are left in shop: .*ids.csv does not name them\./);
    expect(store.objectsUnder(store.prefixOf('shop'))).not.toEqual([]);
  });
});

describe('what lands later', () => {
  test('--settle waits and sweeps again', async () => {
    const store = await openShop();
    let landed = false;
    store.wire.after = ({ operation }) => {
      if (operation !== 'S3 POST delete' || landed) return;
      landed = true;
      setTimeout(
        () => void store.local.store.objects.put('features', `${store.prefixOf('shop')}late.parquet`, Buffer.from('x')),
        400,
      );
    };
    const { code, stderr } = await store.clear('shop', '--force', '--settle', '1s');
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/swept again\s+after 1.0 s/);
    expect(stderr).toMatch(/^Waiting 1.0 s for records on their way to the offline store\.$/m);
    expect(stderr).toContain('1 object had arrived in the meantime and is deleted.');
    expect(store.objectsUnder(store.prefixOf('shop'))).toEqual([]);
  });
});
