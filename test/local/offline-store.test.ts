/** The offline store: what a put leaves in S3, exactly once, whatever happens in between. */
import { AthenaClient } from '@aws-sdk/client-athena';
import { DescribeFeatureGroupCommand, SageMakerClient, type TableFormat } from '@aws-sdk/client-sagemaker';
import {
  DeleteRecordCommand,
  SageMakerFeatureStoreRuntimeClient,
} from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetMetadata } from 'hyparquet';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openLocal, type Local } from '../../src/local/index.js';
import { openOfflineBuffer } from '../../src/local/runtime/offline-buffer.js';
import { writeParquet } from '../../src/local/runtime/parquet.js';
import { keyOf, stampOf } from '../../src/local/runtime/partitions.js';
import { placeOf } from '../../src/local/store/s3-uri.js';
import { createGroup, definitions, putCommand, type PlainRecord } from '../support/groups.js';
import { ask } from '../support/queries.js';

let dir: string;
let now: number;
let local: Local;

/** Clients of a store on the test's folder; several may be open at once, as several processes are. */
const open = (options: { offlineDelayMs?: number } = {}) =>
  openLocal({ dir, now: () => now, ...options, onBug: (bug) => expect.fail(String(bug)) });

const clientsOf = ({ requestHandler }: Local) => {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const options = { region: 'eu-west-1', credentials, requestHandler, endpoint: 'http://127.0.0.1' };
  return {
    sagemaker: new SageMakerClient(options),
    runtime: new SageMakerFeatureStoreRuntimeClient(options),
    athena: new AthenaClient(options),
  };
};

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sagemaker-fs-'));
  now = Date.parse('2026-03-01T10:00:00Z');
  local = await open();
});
afterEach(async () => {
  await local.close();
  await rm(dir, { recursive: true, force: true });
});

const create = (change: object = {}, TableFormat: TableFormat = 'Glue') =>
  createGroup(clientsOf(local).sagemaker, 'items', {
    OfflineStoreConfig: {
      S3StorageConfig: { S3Uri: 's3://features/store' },
      TableFormat,
      DataCatalogConfig: { Catalog: 'AwsDataCatalog', Database: 'shop', TableName: 'items' },
    },
    ...change,
  });

const put = (record: PlainRecord, to: Local = local) => clientsOf(to).runtime.send(putCommand('items', record));
const query = (sql: string, to: Local = local) =>
  ask(clientsOf(to).athena, sql, { QueryExecutionContext: { Database: 'shop' } });

/** The group's objects below its ResolvedOutputS3Uri, after a flush. */
async function objects(): Promise<string[]> {
  await local.store.offline.flush();
  const described = await clientsOf(local).sagemaker.send(
    new DescribeFeatureGroupCommand({ FeatureGroupName: 'items' }),
  );
  const { bucket, key } = placeOf(described.OfflineStoreConfig!.S3StorageConfig!.ResolvedOutputS3Uri!);
  return [...local.store.objects.list(bucket, `${key}/`)].map((object) => object.key.slice(key.length + 1));
}

describe('where rows land', () => {
  test('by the hour of their event time, from two writers; the file is named after its newest row', async () => {
    await create();
    await put({ id: '1', at: '2026-01-31T23:59:59Z' });
    await put({ id: '2', at: '2020-06-01T00:44:01Z' });
    await put({ id: '3', at: '2026-01-31T23:00:00.500Z' });
    await put({ id: '4', at: '2026-01-31T23:00:01Z' });
    const keys = await objects();
    expect(keys).toHaveLength(3);
    expect(keys[0]).toMatch(/^year=2020\/month=06\/day=01\/hour=00\/20200601T004401Z_[A-Za-z0-9]{16}\.parquet$/);
    expect(keys[1]).toMatch(/^year=2026\/month=01\/day=31\/hour=23\/20260131T230001Z_[A-Za-z0-9]{16}\.parquet$/);
    expect(keys[2]).toMatch(/^year=2026\/month=01\/day=31\/hour=23\/20260131T235959Z_[A-Za-z0-9]{16}\.parquet$/);
  });

  test('an Iceberg table has days, and its metadata beside the data', async () => {
    await create({}, 'Iceberg');
    await put({ id: '1', at: '2026-01-31T23:59:59Z' });
    await put({ id: '2', at: '2026-01-31T00:00:00Z' });
    const keys = await objects();
    expect(keys).toHaveLength(1);
    expect(keys[0]).toMatch(/^[A-Za-z0-9]{8}\/at_trunc=2026-01-31\/20260131T235959Z_[A-Za-z0-9]{16}\.parquet$/);
    const all = [...local.store.objects.list('features', '')].map(({ key }) => key);
    expect(all.filter((key) => /-\d+\/metadata\/.*\.metadata\.json$/.test(key))).toHaveLength(2);
  });

  test.each([
    ['2026-01-02T03:04:05.123456789Z', false, '20260102T030405Z'],
    ['1767323045.999', true, '20260102T030405Z'],
    ['-1', true, '19691231T235959Z'],
    ['1.767323045e9', true, '20260102T030405Z'],
  ])('event time %s', (eventTime, fractional, stamp) => {
    expect(stampOf(eventTime, fractional)).toBe(stamp);
  });

  test('the same claim always gives the same name', () => {
    const layout = {
      region: 'r',
      eventTime: 'at',
      resolvedOutputS3Uri: 's3://b/k',
      tableFormat: 'Glue' as const,
      definitions: [],
    };
    const name = (claimId: string) => keyOf(layout, { latest: '20260102T030405Z', claimId, part: 'p' });
    expect(name('a')).toBe(name('a'));
    expect(name('a')).not.toBe(name('b'));
  });
});

describe('what rows hold', () => {
  const FeatureDefinitions = definitions(
    'ID:String, at:Fractional, Unit-Price:Fractional, stock:Integral, order:String',
  );
  const record = {
    ID: '1',
    at: '1767225600.25',
    'Unit-Price': '0.1',
    stock: '-9223372036854775808',
    order: 'quote " comma , newline \n tab \t ü 漢 \u{1F600} NUL \u0000 back\\slash',
  };

  test('values come back as they were, types and names as the service has them', async () => {
    await create({ FeatureDefinitions, RecordIdentifierFeatureName: 'ID' });
    await put(record);
    await put({ ID: '2', at: '1767225600', order: '' });
    expect(await query('SELECT id, at, "unit-price", stock, "order" FROM items ORDER BY id')).toEqual([
      ['id', 'at', 'unit-price', 'stock', 'order'],
      ['1', '1.76722560025E9', '0.1', record.stock, record.order],
      ['2', '1.7672256E9', null, null, ''],
    ]);
    expect(await query('SELECT api_invocation_time, write_time, is_deleted FROM items LIMIT 1')).toEqual([
      ['api_invocation_time', 'write_time', 'is_deleted'],
      ['2026-03-01 10:00:00.000', '2026-03-01 10:00:00.000', 'false'],
    ]);
  });

  test('a deletion is a row with nothing but its identifier and event time', async () => {
    await create();
    await put({ id: '1', at: '2026-01-01T00:00:00Z', name: 'a', stock: '1' });
    const deletion = {
      FeatureGroupName: 'items',
      RecordIdentifierValueAsString: '1',
      EventTime: '2026-01-02T00:00:00Z',
    };
    await clientsOf(local).runtime.send(new DeleteRecordCommand(deletion));
    expect(await query('SELECT id, at, name, stock FROM items WHERE is_deleted')).toEqual([
      ['id', 'at', 'name', 'stock'],
      ['1', '2026-01-02T00:00:00Z', null, null],
    ]);
  });

  test('an empty table has its columns', async () => {
    await create();
    expect(await query('SELECT sum(price), count(*) FROM items')).toEqual([
      ['_col0', '_col1'],
      [null, '0'],
    ]);
  });
});

test.each([
  ['values', { features: 1000, text: 'a', rows: [600, 600, 10] }],
  ['text', { features: 1, text: 'a'.repeat(500_000), rows: [50, 30, 2] }],
])(
  'what waits in memory is limited by its %s: it becomes row groups of one file',
  async (_what, { features, text, rows }) => {
    const layout = {
      ...{ region: 'r', eventTime: 'at', resolvedOutputS3Uri: 's3://b/k', tableFormat: 'Iceberg' as const },
      definitions: Array.from({ length: features }, (_, i) => ({
        FeatureName: `f${i}`,
        FeatureType: 'String' as const,
      })),
    };
    const row = { eventTime: '2026-01-01T00:00:00Z', invokedAt: now, deleted: false, values: [text] };
    const pages = rows.map((length) => Array.from({ length }, () => row));
    const [first = 0, second = 0, last = 0] = rows;
    const [file, ...others] = await writeParquet({ layout, pages, writeTime: now, folder: dir });
    expect([file?.rows, others]).toEqual([first + second + last, []]);
    const { buffer, byteOffset, byteLength } = await readFile(file!.path);
    const metadata = parquetMetadata(buffer.slice(byteOffset, byteOffset + byteLength));
    expect(metadata.row_groups.map(({ num_rows }) => Number(num_rows))).toEqual([first + second, last]);
  },
);

describe('when rows land', () => {
  test('not before the offline delay has passed', async () => {
    await local.close();
    local = await open({ offlineDelayMs: 60_000 });
    await create();
    await put({ id: '1', at: '2026-01-01T00:00:00Z' });
    now += 59_000;
    await put({ id: '2', at: '2026-01-01T00:00:00Z' });
    expect(await query('SELECT id FROM items')).toEqual([['id']]);
    now += 1_000;
    expect(await query('SELECT id FROM items')).toEqual([['id'], ['1']]);
    now += 59_000;
    expect(await query('SELECT id FROM items ORDER BY id')).toEqual([['id'], ['1'], ['2']]);
  });

  test('once, though several stores on one folder write and flush side by side', async () => {
    await create();
    const other = await open();
    const ids = Array.from({ length: 200 }, (_, i) => String(i));
    await Promise.all(
      ids.map(async (id, i) => {
        const store = i % 2 === 0 ? local : other;
        await put({ id, at: `2026-01-${String(1 + (i % 28)).padStart(2, '0')}T00:00:00Z` }, store);
        if (i % 10 === 0) await store.store.offline.flush();
      }),
    );
    await other.close();
    expect(await query('SELECT count(*), count(DISTINCT id) FROM items')).toEqual([
      ['_col0', '_col1'],
      ['200', '200'],
    ]);
  });

  test('once, though the process that had claimed them died', async () => {
    await create();
    await put({ id: '1', at: '2026-01-01T00:00:00Z' });
    const buffer = openOfflineBuffer(local.store.env);
    const [groupId] = buffer.groupIds();
    const claim = await buffer.claim(groupId!, { cutoff: now, now });
    await put({ id: '2', at: '2026-01-01T00:00:00Z' });
    expect(await query('SELECT id FROM items ORDER BY id')).toEqual([['id'], ['1'], ['2']]);
    expect(await buffer.finish(claim!, () => expect.fail('the rows have landed already'))).toBe(false);
    expect(await objects()).toHaveLength(2);
    expect(buffer.groupIds()).toEqual([]);
  });
});
