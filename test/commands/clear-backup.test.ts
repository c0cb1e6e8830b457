/** `clear --backup-s3`: nothing is deleted that has no copy, and a copy is worth something. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { openClearStore, people } from '../support/clear-groups.js';
import { s3Refusal } from '../support/wire.js';

vi.setConfig({ testTimeout: 60_000 });

async function openShop() {
  const store = await openClearStore();
  await store.create('shop');
  for (let hour = 0; hour < 4; hour += 1) {
    const at = `2026-01-01T0${hour}:00:00Z`;
    await store.put('shop', ...people(5, `h${hour}-`).map((record) => ({ ...record, at })));
  }
  await store.local.store.objects.createBucket('backups', 'us-east-1');
  const objects = () => store.objectsUnder(store.prefixOf('shop')).map(({ key, etag }) => [key, etag]);
  const whole = async () => ({ records: await store.listed('shop'), objects: objects() });
  const backedUp = () => store.objectsUnder('', 'backups');
  const deletions = () =>
    store.changing().filter(({ operation }) => ['DeleteRecord', 'S3 POST delete', 'S3 DELETE'].includes(operation));
  return { ...store, whole, backedUp, deletions };
}

describe('a good backup', () => {
  test('holds everything, with a manifest of it, and bulk-put brings the group back', async () => {
    const store = await openShop();
    const strange = {
      id: 'Zürich "1"\n',
      at: '2044-01-01T00:00:00.123456789Z',
      name: '',
      price: '1e-7',
      stock: '9223372036854775807',
    };
    await store.put('shop', strange);
    const ids = await store.listed('shop');
    const before = await Promise.all(ids.map((id) => store.get('shop', id)));
    const objects = new Map(
      store
        .objectsUnder(store.prefixOf('shop'))
        .map((each) => [each.key.slice(store.prefixOf('shop').length), readFileSync(each.file)]),
    );

    const { code, stderr } = await store.clear('shop', '--force', '--backup-s3', 's3://backups/daily/');
    expect(code, stderr).toBe(0);
    const [, uri] =
      /^Backed up 21 records and 9 objects \(.*\) to (s3:\/\/backups\/daily\/shop\/\d{8}T\d{6}Z\/), and compared\.$/m.exec(
        stderr,
      )!;
    const prefix = uri!.slice('s3://backups/'.length);
    const copies = new Map(
      store
        .objectsUnder(`${prefix}offline/`, 'backups')
        .map((each) => [each.key.slice(`${prefix}offline/`.length), readFileSync(each.file)]),
    );
    expect(copies).toEqual(objects);

    const text = (name: string) => readFileSync(store.local.store.objects.head('backups', prefix + name)!.file, 'utf8');
    const manifest = JSON.parse(text('manifest.json')) as { records: Record<string, unknown> };
    const records = text('records.jsonl');
    expect(manifest).toMatchObject({
      group: { name: 'shop' },
      records: {
        count: 21,
        bytes: Buffer.byteLength(records),
        sha256: createHash('sha256').update(records).digest('hex'),
      },
      offline: { objects: 9, bytes: [...objects.values()].reduce((sum, { length }) => sum + length, 0) },
    });
    expect(text('objects.jsonl').trim().split('\n')).toHaveLength(9);

    const restore = /^To restore the records:\n {2}sagemaker-fs (bulk-put shop (s3:\S+\/))/m.exec(stderr)!;
    expect(await store.listed('shop')).toEqual([]);
    const restored = await store.run(restore[1]!.split(' '));
    expect(restored.code, restored.stderr).toBe(0);
    expect(await store.listed('shop')).toEqual(ids);
    expect(await Promise.all(ids.map((id) => store.get('shop', id)))).toEqual(before);
  });

  test('lies beside the offline store where no place is named', async () => {
    const store = await openShop();
    const { code, stderr } = await store.clear('shop', '--backup-s3', '--force');
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/Backed up .* to s3:\/\/features\/sagemaker-fs-backups\/shop\/\d{8}T\d{6}Z\//);
  });

  test('of an offline-only group has its live records', async () => {
    const store = await openShop();
    await store.create('past', { OnlineStoreConfig: undefined });
    await store.put('past', ...people(3));
    await store.softDelete('past', 'p1', '2026-02-01T00:00:00Z');
    const place = ['--backup-s3', 's3://backups', '--athena-output', 's3://backups/athena/'];
    const { code, stderr } = await store.clear('past', '--force', ...place);
    expect(code, stderr).toBe(0);
    const [, uri] = /^ {2}sagemaker-fs bulk-put past (s3:\S+\/)/m.exec(stderr)!;
    expect((await store.run(['bulk-put', 'shop', uri!])).stderr).toContain('2 written, 0 failed');
    expect(await store.get('shop', 'p2')).toEqual({ ...people(3)[2] });
  });

  test('takes in what lands while the clear goes on', async () => {
    const store = await openShop();
    let landed = false;
    store.wire.after = async ({ operation }) => {
      if (operation !== 'DeleteRecord' || landed) return;
      landed = true;
      await store.local.store.objects.put('features', `${store.prefixOf('shop')}late.parquet`, Buffer.from('late'));
    };
    const { code, stderr } = await store.clear('shop', '--force', '--backup-s3', 's3://backups');
    expect(code, stderr).toBe(0);
    const copies = store.backedUp().filter(({ key }) => key.includes('/offline/'));
    expect(copies).toHaveLength(9);
    expect(copies.some(({ key }) => key.endsWith('/offline/late.parquet'))).toBe(true);
    const manifest = store.backedUp().find(({ key }) => key.endsWith('manifest.json'))!;
    expect(JSON.parse(readFileSync(manifest.file, 'utf8'))).toMatchObject({ offline: { objects: 9 } });
  });
});

test('errors that pass, and such as do not say what they are about, are tried again', async () => {
  const store = await openShop();
  const xml = (status: number, body: string) =>
    new Response(body, { status, headers: { 'content-type': 'application/xml' } });
  const troubles = [
    s3Refusal(200, 'SlowDown'),
    s3Refusal(200, 'InternalError'),
    xml(200, '<Error><Message>What?</Message></Error>'),
    xml(403, '<?xml version="1.0"?><Error><Code>AccessDe'),
    xml(404, '<Err'),
  ];
  store.wire.answer = ({ operation }) => (operation === 'S3 PUT copy' ? troubles.shift() : undefined);
  const { code, stderr } = await store.clear('shop', '--force', '--backup-s3', 's3://backups');
  expect({ code, left: troubles.length }, stderr).toEqual({ code: 0, left: 0 });
  expect(stderr).toContain('Backed up 20 records and 8 objects');
});

describe('every call says whose the bucket must be:', () => {
  const OWNER = 'x-amz-expected-bucket-owner';

  test('the account of the group', async () => {
    const store = await openShop();
    const { code, stderr } = await store.clear('shop', '--force', '--backup-s3', 's3://backups');
    expect(code, stderr).toBe(0);
    const calls = store.wire.requests.filter(({ operation }) => operation.startsWith('S3'));
    expect(calls.length).toBeGreaterThan(10);
    for (const { operation, target, headers } of calls)
      expect(headers[OWNER], `${operation} ${target}`).toMatch(/^0+$/);
    for (const { operation, headers } of calls)
      if (operation === 'S3 PUT copy') expect(headers['x-amz-source-expected-bucket-owner']).toMatch(/^0+$/);
  });

  /** A bucket of another account, which lets this one in. */
  function lend(store: Shop, bucket: string, account: string) {
    store.wire.answer = ({ target, headers }) => {
      if (!target.startsWith(`/${bucket}`) || !headers[OWNER]) return undefined;
      if (headers[OWNER] !== account) return s3Refusal(403, 'AccessDenied');
      for (const name of [OWNER, 'x-amz-source-expected-bucket-owner']) delete headers[name];
      return undefined;
    };
  }

  test('a bucket of another account is emptied for whoever names that account alone', async () => {
    const store = await openShop();
    lend(store, 'features', '999999999999');
    const refused = await store.clear('shop', '--force');
    expect(refused.code).toBe(6);
    expect(refused.stderr).toContain('The bucket features of shop does not belong to account 000000000000');
    expect((await store.clear('shop', '--online-only', '--backup-s3', '--force')).code).toBe(6);
    expect((await store.clear('shop', '--bucket-owner', '888888888888', '--force')).code).toBe(6);
    expect(store.changing()).toEqual([]);
    const { code, stderr } = await store.clear('shop', '--bucket-owner', '999999999999', '--backup-s3', '--force');
    expect(code, stderr).toBe(0);
    expect(store.objectsUnder(store.prefixOf('shop'))).toEqual([]);
  });

  test('a backup goes to whose bucket was named, and that is said', async () => {
    const store = await openShop();
    lend(store, 'backups', '999999999999');
    const { code, stderr } = await store.clear('shop', '--force', '--backup-s3', 's3://backups');
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/The bucket of the backup, backups, does not belong to account\s+000000000000\./);
  });
});

describe('a backup that fails: exit 1, and nothing is deleted', () => {
  test.each([
    ['PutObject is denied', (store: Shop) => void (store.local.faults.deny = ['s3:PutObject']), /s3:PutObject/],
    [
      'the third copy is denied',
      (store: Shop) => {
        let copies = 0;
        store.wire.answer = ({ operation }) =>
          operation === 'S3 PUT copy' && ++copies === 3 ? s3Refusal(403, 'AccessDenied') : undefined;
      },
      /s3:PutObject/,
    ],
    [
      'a copy fails inside a 200',
      (store: Shop) => {
        store.wire.answer = ({ operation, target }) =>
          operation === 'S3 PUT copy' && target.includes('hour=02') ? s3Refusal(200, 'AccessDenied') : undefined;
      },
      /s3:PutObject/,
    ],
    [
      'a copy meets a wrong clock',
      (store: Shop) => {
        store.wire.answer = ({ operation }) =>
          operation === 'S3 PUT copy' ? s3Refusal(403, 'RequestTimeTooSkewed') : undefined;
      },
      /nothing was deleted\. RequestTimeTooSkewed \(S3\.CopyObject\): The clock of this machine differs/,
    ],
    ['a copy is shorter', corrupting((bytes) => bytes.subarray(1)), /has \d+ bytes, but/],
    [
      'a copy has another byte',
      corrupting((bytes) => bytes.map((byte, at) => (at === 9 ? byte ^ 1 : byte))),
      /does not hold what/,
    ],
    [
      'a copy is lost',
      (store: Shop) => {
        store.wire.answer = ({ operation, target }) =>
          operation === 'S3 PUT copy' && target.includes('hour=02')
            ? new Response('<CopyObjectResult><ETag>"x"</ETag></CopyObjectResult>', {
                headers: { 'content-type': 'application/xml' },
              })
            : undefined;
      },
      /There is no object|is not there/,
    ],
    [
      'the records cannot be read',
      (store: Shop) => void (store.local.faults.deny = ['sagemaker:BatchGetRecord', 'sagemaker:GetRecord']),
      /sagemaker:(Batch)?GetRecord/,
    ],
    [
      'the records arrive otherwise',
      (store: Shop) => {
        store.wire.after = async ({ operation, target }) => {
          if (operation !== 'S3 PUT' || !target.includes('records.jsonl')) return;
          const { key, bucket } = store.backedUp().find((each) => each.key.endsWith('records.jsonl'))!;
          await store.local.store.objects.put(bucket, key, Buffer.from('{}\n'));
        };
      },
      /does not hold what was written to it: 1 of 20 records/,
    ],
  ] as [string, (store: Shop) => void, RegExp][])('%s', async (_what, arrange, words) => {
    const store = await openShop();
    const before = await store.whole();
    arrange(store);
    const { code, stderr } = await store.clear('shop', '--force', '--backup-s3', 's3://backups');
    store.local.faults.deny = [];
    expect(code, stderr).toBe(1);
    expect(stderr).toMatch(words);
    expect(stderr).toContain('The backup failed, so nothing was deleted.');
    expect(stderr).not.toContain('To restore');
    expect(store.deletions()).toEqual([]);
    expect(await store.whole()).toEqual(before);
  });
});

type Shop = Awaited<ReturnType<typeof openShop>>;

/** One copy becomes something else as soon as it is made. */
function corrupting(change: (bytes: Buffer) => Uint8Array) {
  return (store: Shop) => {
    store.wire.after = async ({ operation, target }) => {
      if (operation !== 'S3 PUT copy' || !target.includes('hour=02')) return;
      const copy = store.backedUp().find(({ key }) => key.includes('hour=02'))!;
      await store.local.store.objects.put(copy.bucket, copy.key, Buffer.from(change(readFileSync(copy.file))));
    };
  };
}

describe('a place that is no place for a backup', () => {
  test.each([
    ['within the group’s own prefix', (own: string) => `s3://features/${own}`, 6, /is inside/],
    ['beside data/', (own: string) => `s3://features/${own.replace(/data\/$/, 'backup')}`, 6, /is inside/],
    ['above it', () => 's3://features/store', 6, /contains the offline store of shop/],
    ['the bucket', () => 's3://features', 6, /contains the offline store of shop/],
    [
      'in another group',
      (_own: string, other: string) => `s3://features/${other}x`,
      6,
      /is inside the offline store of other/,
    ],
    ['a bucket that is not there', () => 's3://nowhere/b', 2, /There is no bucket nowhere/],
    ['no address', () => 'backups', 2, /--backup-s3 takes an address such as/],
  ])('is refused: %s', async (_what, uri, code, words) => {
    const store = await openShop();
    await store.create('other');
    const ran = await store.clear(
      'shop',
      '--force',
      '--backup-s3',
      uri(store.prefixOf('shop'), store.prefixOf('other')),
    );
    expect(ran.code, ran.stderr).toBe(code);
    expect(ran.stderr).toMatch(words);
    expect(store.changing()).toEqual([]);
  });

  test('an online-only group has none beside its offline store', async () => {
    const store = await openShop();
    await store.create('lonely', { OfflineStoreConfig: undefined });
    const { code, stderr } = await store.clear('lonely', '--force', '--backup-s3');
    expect(code).toBe(2);
    expect(stderr).toContain('name a place, as --backup-s3 s3://bucket/backups');
  });
});

test('the plan lists the offline objects once, for their number and their storage classes', async () => {
  const store = await openClearStore();
  await store.create('shop');
  await store.put('shop', ...people(3));
  const { code, stderr } = await store.clear('shop', '--dry-run', '--backup-s3');
  expect(code, stderr).toBe(0);
  const prefix = store.prefixOf('shop');
  const listings = store.wire.requests.filter(
    ({ target }) => new URL(target, 'http://s3').searchParams.get('prefix') === prefix,
  );
  expect(listings).toHaveLength(1);
});
