/** Objects that S3 Glacier keeps, which Athena skips silently: told before anything is read, or removed. */
import {
  CopyObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { expect, test, vi } from 'vitest';
import { refusal, s3Refusal } from '../support/wire.js';
import { watchedStore } from '../support/watched-store.js';

vi.setConfig({ testTimeout: 60_000 });

const OUTPUT = ['--athena-output', 's3://results/'];
const AT = '2026-01-01T00:00:00Z';

/** Two records in two objects of `src`, a record in `dst`; `archive` moves the object of the first to another class. */
async function openPair() {
  const store = await watchedStore();
  await store.create('src');
  await store.create('dst');
  await store.put('src', [{ id: '1', at: AT, name: 'cold' }]);
  const objects = async () => {
    const { Contents = [] } = await store.s3.send(new ListObjectsV2Command({ Bucket: 'features' }));
    return Contents.filter(({ Key }) => Key!.includes('/src-')).map(({ Key }) => Key!);
  };
  const [Key = ''] = await objects();
  await store.put('src', [{ id: '2', at: '2026-02-01T00:00:00Z', name: 'warm' }]);
  await store.put('dst', [{ id: 'old', at: AT, name: 'was here' }]);
  const archive = (StorageClass: 'GLACIER' | 'DEEP_ARCHIVE' | 'INTELLIGENT_TIERING') =>
    store.s3.send(new CopyObjectCommand({ Bucket: 'features', Key, CopySource: `features/${Key}`, StorageClass }));
  return { ...store, archive, address: { Bucket: 'features', Key } };
}

test('the store keeps the class of an object, and gives no archived one out', async () => {
  const { s3, archive, address } = await openPair();
  await archive('DEEP_ARCHIVE');
  expect(await s3.send(new HeadObjectCommand(address))).toMatchObject({ StorageClass: 'DEEP_ARCHIVE' });
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: 'features', Prefix: address.Key }));
  expect(Contents).toMatchObject([{ StorageClass: 'DEEP_ARCHIVE' }]);
  const refused = { name: 'InvalidObjectState', $metadata: { httpStatusCode: 403 } };
  await expect(s3.send(new GetObjectCommand(address))).rejects.toMatchObject(refused);
  const copy = new CopyObjectCommand({ ...address, Key: 'copy', CopySource: `features/${address.Key}` });
  await expect(s3.send(copy)).rejects.toMatchObject(refused);
});

test('migrate, export and compare refuse (exit 6), before Athena is asked for anything', async () => {
  const { run, archive, queries } = await openPair();
  await archive('GLACIER');
  const commands = [
    ['migrate', 'src', 'dst', '--dry-run', ...OUTPUT],
    ['migrate', 'src', 'dst', '--engine', 'athena', ...OUTPUT],
    ['export', 'src', 'src.csv', ...OUTPUT],
    ['compare', 'src', ...OUTPUT],
    ['compare', 'dst', 'src', ...OUTPUT],
  ];
  for (const argv of commands) {
    const { code, stderr } = await run(argv);
    expect({ argv, code, stderr }).toMatchObject({ argv, code: 6 });
    expect(stderr).toContain('src has objects archived in S3 Glacier (GLACIER 1, of 2), which Athena skips silently');
  }
  expect(queries()).toEqual([]);
});

test('objects of a table that lies elsewhere are looked at too, exit 6', async () => {
  const { run, s3, wire, queries, local } = await openPair();
  const { name } = local.store.groups.find('us-east-1', 'src')!.offline!.table!;
  const put = (Key: string, StorageClass?: 'GLACIER') =>
    s3.send(new PutObjectCommand({ Bucket: 'features', Key, Body: 'x', StorageClass }));
  await put('mine/old.parquet', 'GLACIER');
  await put('mine/new.parquet');
  wire.alter = ({ operation, body }, answer) => {
    if (operation !== 'GetTable' || !body.includes(`"${name}"`)) return answer;
    const Table = answer.Table as { StorageDescriptor: object };
    return { Table: { ...Table, StorageDescriptor: { ...Table.StorageDescriptor, Location: 's3://features/mine' } } };
  };
  for (const argv of [
    ['migrate', 'src', 'dst', '--dry-run', ...OUTPUT],
    ['compare', 'dst', 'src', ...OUTPUT],
  ]) {
    const { code, stderr } = await run(argv);
    expect(stderr).toContain('src has objects archived in S3 Glacier (GLACIER 1, of 4), which Athena skips silently');
    expect(code).toBe(6);
  }
  expect(queries()).toEqual([]);
  wire.alter = (_request, answer) => answer;
  wire.answer = ({ operation }) => (operation === 'GetTable' ? refusal(400, 'AccessDeniedException') : undefined);
  const unseen = await run(['migrate', 'src', 'dst', '--clear-target', '--force', ...OUTPUT]);
  expect(unseen.stderr).toContain('cannot be listed (IAM action glue:GetTable), so some may be archived');
  expect(unseen.code).toBe(6);
});

test('--allow-archived goes on without their rows and says so; an online source is not concerned', async () => {
  const { run, archive, online } = await openPair();
  await archive('GLACIER');
  const allowed = await run(['migrate', 'src', 'dst', '--allow-archived', ...OUTPUT]);
  expect(allowed, allowed.stderr).toMatchObject({ code: 0 });
  expect(allowed.stderr).toMatch(
    /^warning: src has objects archived in S3 Glacier \(GLACIER 1, of 2\).*their rows are missing\.$/m,
  );
  expect([...(await online('dst', ['1', '2'])).keys()]).toEqual(['2']);
  const fromOnline = await run(['migrate', 'src', 'dst', '--read-from', 'online']);
  expect(fromOnline, fromOnline.stderr).toMatchObject({ code: 0 });
  expect([...(await online('dst', ['1', '2'])).keys()]).toEqual(['1', '2']);
});

test('before --clear-target there is no going on without them', async () => {
  const { run, archive, online, wire } = await openPair();
  const migrate = (...more: string[]) =>
    run(['migrate', 'src', 'dst', '--clear-target', '--force', ...OUTPUT, ...more]);
  await archive('GLACIER');
  for (const argv of [[], ['--allow-archived']]) {
    const { code, stderr } = await migrate(...argv);
    expect(code, stderr).toBe(6);
    expect(stderr).toContain('--clear-target could remove what only they hold');
  }
  wire.answer = ({ target }) => (target.includes('list-type=2') ? s3Refusal(403, 'AccessDenied') : undefined);
  const unseen = await migrate();
  expect(unseen, unseen.stderr).toMatchObject({ code: 6 });
  expect(unseen.stderr).toContain('cannot be listed (IAM action s3:ListBucket)');
  expect([...(await online('dst', ['old'])).keys()]).toEqual(['old']);
});

test('what a listing cannot tell is a warning, and so is a listing that is not allowed', async () => {
  const { run, archive, wire } = await openPair();
  await archive('INTELLIGENT_TIERING');
  const tiered = await run(['export', 'src', 'tiered.csv', ...OUTPUT]);
  expect(tiered, tiered.stderr).toMatchObject({ code: 0 });
  expect(tiered.stderr).toContain('warning: S3 Intelligent-Tiering keeps objects of src (1 of 2)');
  wire.answer = ({ target }) => (target.includes('list-type=2') ? s3Refusal(403, 'AccessDenied') : undefined);
  const unseen = await run(['export', 'src', 'unseen.csv', ...OUTPUT]);
  expect(unseen, unseen.stderr).toMatchObject({ code: 0 });
  expect(unseen.stderr).toContain(
    'warning: The objects of src cannot be listed (IAM action s3:ListBucket), so some may be archived',
  );
});

test('a clear with a backup refuses what it cannot copy; without one it deletes archived objects too', async () => {
  const { run, archive } = await openPair();
  await archive('GLACIER');
  const backup = await run(['clear', 'src', '--force', '--backup-s3', 's3://backups']);
  expect(backup, backup.stderr).toMatchObject({ code: 6 });
  expect(backup.stderr).toContain('Archived in S3 Glacier, 1 of 2 objects of src cannot be copied');
  const cleared = await run(['clear', 'src', '--force']);
  expect(cleared, cleared.stderr).toMatchObject({ code: 0 });
  expect(cleared.stderr).toContain('Archived in S3 Glacier: 1 of the objects.');
  expect(cleared.stderr).toContain('Deleted 2 objects');
});

test('an archived file of records is explained, not called an access error', async () => {
  const { run, archive, address } = await openPair();
  await archive('GLACIER');
  const { code, stderr } = await run(['bulk-put', 'dst', `s3://features/${address.Key}`]);
  expect(code, stderr).toBe(2);
  expect(stderr).toContain('is archived (S3 Glacier): restore it with `aws s3api restore-object`');
});

test('analyze counts the rows that Athena reads, and says that others are kept by S3 Glacier; markers are no objects', async () => {
  const { run, s3, archive, address } = await openPair();
  await archive('GLACIER');
  const Key = `${address.Key.slice(0, address.Key.indexOf('/data/'))}/data/_$folder$`;
  await s3.send(new PutObjectCommand({ ...address, Key, Body: '' }));
  const { code, stdout, stderr } = await run(['analyze', 'src', ...OUTPUT]);
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/^offline +Glue, 2 objects,/m);
  expect(stdout).toMatch(/^archived +1 object archived in S3 Glacier: Athena does not read them/m);
  expect(stdout).toMatch(/^rows +1 row of 1 identifier/m);
});
