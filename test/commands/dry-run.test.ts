/** A dry run tells what the run would meet: what refuses the one before anything is changed refuses the other, in the same words. */
import { StartQueryExecutionCommand } from '@aws-sdk/client-athena';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { openClearStore, people } from '../support/clear-groups.js';
import { OFFLINE } from '../support/groups.js';
import { ended } from '../support/queries.js';
import { refusal } from '../support/wire.js';

vi.setConfig({ testTimeout: 60_000 });

const SCHEMA = JSON.stringify([
  { FeatureName: 'id', FeatureType: 'String' },
  { FeatureName: 'event_time', FeatureType: 'String' },
]);
const RESULTS = ['--athena-output', 's3://results/'];

/** `shop` and `copy` have both stores, `past` is offline only, `live` online only, `ice` an Iceberg table. */
async function openShop() {
  const store = await openClearStore();
  for (const name of ['shop', 'copy']) await store.create(name);
  await store.create('past', { OnlineStoreConfig: undefined });
  await store.create('live', { OfflineStoreConfig: undefined });
  await store.put('shop', ...people(3));
  for (const bucket of ['results', 'backups']) await store.local.store.objects.createBucket(bucket, 'us-east-1');
  await writeFile(join(store.dir, 'rows.csv'), 'id,at,name\n1,2026-01-01T00:00:00Z,a\n');
  await writeFile(join(store.dir, 'schema.json'), SCHEMA);
  await mkdir(join(store.dir, 'taken.jsonl'));
  return store;
}
type Shop = Awaited<ReturnType<typeof openShop>>;

async function addIceberg(store: Shop) {
  const QueryExecutionContext = { Database: 'sagemaker_featurestore' };
  const ResultConfiguration = { OutputLocation: 's3://results/' };
  const start = new StartQueryExecutionCommand({
    QueryString: 'CREATE DATABASE IF NOT EXISTS ice',
    ...{ QueryExecutionContext, ResultConfiguration },
  });
  await ended(store.athena, (await store.athena.send(start)).QueryExecutionId!);
  await store.create('ice', {
    OfflineStoreConfig: {
      ...OFFLINE,
      TableFormat: 'Iceberg',
      DataCatalogConfig: { Catalog: 'AwsDataCatalog', Database: 'ice', TableName: 'ice' },
    },
  });
  await store.put('ice', ...people(3));
}

/** Another run of the same command holds the lock, until it has ended. */
const locked =
  (...path: string[]) =>
  async (store: Shop) => {
    await mkdir(join(store.dir, '.sagemaker-fs', ...path.slice(0, -1)), { recursive: true });
    const holder = JSON.stringify({ pid: process.ppid, host: (await import('node:os')).hostname() });
    await writeFile(join(store.dir, '.sagemaker-fs', ...path), holder);
  };

const deny =
  (...actions: string[]) =>
  (store: Shop) =>
    void (store.local.faults.deny = actions);
const updating = (store: Shop) =>
  void (store.wire.alter = ({ operation }, answer) =>
    operation === 'DescribeFeatureGroup' ? { ...answer, LastUpdateStatus: { Status: 'InProgress' } } : answer);

type Situation = [argv: string, code: number, words: RegExp, arrange?: (store: Shop) => unknown];

const SITUATIONS: Situation[] = [
  ['clear shop --max-delete 2', 6, /3 online records, more than --max-delete 2/],
  ['clear past --online-only', 2, /has no online store/],
  ['clear shop --vacuum', 2, /--vacuum is for Iceberg/],
  ['clear shop --errors-file no/such/place.jsonl', 2, /cannot be written/],
  ['clear shop --backup-s3 s3://features/', 6, /contains the offline store of shop/],
  ['clear shop --backup-s3 s3://nowhere/', 2, /There is no bucket nowhere/],
  ['clear shop --ids-file missing.txt', 2, /missing\.txt does not exist/],
  ['clear shop --offline-only', 1, /s3:ListBucket/, deny('s3:ListBucket')],
  [
    'clear shop --online-only --athena-output s3://results/',
    1,
    /athena:StartQueryExecution/,
    deny('sagemaker:ListRecords', 'athena:StartQueryExecution'),
  ],
  ['clear ice --workgroup none', 2, /no Athena workgroup none/, addIceberg],
  ['clear ice --offline-only --max-delete 2 --athena-output s3://results/', 6, /3 offline rows, more/, addIceberg],
  ['migrate shop copy --expect-count 7', 6, /--expect-count 7 does not match: 3 records/],
  ['migrate shop live --engine athena', 2, /live has no Athena table to insert into/],
  ['migrate shop past --verify', 2, /past has none/],
  ['migrate shop copy --errors-file taken.jsonl', 2, /is a directory/],
  ['migrate shop copy --filter-query nonsense>1', 2, /does not accept this --filter-query/],
  ['migrate shop copy --workgroup none', 2, /no Athena workgroup none/],
  ['migrate shop copy', 1, /athena:StartQueryExecution/, deny('athena:StartQueryExecution')],
  ['migrate shop copy', 6, /Another run/, locked('shop--copy', 'migration.json.lock')],
  ['migrate shop copy --clear-target', 1, /sagemaker:PutRecord/, deny('sagemaker:PutRecord')],
  ['migrate shop copy --clear-target', 6, /s3:ListBucket/, deny('s3:ListBucket')],
  ['bulk-put shop missing.csv', 2, /missing\.csv does not exist/],
  ['bulk-put shop rows.csv -o no/such/place.json', 2, /no\/such/],
  ['bulk-put shop rows.csv --errors-file taken.jsonl', 2, /is a directory/],
  ['bulk-put live rows.csv --target-stores offline', 2, /offline/],
  ['bulk-put nothing rows.csv', 3, /There is no feature group nothing/],
  ['create shop --schema-file schema.json', 1, /shop already exists/],
  ['create b --schema-file schema.json --s3-uri s3://features/b', 2, /--execution-role-arn/],
  ['delete nothing', 3, /There is no feature group nothing/],
  ['delete shop --delete-data', 1, /s3:ListBucket/, deny('s3:ListBucket')],
  ['delete shop --all-versions', 2, /needs --delete-data/],
  ['add-features shop -f at:Integral', 2, /type cannot be changed/],
  ['add-features shop -f more:Integral', 1, /shop is being updated/, updating],
  ['update live --ttl 30d', 1, /live is being updated/, updating],
  ['update past --ttl 30d', 2, /no online store/],
];

/** Run without a terminal, these would be refused for want of consent. */
const FORCED = /^(clear|delete|migrate .*--clear-target)/;

test.each(SITUATIONS)('%s: exit %i %s', async (line, code, words, arrange) => {
  const store = await openShop();
  await arrange?.(store);
  const argv = line.split(' ');
  const place = argv[0] === 'migrate' && !line.includes('--athena-output') ? RESULTS : [];
  const dry = await store.run([...argv, ...place, '--dry-run']);
  const wet = await store.run([...argv, ...place, ...(FORCED.test(line) ? ['--force'] : [])]);
  // A backup's place is named after the second in which it is planned.
  const sentence = (text: string) =>
    text
      .trimEnd()
      .split('\n')
      .at(-1)!
      .replace(/\d{8}T\d{6}Z/, '<time>');
  expect(sentence(wet.stderr)).toMatch(words);
  expect(sentence(dry.stderr)).toBe(sentence(wet.stderr));
  expect([dry.code, wet.code]).toEqual([code, code]);
  store.local.faults.deny = [];
  expect(await store.listed('shop')).toHaveLength(3);
});

test('a run of bulk-put that another process is at refuses the dry run, too', async () => {
  const store = await openShop();
  store.wire.answer = ({ operation }) =>
    operation === 'BatchWriteRecord' ? refusal(503, 'ServiceUnavailable') : undefined;
  let send: (signal: 'SIGINT') => void = () => {};
  let dry: ReturnType<Shop['run']> | undefined;
  store.wire.before = ({ operation }) => {
    if (operation !== 'BatchWriteRecord' || dry) return;
    dry = store.run(['bulk-put', 'shop', 'rows.csv', '--dry-run']);
    void dry.then(() => send('SIGINT'));
  };
  await store.run(['bulk-put', 'shop', 'rows.csv'], { interrupt: (sender: typeof send) => (send = sender) });
  expect(await dry).toMatchObject({ code: 6, stderr: expect.stringContaining('is doing this already') as string });
});
