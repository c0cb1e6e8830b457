/** Hostile SQL to the embedded Athena: nothing but the tables is read or changed, and the store lives on. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AthenaClient } from '@aws-sdk/client-athena';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { SageMakerFeatureStoreRuntimeClient } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLocal, type Local } from '../../src/local/index.js';
import { createGroup, putCommand } from '../support/groups.js';
import { ask, reasonOf } from '../support/queries.js';

const CANARY = 'canary-8b1f';
const DATABASE = 'hostile';
const options = { QueryExecutionContext: { Database: DATABASE } };

let dir = '';
let local: Local;
let athena: AthenaClient;

const clientOptions = () => ({
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  requestHandler: local.requestHandler,
  endpoint: 'http://127.0.0.1',
});

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sagemaker-fs-hostile-'));
  await writeFile(join(dir, 'secret.csv'), `word\n${CANARY}\n`);
  local = await openLocal({ dir: join(dir, 'store') });
  athena = new AthenaClient(clientOptions());
  const sagemaker = new SageMakerClient(clientOptions());
  const runtime = new SageMakerFeatureStoreRuntimeClient(clientOptions());
  for (const name of ['glue', 'ice']) {
    await createGroup(sagemaker, name, {
      OfflineStoreConfig: {
        S3StorageConfig: { S3Uri: 's3://features' },
        TableFormat: name === 'ice' ? 'Iceberg' : 'Glue',
        DataCatalogConfig: { Catalog: 'AwsDataCatalog', Database: DATABASE, TableName: name },
      },
    });
    for (const id of ['1', '2']) await runtime.send(putCommand(name, { id, at: '2026-01-01T00:00:00Z' }));
  }
  await local.store.offline.flush();
  await local.store.objects.createBucket('private', 'us-east-1');
  await local.store.objects.put('private', 'secret.csv', Buffer.from(`word\n${CANARY}\n`));
});

afterAll(async () => {
  await local.close();
  await rm(dir, { recursive: true });
});

const READERS =
  `csv_auto read_csv read_csv_auto read_blob read_text read_json read_json_auto read_json_objects read_ndjson
  read_parquet parquet_scan parquet_metadata parquet_schema glob sniff_csv`.split(/\s+/);
const OTHERS = `getenv query query_table enable_logging enable_profiling duckdb_settings duckdb_databases duckdb_views
  duckdb_secrets pragma_database_list json_execute_serialized_sql current_setting checkpoint force_checkpoint write_log nextval
  read_duckdb duckdb_logs which_secret json_serialize_sql trino_text list_distinct`.split(/\s+/);

const spellings = (name: string, argument: string): string[] => [
  `SELECT ${name}(${argument})`,
  `SELECT "${name}"(${argument})`,
  `SELECT * FROM ${name.toUpperCase()}/**/(${argument})`,
  `SELECT * FROM "${name}"(${argument}) AS t`,
  `SELECT * FROM main."${name}"(${argument})`,
  `SELECT "system".main.${name}(${argument})`,
  `SELECT id FROM glue, LATERAL (SELECT * FROM "${name}" (${argument}))`,
  `SELECT transform(ARRAY[1], x -> "${name}"(${argument}))`,
];

/** What would change, stop or escape, if DuckDB ran it. */
const harm = (): string[] => [
  `ATTACH '${dir}/store/state/data.mdb' AS x`,
  `DETACH memory`,
  `COPY (SELECT 1) TO '${dir}/store/state/data.mdb'`,
  `COPY glue TO '${dir}/written.csv'`,
  `EXPORT DATABASE '${dir}/written'`,
  `INSTALL httpfs`,
  `LOAD '${dir}/secret.csv'`,
  `PRAGMA enable_logging`,
  `SET enable_external_access = true`,
  `RESET lock_configuration`,
  `CALL enable_logging('QueryLog')`,
  `CREATE MACRO lower(x) AS 'owned'`,
  `CREATE OR REPLACE VIEW glue AS SELECT 1`,
  `DROP SCHEMA main CASCADE`,
  `CREATE SECRET s (TYPE s3)`,
  `BEGIN TRANSACTION`,
  `CHECKPOINT`,
  `USE memory`,
];

const breakouts = (statement: string): string[] => [
  statement,
  `SELECT 1; ${statement}`,
  `SELECT 1) TO '/dev/null'; ${statement}; --`,
  `SELECT $$;$$; ${statement}`,
  `SELECT E'\\'; ${statement}; --'`,
  `SELECT 1 /* ; */ ; ${statement} -- ;`,
  `DELETE FROM ice WHERE id = $$1$$; ${statement}`,
  `DELETE FROM ice WHERE id = E'\\'' OR true) ; ${statement}; -- '`,
  `DELETE FROM ice WHERE id = '1') IS NOT TRUE) TO '/dev/null'; ${statement}; --`,
  `DELETE FROM ice WHERE 1) ; ${statement}; SELECT (1`,
];

const inNames = (): string[] => [
  `SELECT * FROM '${dir}/secret.csv'`,
  `SELECT * FROM "${dir}/secret.csv"`,
  `SELECT * FROM glue JOIN "${dir}/secret.csv" ON true`,
  `SELECT * FROM glue, "${dir}/store/s3/private/secret.csv"`,
  `SELECT * FROM (SELECT * FROM "${dir}/store/s3/private/secret.csv")`,
  `SELECT (SELECT word FROM "${dir}/store/s3/private/secret.csv")`,
  `TABLE "${dir}/store/s3/private/secret.csv"`,
  `WITH t AS (TABLE "${dir}/store/s3/private/secret.csv") SELECT * FROM t`,
  `WITH t AS (SELECT * FROM (WITH "${dir}/store/s3/private/secret.csv" AS (SELECT 1) SELECT 1)) TABLE "${dir}/store/s3/private/secret.csv"`,
  `SELECT * FROM ice WHERE id IN (SELECT word FROM "${dir}/store/s3/private/secret.csv")`,
  `DELETE FROM ice WHERE id IN (SELECT word FROM "${dir}/store/s3/private/secret.csv") OR true`,
  `INSERT INTO glue (id) SELECT word FROM "${dir}/store/s3/private/secret.csv"`,
  `CREATE TABLE stolen AS SELECT word FROM "${dir}/store/s3/private/secret.csv"`,
  `UNLOAD (SELECT word FROM "${dir}/store/s3/private/secret.csv") TO 's3://private/out/' WITH (format = 'PARQUET')`,
  ...[
    'duckdb_settings',
    'sqlite_master',
    'pg_catalog.pg_settings',
    'main.duckdb_databases',
    'system.information_schema.tables',
  ].map((name) => `SELECT * FROM ${name}`),
  `SELECT * FROM (DESCRIBE glue)`,
  `SELECT * FROM ice FOR TIMESTAMP AS OF CAST((SELECT word FROM "${dir}/store/s3/private/secret.csv") AS timestamp)`,
  `SELECT * FROM ice FOR VERSION AS OF "read_text"('${dir}/secret.csv')`,
  `SELECT * FROM ice FOR VERSION AS OF 1) AS x; DROP SCHEMA main; SELECT (1`,
  `SELECT * FROM (SHOW ALL TABLES)`,
  `SELECT * FROM (PIVOT glue ON id USING count(*))`,
  `SELECT COLUMNS('.*') FROM glue`,
  `SELECT CAST('1' AS "read_blob"('x'))`,
  `SELECT CAST('1' AS int) FROM glue AS "a"; DROP VIEW "a"`,
  `ALTER TABLE glue ADD COLUMNS (x int) AS y FROM read_blob('/etc/passwd') -- )`,
  `ALTER TABLE glue ADD COLUMNS (x int) , (SELECT 1)`,
];

/** The store and its neighbours, but for what Athena writes for each query. */
async function state(): Promise<unknown> {
  return {
    beside: await readdir(dir),
    secret: await readFile(join(dir, 'secret.csv'), 'utf8'),
    ids: [
      await ask(athena, 'SELECT id FROM glue ORDER BY 1', options),
      await ask(athena, 'SELECT id FROM ice ORDER BY 1', options),
    ],
    tables: local.store.tables.list('us-east-1', DATABASE).map(({ name, columns }) => [name, columns.length]),
    objects: [...local.store.objects.list('private', '')].map(({ key }) => key),
    lower: await ask(athena, "SELECT lower('A')", options),
  };
}

describe('hostile statements', () => {
  const kinds: [string, () => string[]][] = [
    ['functions that read files', () => READERS.flatMap((name) => spellings(name, `'${dir}/secret.csv'`))],
    ['functions that see or change DuckDB', () => OTHERS.flatMap((name) => spellings(name, `'SELECT 1'`).slice(0, 3))],
    ['second statements', () => harm().flatMap(breakouts)],
    ['files and system tables as tables', inNames],
  ];
  it.each(kinds)('%s: none succeeds, and the store is as before', async (_kind, statements) => {
    const before = await state();
    const succeeded: string[] = [];
    const all = statements();
    for (const sql of all) {
      const reason = await reasonOf(athena, sql, options);
      if (reason === 'it succeeded') succeeded.push(sql);
      expect(reason).not.toContain(CANARY);
      expect(reason, sql).not.toContain('GENERIC_INTERNAL_ERROR');
    }
    expect(succeeded).toEqual([]);
    expect(await state()).toEqual(before);
  });

  it('are at least two hundred', () => {
    expect(kinds.flatMap(([, statements]) => statements()).length).toBeGreaterThanOrEqual(200);
  });

  it('come through parameters in vain', async () => {
    const before = await state();
    for (const parameter of [
      `'1'); DROP SCHEMA main; --`,
      `(SELECT word FROM "${dir}/secret.csv")`,
      `"read_text"('/etc/passwd')`,
    ]) {
      const asked = { ...options, ExecutionParameters: [parameter] };
      expect(await reasonOf(athena, 'SELECT id FROM glue WHERE id = ?', asked)).not.toBe('it succeeded');
    }
    expect(await state()).toEqual(before);
  });

  it('leave a store that opens', async () => {
    await local.close();
    local = await openLocal({ dir: join(dir, 'store') });
    athena = new AthenaClient(clientOptions());
    expect(await ask(athena, 'SELECT count(*) FROM ice', options)).toEqual([['_col0'], ['2']]);
  });
});
