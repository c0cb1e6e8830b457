/** `clear` on offline stores that keep more than their objects: Iceberg tables and versioned buckets. */
import { PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { PassThrough } from 'node:stream';
import { describe, expect, test, vi } from 'vitest';
import { openContext } from '../../src/context.js';
import { vacuumTable } from '../../src/feature-store/clear/table/vacuum.js';
import { describeFeatureGroup } from '../../src/feature-store/groups/describe.js';
import { AT, openClearStore, people } from '../support/clear-groups.js';
import { OFFLINE } from '../support/groups.js';
import { ask } from '../support/queries.js';
import { typed } from '../support/run.js';
import { refusal } from '../support/wire.js';

vi.setConfig({ testTimeout: 60_000 });

const ATHENA = ['--athena-output', 's3://features/athena/'];

async function openIce() {
  const store = await openClearStore();
  const table = (name: string) => ({ Catalog: 'AwsDataCatalog', Database: 'ice', TableName: name });
  for (const name of ['shop', 'other']) {
    await store.create(name, {
      OfflineStoreConfig: { ...OFFLINE, TableFormat: 'Iceberg', DataCatalogConfig: table(name) },
    });
    await store.put(name, ...people(20, name));
    await store.put(name, { id: 'later', at: '2026-02-01T00:00:00Z' });
  }
  const query = (sql: string) => ask(store.athena, sql, { QueryExecutionContext: { Database: 'ice' } });
  const ids = async (name: string) => (await query(`SELECT id FROM ${name} ORDER BY id`)).slice(1).flat();
  const root = (name: string) => store.prefixOf(name).replace(/data\/$/, '');
  return { ...store, query, ids, root };
}

/** A plan without the folds of its long lines. */
const unfolded = (text: string) => text.replace(/\n {10}/g, ' ');

describe('an Iceberg table', () => {
  test('loses its rows by DELETE; metadata and neighbours stay, the table answers, and takes new rows', async () => {
    const store = await openIce();
    const before = store.objectsUnder(store.root('shop')).map(({ key }) => key);
    const others = await store.ids('other');
    const { code, stderr } = await store.clear('shop', '--force', ...ATHENA);
    expect(code, stderr).toBe(0);
    expect(unfolded(stderr)).toMatch(
      /^offline +all rows, by DELETE FROM, which keeps the bytes until snapshots expire \(2 objects/m,
    );
    expect(stderr).toContain('Deleted 21 rows from ice.shop: none is left.');
    expect(stderr).toMatch(/2 data objects \(.*\) are still under .*--vacuum does that/);

    const byHand = store
      .changing()
      .filter(({ operation }) => operation.startsWith('S3') && operation !== 'S3 POST delete');
    expect(byHand).toEqual([]);
    const deleted = store.changing().filter(({ operation }) => operation === 'S3 POST delete');
    for (const { body } of deleted) expect(body).not.toContain('/offline-store/');
    expect(store.objectsUnder(store.root('shop')).map(({ key }) => key)).toEqual(expect.arrayContaining(before));
    expect(await store.ids('shop')).toEqual([]);
    expect(await store.ids('other')).toEqual(others);

    await store.put('shop', { id: 'new', at: AT(1), name: 'afterwards' });
    expect(await store.query('SELECT id, name FROM shop')).toEqual([
      ['id', 'name'],
      ['new', 'afterwards'],
    ]);
    expect(await store.get('shop', 'new')).toMatchObject({ name: 'afterwards' });
  });

  test('is asked nothing before consent', async () => {
    const store = await openIce();
    expect(await store.clear('shop', ...ATHENA)).toMatchObject({ code: 6 });
    expect(store.wire.requests.filter(({ operation }) => operation === 'StartQueryExecution')).toEqual([]);
    expect(store.changing()).toEqual([]);
  });

  test('is counted by a dry run, so that it meets what the run would', async () => {
    const store = await openIce();
    expect((await store.clear('shop', '--dry-run', ...ATHENA)).code).toBe(0);
    expect(store.wire.count('StartQueryExecution')).toBe(1);
    // Its own result.
    expect(store.changing().map(({ operation }) => operation)).toEqual(['S3 POST delete']);
    expect(await store.ids('shop')).toHaveLength(21);
  });

  test('--max-delete counts its rows, before anything is deleted', async () => {
    const store = await openIce();
    const { code, stderr } = await store.clear('shop', '--force', '--offline-only', '--max-delete', '20', ...ATHENA);
    expect(code).toBe(6);
    expect(stderr).toContain('shop has 21 offline rows, more than --max-delete 20: nothing was deleted.');
    expect(await store.ids('shop')).toHaveLength(21);
  });

  test('that Athena cannot read stops the clear before the online store', async () => {
    const store = await openIce();
    store.local.faults.deny = ['athena:StartQueryExecution'];
    const { code, stderr } = await store.clear('shop', '--force', ...ATHENA);
    expect(code).toBe(1);
    expect(stderr).toContain('athena:StartQueryExecution');
    expect(await store.listed('shop')).toHaveLength(21);
  });

  test('needs no place for results to be named: one is found, and left empty', async () => {
    const store = await openIce();
    expect(await store.clear('shop', '--force')).toMatchObject({ code: 0 });
    expect(await store.ids('shop')).toEqual([]);
    const starts = store.wire.requests.filter(({ operation }) => operation === 'StartQueryExecution');
    for (const { body } of starts) expect(body).toContain('"OutputLocation":"s3://features/sagemaker-fs/athena/"');
    expect(store.objectsUnder('sagemaker-fs/')).toEqual([]);
  });

  /** As `--vacuum` does it, which waits for an hour. */
  async function vacuum(store: Awaited<ReturnType<typeof openIce>>, vacuumAgeSeconds: number) {
    const host = { env: {}, cwd: store.dir, now: () => new Date(), stdin: {}, stdout: new PassThrough() };
    const options = { endpointUrl: store.endpoint, region: 'us-east-1', quiet: true };
    const context = openContext(options, { ...host, stderr: new PassThrough(), onStop: () => () => {} } as never, []);
    const group = await describeFeatureGroup(context.aws, 'shop');
    const athena = { output: 's3://features/athena/', signal: context.signal, note: () => {} };
    await vacuumTable(context, group, { ...athena, vacuumAgeSeconds }).finally(() => context.close());
  }
  const statements = (store: Awaited<ReturnType<typeof openIce>>) =>
    store.wire.requests.flatMap(({ operation, body }) =>
      operation === 'StartQueryExecution' ? (JSON.parse(body) as { QueryString: string }).QueryString : [],
    );
  const settings = async (store: Awaited<ReturnType<typeof openIce>>) =>
    (await store.query('SHOW TBLPROPERTIES shop')).flat().join('\n');

  test('vacuumed, gives its bytes back, and keeps its own settings', async () => {
    const store = await openIce();
    await store.query("ALTER TABLE shop SET TBLPROPERTIES ('vacuum_max_snapshot_age_seconds'='7200')");
    await store.clear('shop', '--force', ...ATHENA);
    expect(store.objectsUnder(store.prefixOf('shop'))).toHaveLength(2);
    await vacuum(store, 1);
    expect(store.objectsUnder(store.prefixOf('shop'))).toEqual([]);
    expect(await store.ids('shop')).toEqual([]);
    expect(statements(store).some((sql) => /^(VACUUM|OPTIMIZE) ["`]/.test(sql))).toBe(false);
    expect(await settings(store)).toMatch(/vacuum_max_snapshot_age_seconds\t7200/);
    expect(await settings(store)).toMatch(/optimize_rewrite_delete_file_threshold\t2/);
    await store.put('shop', { id: 'new', at: AT(1) });
    expect(await store.ids('shop')).toEqual(['new']);
  });

  test('waits an hour with --vacuum; interrupted meanwhile, its settings were never touched', async () => {
    const store = await openIce();
    const options = { interruptAt: { words: 'may be vacuumed' } };
    const { code, stderr } = await store.run(['clear', 'shop', '--force', '--vacuum', ...ATHENA], options);
    expect(code, stderr).toBe(130);
    expect(stderr).toMatch(/^Waiting 1 h until the deleted rows may be vacuumed\.$/m);
    expect(statements(store).filter((sql) => /^(ALTER|VACUUM|OPTIMIZE)/.test(sql))).toEqual([]);
  });

  test('killed while it is vacuumed, it gets its settings back by the next clear', async () => {
    const store = await openIce();
    await store.query("ALTER TABLE shop SET TBLPROPERTIES ('vacuum_max_snapshot_age_seconds'='7200')");
    store.wire.answer = ({ operation, body }) =>
      operation === 'StartQueryExecution' && /"(OPTIMIZE|ALTER TABLE .*7200)/.test(body)
        ? refusal(403, 'AccessDeniedException')
        : undefined;
    await expect(vacuum(store, 0)).rejects.toThrow();
    expect(await settings(store)).toMatch(/optimize_rewrite_delete_file_threshold\t1/);
    store.wire.answer = () => undefined;
    const { code, stderr } = await store.clear('shop', '--force', ...ATHENA);
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/An earlier vacuum of .* was interrupted: the table's settings are restored/);
    expect(await settings(store)).toMatch(/vacuum_max_snapshot_age_seconds\t7200/);
    expect(await settings(store)).toMatch(/optimize_rewrite_delete_file_threshold\t2/);
    expect((await store.clear('shop', '--force', ...ATHENA)).stderr).not.toContain('was interrupted');
  });

  test('of another region, under the same names, does not get the settings of one that was killed', async () => {
    const store = await openIce();
    await store.query("ALTER TABLE shop SET TBLPROPERTIES ('vacuum_max_snapshot_age_seconds'='7200')");
    const refuse: typeof store.wire.answer = ({ operation, body }) =>
      operation === 'StartQueryExecution' && /"(OPTIMIZE|ALTER TABLE .*7200)/.test(body)
        ? refusal(403, 'AccessDeniedException')
        : undefined;
    store.wire.answer = refuse;
    await expect(vacuum(store, 0)).rejects.toThrow();
    store.wire.answer = () => undefined;
    // The same group, as it would look there.
    store.wire.alter = ({ operation }, answer) =>
      operation === 'DescribeFeatureGroup'
        ? { ...answer, FeatureGroupArn: String(answer.FeatureGroupArn).replace('us-east-1', 'eu-west-1') }
        : answer;
    const elsewhere = await store.clear('shop', '--force', '--offline-only', ...ATHENA);
    expect(elsewhere.stderr).not.toContain('was interrupted');
    store.wire.alter = (_request, answer) => answer;
    expect((await store.clear('shop', '--force', ...ATHENA)).stderr).toContain('was interrupted');
    expect(await settings(store)).toMatch(/vacuum_max_snapshot_age_seconds\t7200/);
  });

  test('a backup of it has its data and its metadata', async () => {
    const store = await openIce();
    await store.local.store.objects.createBucket('backups', 'us-east-1');
    const held = store.objectsUnder(store.root('shop')).length;
    const { code, stderr } = await store.clear('shop', '--force', '--backup-s3', 's3://backups', ...ATHENA);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain(`Backed up 21 records and ${held} objects`);
  });

  test('--vacuum and --all-versions are refused where they mean nothing', async () => {
    const store = await openIce();
    await store.create('glue');
    expect((await store.clear('glue', '--force', '--vacuum')).code).toBe(2);
    expect((await store.clear('shop', '--force', '--all-versions', ...ATHENA)).code).toBe(2);
    expect((await store.clear('glue', '--force', '--all-versions', '--online-only')).code).toBe(2);
    expect(store.changing()).toEqual([]);
  });
});

describe('a versioned bucket', () => {
  async function openVersioned(Status: 'Enabled' | 'Suspended' = 'Enabled') {
    const store = await openClearStore();
    for (const name of ['shop', 'shop-1']) await store.create(name);
    await store.s3.send(new PutBucketVersioningCommand({ Bucket: 'features', VersioningConfiguration: { Status } }));
    for (const name of ['shop', 'shop-1']) {
      for (let hour = 0; hour < 3; hour += 1)
        await store.put(name, { id: `${hour}`, at: `2026-01-01T0${hour}:00:00Z` });
    }
    const versions = () => [...store.local.store.objects.listVersions('features', store.prefixOf('shop'))];
    return { ...store, versions };
  }

  test('the plan says that old versions stay, and they do', async () => {
    const store = await openVersioned();
    const { code, stderr } = await store.clear('shop', '--force');
    expect(code, stderr).toBe(0);
    expect(unfolded(stderr)).toMatch(
      /^versions +the bucket is versioned: 0 old versions .* what is deleted now becomes old versions, which stay and cost as before; --all-versions removes them$/m,
    );
    expect(store.objectsUnder(store.prefixOf('shop'))).toEqual([]);
    expect(store.versions()).toHaveLength(6);
    const again = await store.clear('shop', '--dry-run');
    expect(unfolded(again.stdout)).toMatch(/^versions .*: 3 old versions \([\d.]+ KiB\) and 3 delete markers stay/m);
  });

  test.each(['Enabled', 'Suspended'] as const)(
    '--all-versions leaves none, delete markers included: %s',
    async (status) => {
      const store = await openVersioned(status);
      await store.clear('shop', '--force');
      await store.put('shop', { id: 'again', at: '2026-01-01T00:00:00Z' });
      expect(store.versions().length).toBeGreaterThan(3);
      const before = store.outside('shop');
      const { code, stderr } = await store.clear('shop', '--force', '--all-versions');
      expect(code, stderr).toBe(0);
      expect(unfolded(stderr)).toMatch(/^versions .* are deleted too: nothing can be brought back$/m);
      expect(store.versions()).toEqual([]);
      expect(store.outside('shop')).toEqual(before);
    },
  );

  test('--all-versions goes through more than a page, and counts for --max-delete', async () => {
    const store = await openVersioned();
    for (let number = 0; number < 1_100; number += 1) {
      const key = `${store.prefixOf('shop')}many-${number % 550}.parquet`;
      await store.local.store.objects.put('features', key, Buffer.from([number % 256]));
    }
    const refused = await store.clear('shop', '--force', '--all-versions', '--max-delete', '1000');
    expect(refused.code).toBe(6);
    expect(refused.stderr).toContain('1,103 offline objects and versions');
    const { code, stderr } = await store.clear('shop', '--force', '--all-versions');
    expect(code, stderr).toBe(0);
    expect(store.versions()).toEqual([]);
  });

  test('that cannot be looked into is spoken of', async () => {
    const store = await openVersioned();
    store.local.faults.deny = ['s3:GetBucketVersioning'];
    expect(unfolded((await store.clear('shop', '--dry-run')).stdout)).toContain(
      'Whether the bucket keeps old versions cannot be seen',
    );
    store.local.faults.deny = ['s3:ListBucketVersions'];
    expect(unfolded((await store.clear('shop', '--dry-run')).stdout)).toContain(
      'old versions, which cannot be listed (IAM action s3:ListBucketVersions) stay',
    );
    const { code, stderr } = await store.clear('shop', '--force', '--all-versions');
    expect(code).toBe(1);
    expect(stderr).toContain('s3:ListBucketVersions');
    expect(await store.listed('shop')).toHaveLength(3);
  });
});

test('Ctrl-C at the question: exit 130, and not one changing request', async () => {
  const store = await openClearStore();
  await store.create('shop');
  await store.put('shop', ...people(3));
  const options = { stdin: typed(), terminal: { columns: 80 }, interruptAt: { words: 'Type shop to continue: ' } };
  expect((await store.run(['clear', 'shop'], options)).code).toBe(130);
  expect(store.changing()).toEqual([]);
});

test('a listing that is cut short without a way on is not the end of it: exit 5, and nothing is deleted', async () => {
  const store = await openClearStore();
  await store.create('shop');
  await store.put('shop', ...people(3));
  const before = store.objectsUnder(store.prefixOf('shop'));
  const listing = '<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>';
  store.wire.answer = ({ target }) =>
    target.includes('list-type=2')
      ? new Response(listing, { headers: { 'content-type': 'application/xml' } })
      : undefined;
  const { code, stderr } = await store.clear('shop', '--force', '--retry-for', '0s');
  expect(stderr).toContain('a page that does not name the next one');
  expect(code).toBe(5);
  store.wire.answer = () => undefined;
  expect(store.objectsUnder(store.prefixOf('shop'))).toEqual(before);
});
