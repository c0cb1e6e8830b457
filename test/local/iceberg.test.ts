/** Iceberg tables: rows deleted at once, bytes gone after VACUUM, files made fewer by OPTIMIZE. */
import { AthenaClient } from '@aws-sdk/client-athena';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import {
  DeleteRecordCommand,
  SageMakerFeatureStoreRuntimeClient,
} from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Local } from '../../src/local/index.js';
import { openThrowAway } from '../support/doors.js';
import { createGroup, putCommand, type PlainRecord } from '../support/groups.js';
import { ask, reasonOf } from '../support/queries.js';

let local: Local;
let now = Date.parse('2026-03-01T10:00:00Z');
let table = '';
let groups = 0;
let clients: { sagemaker: SageMakerClient; runtime: SageMakerFeatureStoreRuntimeClient; athena: AthenaClient };

beforeAll(async () => {
  local = await openThrowAway({ now: () => now });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const options = {
    region: 'us-east-1',
    credentials,
    requestHandler: local.requestHandler,
    endpoint: 'http://127.0.0.1',
  };
  clients = {
    sagemaker: new SageMakerClient(options),
    runtime: new SageMakerFeatureStoreRuntimeClient(options),
    athena: new AthenaClient(options),
  };
});
afterAll(() => local.close());

const put = (record: PlainRecord) => clients.runtime.send(putCommand(table, record));
const query = (sql: string) => ask(clients.athena, sql, { QueryExecutionContext: { Database: 'ice' } });
const ids = async () => (await query(`SELECT id FROM ${table} ORDER BY id, at`)).slice(1).flat();
const cell = async (sql: string) => Number((await query(sql))[1]?.[0]);
const dataFiles = () =>
  [...local.store.objects.list('bergs', '')].filter(({ key }) => key.includes(`/${table}-`) && key.endsWith('.parquet'))
    .length;

/** Three identifiers over two days, written by two flushes; `2` is deleted. */
beforeEach(async () => {
  table = `t${++groups}`;
  await createGroup(clients.sagemaker, table, {
    OfflineStoreConfig: {
      S3StorageConfig: { S3Uri: 's3://bergs' },
      TableFormat: 'Iceberg',
      DataCatalogConfig: { Catalog: 'AwsDataCatalog', Database: 'ice', TableName: table },
    },
  });
  await put({ id: '1', at: '2026-01-01T00:00:00Z' });
  await put({ id: '2', at: '2026-01-01T00:00:00Z' });
  await local.store.offline.flush();
  await put({ id: '3', at: '2026-01-02T00:00:00Z' });
  const EventTime = '2026-01-02T00:00:00Z';
  await clients.runtime.send(
    new DeleteRecordCommand({ FeatureGroupName: table, RecordIdentifierValueAsString: '2', EventTime }),
  );
});

test('every flush is a snapshot', async () => {
  expect(await ids()).toEqual(['1', '2', '2', '3']);
  expect(await query(`SELECT snapshot_id, operation FROM "${table}$snapshots" ORDER BY 1`)).toEqual([
    ['snapshot_id', 'operation'],
    ['1', 'append'],
    ['2', 'append'],
  ]);
  expect(await query(`SELECT sum(record_count), count(*) FROM "ice"."${table}$files"`)).toEqual([
    ['_col0', '_col1'],
    ['4', '2'],
  ]);
});

test('deleted rows are gone at once, their bytes only after VACUUM', async () => {
  await query(`DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} WHERE is_deleted = true)`);
  expect(await ids()).toEqual(['1', '3']);
  expect(dataFiles()).toBe(4);

  await query(`VACUUM ${table}`);
  expect(dataFiles()).toBe(4);

  await query(`ALTER TABLE ${table} SET TBLPROPERTIES ('vacuum_max_snapshot_age_seconds' = '60')`);
  now += 61_000;
  await query(`VACUUM ${table}`);
  expect(dataFiles()).toBe(2);
  expect(await ids()).toEqual(['1', '3']);
  expect(await cell(`SELECT count(*) FROM "${table}$snapshots"`)).toBe(1);
});

test('the default age of a snapshot is five days', async () => {
  await query(`DELETE FROM ${table} WHERE id = '1'`);
  now += 432_000_000 - 1_000;
  await query(`VACUUM ${table}`);
  const before = dataFiles();
  now += 2_000;
  await query(`VACUUM ${table}`);
  expect(before - dataFiles()).toBe(1);
  expect(await ids()).toEqual(['2', '2', '3']);
});

test('DELETE touches only the files that hold doomed rows', async () => {
  await query(`DELETE FROM ${table} WHERE at < '2026-01-02'`);
  expect(await ids()).toEqual(['2', '3']);
  expect(await query(`SELECT operation FROM "${table}$snapshots" ORDER BY snapshot_id DESC LIMIT 1`)).toEqual([
    ['operation'],
    ['delete'],
  ]);
  await query(`DELETE FROM ${table}`);
  expect(await ids()).toEqual([]);
});

test('OPTIMIZE leaves one file for each day', async () => {
  await put({ id: '4', at: '2026-01-01T12:00:00Z' });
  expect(await ids()).toHaveLength(5);
  expect(await cell(`SELECT count(*) FROM "${table}$files"`)).toBe(3);
  await query(`OPTIMIZE ${table} REWRITE DATA USING BIN_PACK`);
  expect(await cell(`SELECT count(*) FROM "${table}$files"`)).toBe(2);
  expect(await ids()).toEqual(['1', '2', '2', '3', '4']);
});

test('what Athena takes no quotes in is refused here too; a backtick may stand around the table alone', async () => {
  const statements = [
    (name: string) => `VACUUM ${name}`,
    (name: string) => `OPTIMIZE ${name} REWRITE DATA USING BIN_PACK`,
    (name: string) => `ALTER TABLE ${name} SET TBLPROPERTIES ('vacuum_max_snapshot_age_seconds'='7200')`,
    (name: string) => `SHOW TBLPROPERTIES ${name}`,
  ];
  for (const statement of statements) {
    for (const name of [`"${table}"`, `"ice"."${table}"`, `ice."${table}"`, `\`ice\`.\`${table}\``, `\`ice\`.${table}`])
      expect(await reasonOf(clients.athena, statement(name)), statement(name)).toMatch(/mismatched input/);
    for (const name of [`ice.${table}`, `ice.\`${table}\``]) await query(statement(name));
  }
});

test('INSERT INTO keeps to the days, a hundred at most', async () => {
  await ids();
  const insert = (days: number) =>
    `INSERT INTO ${table} (id, at, is_deleted)
     SELECT 'x', to_iso8601(date_add('day', n, TIMESTAMP '2025-01-01 00:00:00')) || 'Z', false FROM UNNEST(sequence(1, ${days})) AS t(n)`;
  expect(await reasonOf(clients.athena, insert(101), { QueryExecutionContext: { Database: 'ice' } })).toMatch(
    /^ICEBERG_TOO_MANY_OPEN_PARTITIONS: Exceeded limit of 100 open writers/,
  );
  await query(insert(100));
  expect(await cell(`SELECT count(*) FROM ${table} WHERE id = 'x'`)).toBe(100);
  expect(await cell(`SELECT count(*) FROM "${table}$files" WHERE file_path LIKE '%at_trunc=2025-%'`)).toBe(100);
});
