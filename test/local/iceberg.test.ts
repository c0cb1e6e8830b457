/** Iceberg tables: rows deleted at once, bytes gone after VACUUM, files made fewer by OPTIMIZE. */
import { AthenaClient } from '@aws-sdk/client-athena';
import { SageMakerClient, UpdateFeatureGroupCommand } from '@aws-sdk/client-sagemaker';
import {
  DeleteRecordCommand,
  SageMakerFeatureStoreRuntimeClient,
} from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { commit, filesAt, readMetadata } from '../../src/local/glue/iceberg.js';
import type { Table } from '../../src/local/glue/tables.js';
import type { Local } from '../../src/local/index.js';
import { placeOf } from '../../src/local/store/s3-uri.js';
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

const snapshots = () => query(`SELECT operation FROM "${table}$snapshots" ORDER BY committed_at`);
const insertDay = (id: string) =>
  query(`INSERT INTO ${table} (id, at, is_deleted) VALUES ('${id}', '2026-01-01T12:00:00Z', false)`);
const failure = (sql: string) => reasonOf(clients.athena, sql, { QueryExecutionContext: { Database: 'ice' } });

test('the table is one for other readers from the start, and its schema has the names of the features', () => {
  const glue = local.store.tables.get('us-east-1', 'ice', table)!;
  expect(glue.properties).toMatchObject({
    table_type: 'ICEBERG',
    metadata_location: expect.stringMatching(
      /^s3:\/\/bergs\/\d{12}\/sagemaker\/us-east-1\/offline-store\/t\d+-\d+\/metadata\/0000\d-[-0-9a-f]+\.metadata\.json$/,
    ),
  });
  const metadata = readMetadata(local.store, glue);
  expect(metadata.schemas[0]?.fields.slice(0, 2)).toEqual([
    { id: 1, name: 'id', required: false, type: 'string' },
    { id: 2, name: 'at', required: false, type: 'string' },
  ]);
  expect(metadata['partition-specs'][0].fields).toEqual([
    { name: 'at_trunc', transform: 'truncate[10]', 'source-id': 2, 'field-id': 1000 },
  ]);
});

test('every flush is a snapshot', async () => {
  expect(await ids()).toEqual(['1', '2', '2', '3']);
  now += 1000;
  expect(await snapshots()).toEqual([['operation'], ['append'], ['append']]);
  expect(await query(`SELECT sum(record_count), count(*), max(content) FROM "ice"."${table}$files"`)).toEqual([
    ['_col0', '_col1', '_col2'],
    ['4', '2', '0'],
  ]);
  expect(await cell(`SELECT count(*) FROM "${table}$history" WHERE is_current_ancestor`)).toBe(2);
});

test('deleted rows are gone at once, their bytes only after OPTIMIZE and VACUUM', async () => {
  await query(`DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} WHERE is_deleted = true)`);
  expect(await ids()).toEqual(['1', '3']);
  expect(await query(`SELECT content, record_count FROM "${table}$files" ORDER BY 1, file_path`)).toEqual([
    ['content', 'record_count'],
    ['0', '2'],
    ['0', '2'],
    ['1', '1'],
    ['1', '1'],
  ]);
  await query(`OPTIMIZE ${table} REWRITE DATA USING BIN_PACK`);
  expect(dataFiles()).toBe(4);
  await query(`ALTER TABLE ${table} SET TBLPROPERTIES ('optimize_rewrite_delete_file_threshold' = '1')`);
  await query(`OPTIMIZE ${table} REWRITE DATA USING BIN_PACK`);
  expect(await cell(`SELECT count(*) FROM "${table}$files"`)).toBe(2);
  await query(`VACUUM ${table}`);
  expect(dataFiles()).toBe(6);

  await query(`ALTER TABLE ${table} SET TBLPROPERTIES ('vacuum_max_snapshot_age_seconds' = '60')`);
  now += 61_000;
  await query(`VACUUM ${table}`);
  expect(dataFiles()).toBe(2);
  expect(await ids()).toEqual(['1', '3']);
  expect(await cell(`SELECT count(*) FROM "${table}$snapshots"`)).toBe(1);
});

test('rows deleted twice over, and files of several deletions', async () => {
  await query(`DELETE FROM ${table} WHERE id = '1'`);
  await query(`DELETE FROM ${table} WHERE id = '1' OR at < '2026-01-02'`);
  expect(await ids()).toEqual(['2', '3']);
  await query(`OPTIMIZE ${table} REWRITE DATA USING BIN_PACK`);
  expect(await query(`SELECT content, record_count FROM "${table}$files"`)).toEqual([
    ['content', 'record_count'],
    ['0', '2'],
  ]);
  expect(await ids()).toEqual(['2', '3']);
});

test('the default age of a snapshot is five days', async () => {
  await query(`DELETE FROM ${table}`);
  now += 432_000_000 - 1_000;
  await query(`VACUUM ${table}`);
  expect(dataFiles()).toBe(2);
  now += 2_000;
  await query(`VACUUM ${table}`);
  expect(dataFiles()).toBe(0);
  expect(await ids()).toEqual([]);
});

test('DELETE without a condition takes the files out of the snapshot', async () => {
  await ids();
  now += 1000;
  await query(`DELETE FROM ${table}`);
  expect(await ids()).toEqual([]);
  expect((await snapshots()).at(-1)).toEqual(['delete']);
  expect(await cell(`SELECT count(*) FROM "${table}$files"`)).toBe(0);
});

test('OPTIMIZE makes one file of five of a day', async () => {
  for (const id of ['4', '5', '6']) await insertDay(id);
  await query(`OPTIMIZE ${table} REWRITE DATA USING BIN_PACK`);
  expect(await cell(`SELECT count(*) FROM "${table}$files"`)).toBe(5);
  await insertDay('7');
  await query(`OPTIMIZE ${table} REWRITE DATA USING BIN_PACK`);
  expect(await cell(`SELECT count(*) FROM "${table}$files"`)).toBe(2);
  expect(await ids()).toEqual(['1', '2', '2', '3', '4', '5', '6', '7']);
});

test('time travel by moment and by snapshot', async () => {
  await ids();
  const before = now;
  now += 60_000;
  await query(`DELETE FROM ${table} WHERE id = '2'`);
  now += 60_000;
  const addition = { FeatureName: 'late', FeatureType: 'String' } as const;
  await clients.sagemaker.send(
    new UpdateFeatureGroupCommand({ FeatureGroupName: table, FeatureAdditions: [addition] }),
  );
  await query(`INSERT INTO ${table} (id, at, late) VALUES ('9', '2026-01-09T00:00:00Z', 'x')`);
  const at = (moment: string) =>
    query(`SELECT count(*) FROM ${table} FOR TIMESTAMP AS OF ${moment} AS old JOIN ${table} ON old.id = ${table}.id`);
  const moment = new Date(before).toISOString().replace('T', ' ').replace('Z', ' UTC');
  expect((await at(`TIMESTAMP '${moment}'`))[1]).toEqual(['2']);
  expect((await at(`(current_timestamp - interval '1' second)`))[1]).toEqual(['3']);
  const [, [deletion] = []] = await query(`SELECT snapshot_id FROM "${table}$snapshots" WHERE operation = 'overwrite'`);
  expect(await query(`SELECT * FROM ice.${table} FOR VERSION AS OF ${deletion} WHERE ${table}.id = '1'`)).toEqual([
    expect.not.arrayContaining(['late']),
    expect.arrayContaining(['1']),
  ]);
  expect(await failure(`SELECT * FROM ${table} FOR VERSION AS OF 1`)).toMatch(/^INVALID_ARGUMENTS: Iceberg snapshot/);
  expect(await failure(`SELECT * FROM ${table} FOR TIMESTAMP AS OF DATE '2020-01-01'`)).toMatch(
    /^INVALID_ARGUMENTS: No version history table "ice"."t\d+" at or before 2020-01-01/,
  );
});

test('an OPTIMIZE that comes second to a deletion does not bring rows back', async () => {
  for (const id of ['4', '5', '6', '7']) await insertDay(id);
  const job = local.store.tables.get('us-east-1', 'ice', table)!;
  const metadata = readMetadata(local.store, job);
  const files = filesAt(local.store, { table: job, metadata }).filter(({ partition }) => partition === '2026-01-01');
  await query(`DELETE FROM ${table} WHERE id = '4'`);
  const replace = () =>
    commit(local.store, job, { operation: 'replace', added: [], removed: files.map(({ key }) => key) });
  await expect(local.store.env.transaction(replace)).rejects.toThrow('Failed to commit Iceberg update to table');
  expect(await ids()).toEqual(['1', '2', '2', '3', '5', '6', '7']);
});

test('metadata that somebody has written over are refused, not believed', async () => {
  await ids();
  const { bucket, key } = placeOf(local.store.tables.get('us-east-1', 'ice', table)!.properties.metadata_location!);
  const object = local.store.objects.head(bucket, key)!;
  const text = readFileSync(object.file, 'utf8');
  for (const broken of [
    '{}',
    'not JSON',
    text.replaceAll('s3://bergs/', 's3://elsewhere/'),
    text.replace(/"operation": "append"/, `"operation": "'; DROP TABLE x; --"`),
    text.replace(/"timestamp-ms": \d+/, '"timestamp-ms": "0) FROM x --"'),
  ]) {
    await local.store.objects.put(bucket, key, Buffer.from(broken));
    await put({ id: '8', at: '2026-01-08T00:00:00Z' });
    expect(await failure(`SELECT * FROM ${table}, "${table}$snapshots"`)).toMatch(/^ICEBERG_INVALID_METADATA: /);
  }
  expect(await cell('SELECT 1')).toBe(1);
  await local.store.objects.put(bucket, key, Buffer.from(text));
  expect(await cell(`SELECT count(*) FROM ${table} WHERE id = '8'`)).toBe(5);
});

test('INSERT INTO keeps to the days, a hundred at most', async () => {
  await ids();
  const insert = (days: number) =>
    `INSERT INTO ${table} (id, at, is_deleted)
     SELECT 'x', to_iso8601(date_add('day', n, TIMESTAMP '2025-01-01 00:00:00')) || 'Z', false FROM UNNEST(sequence(1, ${days})) AS t(n)`;
  expect(await failure(insert(101))).toMatch(/^ICEBERG_TOO_MANY_OPEN_PARTITIONS: Exceeded limit of 100 open writers/);
  await query(insert(100));
  expect(await cell(`SELECT count(*) FROM ${table} WHERE id = 'x'`)).toBe(100);
  expect(await cell(`SELECT count(*) FROM "${table}$files" WHERE file_path LIKE '%at_trunc=2025-%'`)).toBe(100);
  await query(`INSERT INTO ${table} (id) VALUES ('none')`);
  expect(await cell(`SELECT count(*) FROM ${table} WHERE at IS NULL`)).toBe(1);
});

test('a table without partitions takes rows and deletions, too', async () => {
  const name = `plain_${table}`;
  const made: Table = {
    ...{ region: 'us-east-1', database: 'ice', name, location: `s3://bergs/plain/${table}`, format: 'Iceberg' },
    columns: [
      { name: 'id', type: 'string' },
      { name: 'n', type: 'bigint' },
      { name: 'd', type: 'decimal(10,2)' },
    ],
    ...{ createdAt: now, properties: {} },
  };
  await local.store.env.transaction(() => local.store.tables.insert(made));
  await query(`INSERT INTO ${name} SELECT id, sum(1), CAST(1.5 AS decimal(10, 2)) FROM ${table} GROUP BY id`);
  await query(`INSERT INTO ${name} VALUES ('9', 1, DECIMAL '2.50')`);
  await query(`DELETE FROM ${name} WHERE id = '1'`);
  expect(await query(`SELECT * FROM ${name} ORDER BY id`)).toEqual([
    ['id', 'n', 'd'],
    ['2', '2', '1.50'],
    ['3', '1', '1.50'],
    ['9', '1', '2.50'],
  ]);
});
