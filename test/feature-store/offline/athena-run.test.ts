import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  GetWorkGroupCommand,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { DeleteObjectsCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Clients } from '../../../src/config.js';
import { UsageError } from '../../../src/errors.js';
import type { AthenaRow } from '../../../src/feature-store/offline/athena-csv.js';
import { readResult, removeResult } from '../../../src/feature-store/offline/athena-result.js';
import { runQuery, type AthenaOptions, type AthenaResult } from '../../../src/feature-store/offline/athena-run.js';

/* What the embedded store cannot be asked to do: slow and failing queries, odd workgroups, S3 that is closed to us. */

const settings = { region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' }, maxAttempts: 1 };
const [athena, s3] = [mockClient(AthenaClient), mockClient(S3Client)];
const aws = (local = false) =>
  ({
    local,
    athena: () => Promise.resolve(new AthenaClient(settings)),
    s3: () => Promise.resolve(new S3Client(settings)),
  }) as unknown as Clients;

const QUERY = { sql: 'SELECT 1', table: { catalog: 'AwsDataCatalog', database: 'db' } };
const LOCATION = 's3://results/p/q1.csv';
let notes: string[];
let stopping: AbortController;
const options = (more: Partial<AthenaOptions> = {}): AthenaOptions => ({
  signal: stopping.signal,
  note: (line) => notes.push(line),
  ...more,
});

const failing = (name: string, message: string, status = 400) =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });
const execution = (State: 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED', StateChangeReason?: string) => ({
  QueryExecution: {
    Status: { State, StateChangeReason },
    ResultConfiguration: { OutputLocation: LOCATION },
    Statistics: { DataScannedInBytes: 4096 },
  },
});
const workgroup = (Configuration: object) =>
  athena.on(GetWorkGroupCommand).resolves({ WorkGroup: { Name: 'primary', Configuration } });
const startedWith = () => athena.commandCalls(StartQueryExecutionCommand)[0]!.args[0].input;

beforeEach(() => {
  notes = [];
  stopping = new AbortController();
  athena.reset();
  s3.reset();
  workgroup({ ResultConfiguration: { OutputLocation: 's3://results/p/' } });
  athena.on(StartQueryExecutionCommand).resolves({ QueryExecutionId: 'q1' });
  athena.on(GetQueryExecutionCommand).resolves(execution('SUCCEEDED'));
});
afterEach(() => athena.reset());

describe('a query', () => {
  test('is waited for, and its result is where Athena says', async () => {
    athena
      .on(GetQueryExecutionCommand)
      .resolvesOnce(execution('QUEUED'))
      .resolvesOnce(execution('RUNNING'))
      .resolves(execution('SUCCEEDED'));
    expect(await runQuery(aws(), QUERY, options())).toEqual({ id: 'q1', location: LOCATION, scannedBytes: 4096 });
    expect(startedWith()).toMatchObject({
      QueryString: 'SELECT 1',
      QueryExecutionContext: { Catalog: 'AwsDataCatalog', Database: 'db' },
    });
    expect(startedWith().ResultConfiguration).toBeUndefined();
  });

  test('never repeats a token: the old execution would come back, even a failed one', async () => {
    await runQuery(aws(), QUERY, options());
    await runQuery(aws(), QUERY, options());
    const tokens = athena.commandCalls(StartQueryExecutionCommand).map((call) => call.args[0].input.ClientRequestToken);
    expect(new Set(tokens).size).toBe(2);
  });

  test('that fails tells Athena’s reason', async () => {
    athena
      .on(GetQueryExecutionCommand)
      .resolves(execution('FAILED', "TABLE_NOT_FOUND: line 1:15: Table 'db.t' does not exist"));
    await expect(runQuery(aws(), QUERY, options())).rejects.toMatchObject({
      exitCode: 1,
      message: "Athena could not run the query: TABLE_NOT_FOUND: line 1:15: Table 'db.t' does not exist",
    });
    expect(athena.commandCalls(StopQueryExecutionCommand)).toHaveLength(0);
  });

  test('is stopped at Athena when the person stops us', async () => {
    athena.on(GetQueryExecutionCommand).resolves(execution('RUNNING'));
    const running = runQuery(aws(), QUERY, options());
    setTimeout(() => stopping.abort(new Error('Interrupted.')), 20);
    await expect(running).rejects.toThrow('Interrupted.');
    expect(athena.commandCalls(StopQueryExecutionCommand)[0]!.args[0].input).toEqual({ QueryExecutionId: 'q1' });
  });

  test('longer than Athena takes is not sent', async () => {
    await expect(runQuery(aws(), { ...QUERY, sql: 'é'.repeat(131_073) }, options())).rejects.toThrow(UsageError);
    expect(athena.commandCalls(StartQueryExecutionCommand)).toHaveLength(0);
  });
});

describe('the place for results', () => {
  test('is --athena-output, or else the workgroup’s own', async () => {
    await runQuery(aws(), QUERY, options({ output: 's3://mine/' }));
    expect(startedWith().ResultConfiguration).toEqual({ OutputLocation: 's3://mine/' });
  });

  test.each([
    [
      { EnforceWorkGroupConfiguration: true, ResultConfiguration: { OutputLocation: 's3://theirs/' } },
      'puts every result under s3://theirs/',
    ],
    [{ ManagedQueryResultsConfiguration: { Enabled: true } }, 'keeps its results itself'],
  ])('is the workgroup’s business: %j', async (configuration, words) => {
    workgroup(configuration);
    await runQuery(aws(), QUERY, options({ output: 's3://mine/' }));
    expect(startedWith().ResultConfiguration).toBeUndefined();
    expect(notes).toEqual([`Workgroup primary ${words}: --athena-output is not used.`]);
  });

  test('must be named where the workgroup has none', async () => {
    workgroup({});
    await expect(runQuery(aws(), QUERY, options())).rejects.toThrow('pass --athena-output s3://BUCKET/PREFIX/');
    await runQuery(aws(true), QUERY, options());
    expect(startedWith().ResultConfiguration).toEqual({ OutputLocation: 's3://sagemaker-fs-athena/' });
  });

  test('shows at the start where the workgroup may not be looked at', async () => {
    athena.on(GetWorkGroupCommand).rejects(failing('AccessDeniedException', 'not authorized', 400));
    const message = 'No output location provided. You did not provide an output location for  your query results.';
    athena.on(StartQueryExecutionCommand).rejects(failing('InvalidRequestException', message));
    await expect(runQuery(aws(), QUERY, options())).rejects.toThrow('pass --athena-output s3://BUCKET/PREFIX/');
  });

  test('a workgroup that is not there is a slip of the person', async () => {
    athena.on(GetWorkGroupCommand).rejects(failing('InvalidRequestException', 'WorkGroup nope is not found.'));
    await expect(runQuery(aws(), QUERY, options({ workgroup: 'nope' }))).rejects.toThrow(UsageError);
  });
});

describe('the result', () => {
  const RESULT: AthenaResult = { id: 'q1', location: LOCATION, scannedBytes: 0 };
  const read = async (result = RESULT): Promise<AthenaRow[]> => {
    const rows: AthenaRow[] = [];
    for await (const batch of readResult(aws(), result, options())) rows.push(...batch);
    return rows;
  };

  test('is fetched in ranges, of one and the same object', { timeout: 60_000 }, async () => {
    const csv = Buffer.from(`"n"\n${Array.from({ length: 2_000_000 }, (_, n) => `"${n}"\n`).join('')}`);
    s3.on(GetObjectCommand).callsFake(({ Range }: { Range: string }) => {
      const [start = 0, end = 0] = Range.slice('bytes='.length).split('-').map(Number);
      const part = csv.subarray(start, end + 1);
      return {
        Body: Readable.from([part]),
        ContentRange: `bytes ${start}-${start + part.length - 1}/${csv.length}`,
        ETag: '"etag"',
      };
    });
    const rows = await read();
    expect(rows).toHaveLength(2_000_001);
    expect(rows.at(-1)).toEqual(['1999999']);
    const calls = s3.commandCalls(GetObjectCommand).map((call) => call.args[0].input);
    expect(calls).toHaveLength(Math.ceil(csv.length / (4 * 1024 * 1024)));
    expect(calls[1]).toMatchObject({ Bucket: 'results', Key: 'p/q1.csv', IfMatch: '"etag"' });
  });

  const PAGES = [
    {
      ResultSet: {
        Rows: [{ Data: [{ VarCharValue: 'a' }, { VarCharValue: 'b' }] }, { Data: [{}, { VarCharValue: '' }] }],
      },
      NextToken: 't',
    },
    { ResultSet: { Rows: [{ Data: [{ VarCharValue: 'a' }, { VarCharValue: 'b' }] }] } },
  ];
  const TABLE = [
    ['a', 'b'],
    [null, ''],
    ['a', 'b'],
  ];

  test('comes through Athena where S3 is closed to us; only the first page has a header', async () => {
    s3.on(GetObjectCommand).rejects(failing('AccessDenied', 'Access Denied', 403));
    athena.on(GetQueryResultsCommand).resolvesOnce(PAGES[0]!).resolvesOnce(PAGES[1]!);
    expect(await read()).toEqual(TABLE);
    expect(notes[0]).toContain('Reading the result through Athena');
  });

  test('and where the workgroup keeps it', async () => {
    athena.on(GetQueryResultsCommand).resolvesOnce(PAGES[0]!).resolvesOnce(PAGES[1]!);
    expect(await read({ ...RESULT, location: undefined })).toEqual(TABLE);
    expect(s3.calls()).toHaveLength(0);
  });

  test('is removed, with its metadata; not being allowed to is worth a note', async () => {
    s3.on(DeleteObjectsCommand)
      .resolvesOnce({})
      .resolvesOnce({ Errors: [{ Code: 'AccessDenied' }] })
      .rejects(failing('AccessDenied', '', 403));
    for (let time = 0; time < 3; time += 1) await removeResult(aws(), RESULT, (line) => notes.push(line));
    expect(s3.commandCalls(DeleteObjectsCommand)[0]!.args[0].input).toMatchObject({
      Bucket: 'results',
      Delete: { Objects: [{ Key: 'p/q1.csv' }, { Key: 'p/q1.csv.metadata' }] },
    });
    expect(notes).toEqual([
      `Athena's result stays at ${LOCATION}: AccessDenied.`,
      `Athena's result stays at ${LOCATION}: AccessDenied.`,
    ]);
  });
});
