/** Athena as its clients meet it: executions and their states, results and their pages, workgroups, tokens. */
import {
  AthenaClient,
  CreateWorkGroupCommand,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  GetWorkGroupCommand,
  ListQueryExecutionsCommand,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
  UpdateWorkGroupCommand,
} from '@aws-sdk/client-athena';
import { CreateTableCommand, GlueClient } from '@aws-sdk/client-glue';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { SageMakerFeatureStoreRuntimeClient } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Execution } from '../../src/local/athena/executions.js';
import { openLocal, type Local } from '../../src/local/index.js';
import { placeOf } from '../../src/local/store/s3-uri.js';
import { throughEveryDoor, type Door } from '../support/doors.js';
import { createGroup, putCommand, type PlainRecord } from '../support/groups.js';
import { ask, ended, reasonOf, RESULTS, start } from '../support/queries.js';

/** Runs for minutes when it is let. */
const ENDLESS =
  'SELECT count(*) FROM UNNEST(sequence(1, 100000)) AS a(x), UNNEST(sequence(1, 1000000)) AS b(y) WHERE x * y % 7 = 1';

const ODD = 'say "hi",\nthere\u0000 ü';

throughEveryDoor('Athena', (door) => {
  let athena: AthenaClient;
  beforeAll(async () => {
    athena = door.client(AthenaClient);
    const sagemaker = door.client(SageMakerClient);
    const runtime = door.client(SageMakerFeatureStoreRuntimeClient);
    const DataCatalogConfig = { Catalog: 'AwsDataCatalog', Database: 'shop', TableName: 'items' };
    await createGroup(sagemaker, 'items', {
      OfflineStoreConfig: { S3StorageConfig: { S3Uri: 's3://features/store' }, DataCatalogConfig },
    });
    const put = (record: PlainRecord) => runtime.send(putCommand('items', record));
    await put({ id: '1', at: '2026-01-01T00:00:00Z', price: '1.5', stock: '9007199254740993', name: ODD });
    await put({ id: '2', at: '2026-01-01T00:00:00Z', name: '' });
  });
  const inShop = { QueryExecutionContext: { Database: 'shop' } };

  test('a result is a CSV object: values quoted, nulls nothing, empty strings quoted', async () => {
    const id = await start(athena, 'SELECT id, price, stock, name FROM items ORDER BY id', inShop);
    const execution = await ended(athena, id);
    expect(execution.ResultConfiguration?.OutputLocation).toBe(`${RESULTS}${id}.csv`);
    expect(await bytesAt(door, `${RESULTS}${id}.csv`)).toBe(
      '"id","price","stock","name"\n"1","1.5","9007199254740993","say ""hi"",\nthere\u0000 ü"\n"2",,,""\n',
    );
    expect(await bytesAt(door, `${RESULTS}${id}.csv.metadata`)).toContain('price');
  });

  test('GetQueryResults tells null from empty, and describes the columns', async () => {
    const id = await start(athena, 'SELECT stock, name, is_deleted FROM items ORDER BY id', inShop);
    await ended(athena, id);
    const { ResultSet, UpdateCount } = await athena.send(new GetQueryResultsCommand({ QueryExecutionId: id }));
    expect(ResultSet?.Rows?.map((row) => row.Data)).toEqual([
      [{ VarCharValue: 'stock' }, { VarCharValue: 'name' }, { VarCharValue: 'is_deleted' }],
      [{ VarCharValue: '9007199254740993' }, { VarCharValue: ODD }, { VarCharValue: 'false' }],
      [{}, { VarCharValue: '' }, { VarCharValue: 'false' }],
    ]);
    expect(ResultSet?.ResultSetMetadata?.ColumnInfo?.map(({ Type, Precision }) => [Type, Precision])).toEqual([
      ['bigint', 19],
      ['varchar', 2147483647],
      ['boolean', 0],
    ]);
    expect(UpdateCount).toBe(0);
  });

  test('an execution says what it scanned, what it was and how long it took', async () => {
    const id = await start(athena, 'SELECT 1 FROM shop.items', {});
    const { Status, Statistics, StatementType, SubstatementType, WorkGroup, QueryExecutionContext } = await ended(
      athena,
      id,
    );
    expect(Status?.State).toBe('SUCCEEDED');
    expect(Status?.CompletionDateTime?.getTime()).toBeGreaterThanOrEqual(Status!.SubmissionDateTime!.getTime());
    expect(Statistics?.DataScannedInBytes).toBeGreaterThan(100);
    expect([StatementType, SubstatementType, WorkGroup]).toEqual(['DML', 'SELECT', 'primary']);
    expect(QueryExecutionContext).toEqual({ Catalog: 'awsdatacatalog', Database: 'sagemaker_featurestore' });
  });

  test('pages hold a thousand rows, the header counted once', async () => {
    const id = await start(athena, 'SELECT x FROM UNNEST(sequence(1, 2500)) AS t(x) ORDER BY x');
    await ended(athena, id);
    const values: (string | undefined)[] = [];
    const sizes: number[] = [];
    let NextToken: string | undefined;
    do {
      const page = await athena.send(new GetQueryResultsCommand({ QueryExecutionId: id, NextToken }));
      sizes.push(page.ResultSet!.Rows!.length);
      values.push(...page.ResultSet!.Rows!.map((row) => row.Data![0]!.VarCharValue));
      NextToken = page.NextToken;
    } while (NextToken);
    expect(sizes).toEqual([1000, 1000, 501]);
    expect(values).toEqual(['x', ...Array.from({ length: 2500 }, (_, i) => String(i + 1))]);
  });

  test('pages cut no value, however long, and whatever is in it', async () => {
    const value = `array_join(repeat('"é,\n', 100000), '')`;
    const rows = `SELECT 1 AS n, NULL AS nothing, '' AS empty, ${value} AS v UNION ALL SELECT 2, NULL, '', 'b' || ${value} ORDER BY n`;
    const [header, ...values] = await ask(athena, rows);
    expect(header).toEqual(['n', 'nothing', 'empty', 'v']);
    const long = '"é,\n'.repeat(100_000);
    expect(values).toEqual([
      ['1', null, '', long],
      ['2', null, '', `b${long}`],
    ]);
  });

  test('a single null is a row too', async () => {
    expect(await ask(athena, 'SELECT x FROM (VALUES NULL, NULL) AS t(x)')).toEqual([['x'], [null], [null]]);
  });

  test('no rows leave the header', async () => {
    expect(await ask(athena, 'SELECT id FROM items WHERE false', inShop)).toEqual([['id']]);
  });

  describe('a failed query', () => {
    test.each([
      ['SELECT * FROM nope', 1301, "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.shop.nope' does not exist"],
      ['SELECT nope FROM items', 1006, /^COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved/],
      ['SELECT *\nFROM items WHERE id > 3', 1002, /^TYPE_MISMATCH: line 2:21: /],
      ['DELETE FROM items', 1200, /^NOT_SUPPORTED: /],
    ])('%s', async (sql, type, reason) => {
      const id = await start(athena, sql, inShop);
      const { Status, ResultConfiguration } = await ended(athena, id);
      expect(Status?.StateChangeReason).toMatch(reason);
      expect(Status?.AthenaError).toMatchObject({
        ErrorCategory: 2,
        ErrorType: type,
        ErrorMessage: Status?.StateChangeReason,
      });
      await expect(athena.send(new GetQueryResultsCommand({ QueryExecutionId: id }))).rejects.toMatchObject({
        AthenaErrorCode: 'INVALID_QUERY_EXECUTION_STATE',
        message: 'Query did not finish successfully. Final query state: FAILED',
      });
      expect(objectAt(door, ResultConfiguration!.OutputLocation!)).toBeUndefined();
    });
  });

  test.each(['SELECT id FROM items', 'SHOW TABLES'])(
    'a result that goes while it is read is not found: %s',
    async (sql) => {
      const id = await start(athena, sql, inShop);
      const { ResultConfiguration } = await ended(athena, id);
      await rm(objectAt(door, ResultConfiguration!.OutputLocation!)!.file);
      await expect(athena.send(new GetQueryResultsCommand({ QueryExecutionId: id }))).rejects.toMatchObject({
        AthenaErrorCode: 'RESULT_NOT_FOUND',
      });
    },
  );

  test('a query that is stopped is cancelled, and stays so', async () => {
    const id = await start(athena, ENDLESS);
    await expect(athena.send(new GetQueryResultsCommand({ QueryExecutionId: id }))).rejects.toMatchObject({
      AthenaErrorCode: 'INVALID_QUERY_EXECUTION_STATE',
    });
    await athena.send(new StopQueryExecutionCommand({ QueryExecutionId: id }));
    await athena.send(new StopQueryExecutionCommand({ QueryExecutionId: id }));
    const { Status } = await ended(athena, id);
    expect(Status).toMatchObject({ State: 'CANCELLED', StateChangeReason: 'Query cancelled by user' });
    await expect(athena.send(new GetQueryResultsCommand({ QueryExecutionId: id }))).rejects.toMatchObject({
      AthenaErrorCode: 'RESULT_NOT_FOUND',
    });
    expect(await ask(athena, 'SELECT 1')).toEqual([['_col0'], ['1']]);
  });

  test('a token stands for one request', async () => {
    const ClientRequestToken = randomUUID();
    const id = await start(athena, 'SELECT 1', { ClientRequestToken });
    expect(await start(athena, 'SELECT 1', { ClientRequestToken, WorkGroup: 'primary' })).toBe(id);
    await expect(start(athena, 'SELECT 2', { ClientRequestToken })).rejects.toMatchObject({
      AthenaErrorCode: 'IDEMPOTENT_PARAMETER_MISMATCH',
      message: 'Idempotent parameters do not match',
    });
  });

  test('a refused statement leaves its token free', async () => {
    const ClientRequestToken = randomUUID();
    await expect(start(athena, 'SELEC 1', { ClientRequestToken })).rejects.toMatchObject({
      AthenaErrorCode: 'MALFORMED_QUERY',
    });
    expect(await start(athena, 'SELECT 1', { ClientRequestToken })).toMatch(/^[0-9a-f-]{36}$/);
  });

  describe('what is refused', () => {
    test('no output location, or one that is none', async () => {
      const nowhere = new StartQueryExecutionCommand({ QueryString: 'SELEC 1' });
      await expect(athena.send(nowhere)).rejects.toThrow('No output location provided.');
      const odd = { ResultConfiguration: { OutputLocation: 'file:///tmp' } };
      await expect(start(athena, 'SELECT 1', odd)).rejects.toThrow('outputLocation is not a valid S3 path.');
    });

    test('unknown executions, workgroups and pages', async () => {
      const unknown = athena.send(new GetQueryExecutionCommand({ QueryExecutionId: 'nope' }));
      await expect(unknown).rejects.toThrow('QueryExecution nope was not found');
      await expect(start(athena, 'SELECT 1', { WorkGroup: 'nope' })).rejects.toThrow('WorkGroup is not found.');
      const id = await start(athena, 'SELECT 1');
      await ended(athena, id);
      const results = (more: object) => athena.send(new GetQueryResultsCommand({ QueryExecutionId: id, ...more }));
      await expect(results({ MaxResults: 1001 })).rejects.toThrow(
        'MaxResults is more than maximum allowed length 1000',
      );
      await expect(results({ NextToken: 'x' })).rejects.toThrow('Malformed nextPageToken x');
    });

    test('DESCRIBE of a table that is not there', async () => {
      expect(await reasonOf(athena, 'DESCRIBE nope')).toMatch(/^INVALID_INPUT: Entity Not Found/);
    });
  });

  test('a workgroup that insists sends results to its own place', async () => {
    const Name = `enforced-${randomUUID()}`;
    const ResultConfiguration = { OutputLocation: 's3://enforced/here' };
    await athena.send(new CreateWorkGroupCommand({ Name, Configuration: { ResultConfiguration } }));
    const { WorkGroup } = await athena.send(new GetWorkGroupCommand({ WorkGroup: Name }));
    expect(WorkGroup?.Configuration).toMatchObject({ EnforceWorkGroupConfiguration: true, ResultConfiguration });
    const id = await start(athena, 'SELECT 1', { WorkGroup: Name });
    expect((await ended(athena, id)).ResultConfiguration?.OutputLocation).toBe(`s3://enforced/here/${id}.csv`);
    const { QueryExecutionIds } = await athena.send(new ListQueryExecutionsCommand({ WorkGroup: Name }));
    expect(QueryExecutionIds).toEqual([id]);

    const ConfigurationUpdates = { EnforceWorkGroupConfiguration: false };
    await athena.send(new UpdateWorkGroupCommand({ WorkGroup: Name, ConfigurationUpdates }));
    const free = await start(athena, 'SELECT 1', { WorkGroup: Name });
    expect((await ended(athena, free)).ResultConfiguration?.OutputLocation).toBe(`${RESULTS}${free}.csv`);
  });

  test('the catalog, as Athena shows it', async () => {
    expect(await ask(athena, "SHOW TABLES IN shop 'it*'")).toEqual([['items']]);
    const columns = 'SELECT column_name, data_type, is_nullable FROM information_schema.columns';
    expect(await ask(athena, `${columns} WHERE table_schema = 'shop' AND ordinal_position IN (2, 4, 6)`)).toEqual([
      ['column_name', 'data_type', 'is_nullable'],
      ['at', 'varchar', 'YES'],
      ['stock', 'bigint', 'YES'],
      ['write_time', 'timestamp(3)', 'YES'],
    ]);
    const tables = "SELECT * FROM information_schema.tables WHERE table_name = 'items'";
    expect((await ask(athena, tables))[1]).toEqual(['awsdatacatalog', 'shop', 'items', 'BASE TABLE']);
    const schemata =
      "SELECT schema_name FROM information_schema.schemata WHERE schema_name IN ('shop', 'information_schema') ORDER BY 1";
    expect((await ask(athena, schemata)).slice(1)).toEqual([['information_schema'], ['shop']]);
    expect(await reasonOf(athena, 'SELECT 1 FROM information_schema.views')).toMatch(
      /^TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.information_schema.views'/,
    );
    expect((await ask(athena, 'DESCRIBE shop.items'))[0]?.[0]).toMatch(/^id +\tstring +\t/);
  });

  test('"$path" is the object that a row lies in, and no column of the table', async () => {
    const [, [path]] = (await ask(
      athena,
      `SELECT "$path" FROM items WHERE "$path" LIKE 's3://%' AND id = '1'`,
      inShop,
    )) as [unknown, [string]];
    expect(objectAt(door, path)).toBeDefined();
    expect(await ask(athena, `SELECT count(*) FROM items WHERE "$path" = '${path}'`, inShop)).toEqual([
      ['_col0'],
      ['1'],
    ]);
    expect(await reasonOf(athena, 'SELECT *, "$path" FROM items', inShop)).toBe(
      'NOT_SUPPORTED: the embedded store does not run "$path" and * in one query',
    );
    expect((await ask(athena, 'SELECT * FROM items', inShop))[0]).not.toContain('$path');
  });

  test('INSERT takes values of the types of its columns', async () => {
    expect(await reasonOf(athena, "INSERT INTO items (id, stock) VALUES (1, '2')", inShop)).toBe(
      'TYPE_MISMATCH: line 1:1: Insert query has mismatched column types: Table: [varchar, bigint], Query: [integer, varchar]',
    );
    expect(await reasonOf(athena, "INSERT INTO items (id, stock) VALUES ('1', 2.5)", inShop)).toMatch(/^TYPE_MISMATCH/);
    expect(await reasonOf(athena, "INSERT INTO items (id) VALUES ('1', 2)", inShop)).toMatch(
      /has 2 expression.s. but expected 1/,
    );
  });

  test('INSERT INTO writes objects; what a table holds outlives DROP TABLE', async () => {
    const Name = `copy_${randomUUID().replaceAll('-', '')}`;
    const Columns = [
      { Name: 'id', Type: 'string' },
      { Name: 'price', Type: 'double' },
    ];
    const StorageDescriptor = { Columns, Location: `s3://copies/${Name}/` };
    const glue = door.client(GlueClient);
    await glue.send(new CreateTableCommand({ DatabaseName: 'shop', TableInput: { Name, StorageDescriptor } }));
    await ask(athena, `INSERT INTO ${Name} SELECT id, price FROM items`, inShop);
    await ask(athena, `INSERT INTO ${Name} (price, id) VALUES (2, 'x'), (NULL, 'y')`, inShop);
    expect(await ask(athena, `SELECT id, price FROM ${Name} ORDER BY id`, inShop)).toEqual([
      ['id', 'price'],
      ['1', '1.5'],
      ['2', null],
      ['x', '2.0'],
      ['y', null],
    ]);
    await ask(athena, `DROP TABLE ${Name}`, inShop);
    expect(await reasonOf(athena, `SELECT * FROM ${Name}`, inShop)).toMatch(/^TABLE_NOT_FOUND/);
    expect([...door.local.store.objects.list('copies', Name)].length).toBe(2);
  });

  test('files of a table may have columns less, and of another type where every value is one of the table', async () => {
    const glue = door.client(GlueClient);
    const place = `s3://copies/types-${randomUUID()}/`;
    const made = async (Name: string, ...columns: [string, string][]) => {
      const Columns = columns.map(([Name, Type]) => ({ Name, Type }));
      const TableInput = { Name, StorageDescriptor: { Columns, Location: place } };
      await glue.send(new CreateTableCommand({ DatabaseName: 'shop', TableInput }));
    };
    const mark = randomUUID().replaceAll('-', '');
    await made(`texts_${mark}`, ['x', 'string']);
    await made(`numbers_${mark}`, ['x', 'bigint'], ['more', 'array<string>']);
    await ask(athena, `INSERT INTO texts_${mark} VALUES '7'`, inShop);
    expect(await ask(athena, `SELECT * FROM numbers_${mark}`, inShop)).toEqual([
      ['x', 'more'],
      ['7', null],
    ]);
    await ask(athena, `INSERT INTO texts_${mark} VALUES 'seven'`, inShop);
    expect(await reasonOf(athena, `SELECT * FROM numbers_${mark}`, inShop)).toBe(
      "INVALID_CAST_ARGUMENT: Cannot cast 'seven' to BIGINT",
    );
  });

  test.each([
    'CREATE TABLE t AS SELECT 1 AS x',
    "UNLOAD (SELECT 1) TO 's3://x/' WITH (format = 'JSON')",
    'ALTER TABLE items ADD COLUMNS (x int)',
  ])('the store does not run %s, and says so', async (sql) => {
    expect(await reasonOf(athena, sql, inShop)).toMatch(/^NOT_SUPPORTED: line 1:\d+: the embedded store does not run /);
  });
});

const objectAt = (door: Door, uri: string) => {
  const { bucket, key } = placeOf(uri);
  return door.local.store.objects.head(bucket, key);
};

const bytesAt = (door: Door, uri: string) => readFile(objectAt(door, uri)!.file, 'utf8');

describe('several processes on one folder', () => {
  let dir: string;
  let mine: Local;
  let other: Local;
  const clientOf = ({ requestHandler }: Local) => {
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    return new AthenaClient({ region: 'us-east-1', credentials, requestHandler, endpoint: 'http://127.0.0.1' });
  };

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sagemaker-fs-'));
    mine = await openLocal({ dir });
    other = await openLocal({ dir });
  });
  afterAll(async () => {
    await mine.close();
    await other.close();
    await rm(dir, { recursive: true, force: true });
  });

  test('a query of one is followed, read and stopped by another', async () => {
    const [one, another] = [clientOf(mine), clientOf(other)];
    const id = await start(one, 'SELECT 42 AS answer');
    expect((await ended(another, id)).Status?.State).toBe('SUCCEEDED');
    const { ResultSet } = await another.send(new GetQueryResultsCommand({ QueryExecutionId: id }));
    expect(ResultSet?.Rows?.[1]?.Data?.[0]?.VarCharValue).toBe('42');

    const endless = await start(one, ENDLESS);
    await another.send(new StopQueryExecutionCommand({ QueryExecutionId: endless }));
    expect((await ended(one, endless)).Status?.State).toBe('CANCELLED');
  });

  test('a query whose process has died is a failed one', async () => {
    const { queries, now } = mine.store;
    const id = randomUUID();
    const abandoned: Execution = {
      ...{
        id,
        region: 'us-east-1',
        workGroup: 'primary',
        sql: 'SELECT 1',
        database: 'default',
        catalog: 'awsdatacatalog',
      },
      ...{ outputLocation: `${RESULTS}${id}.csv`, statementType: 'DML', substatementType: 'SELECT', state: 'RUNNING' },
      ...{ submittedAt: now(), scanned: 0, columns: [], runner: 'a process that is no more' },
    };
    await queries.executions.create(abandoned, { name: randomUUID(), fingerprint: '' });
    const { Status } = await ended(clientOf(other), id);
    expect(Status?.State).toBe('FAILED');
    expect(Status?.StateChangeReason).toContain('the process that ran this query has gone');
  });
});
