import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  GetWorkGroupCommand,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { DeleteObjectsCommand, GetObjectCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Clients } from '../../../src/config.js';
import { UsageError } from '../../../src/errors.js';
import type { AthenaRow } from '../../../src/feature-store/offline/athena-csv.js';
import { outputPlace } from '../../../src/feature-store/offline/output-place.js';
import { readResult, removeResult } from '../../../src/feature-store/offline/athena-result.js';
import { runQuery, type AthenaOptions, type AthenaResult } from '../../../src/feature-store/offline/athena-run.js';

import { groupOf } from '../groups.js';

/* What the embedded store cannot be asked to do: slow and failing queries, odd workgroups, S3 that is closed to us. */

const settings = { region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' }, maxAttempts: 1 };
const [athenaClient, s3Client] = [new AthenaClient(settings), new S3Client(settings)];
const [athena, s3] = [mockClient(athenaClient), mockClient(s3Client)];
const aws = () =>
  ({ athena: () => Promise.resolve(athenaClient), s3: () => Promise.resolve(s3Client) }) as unknown as Clients;

const group = groupOf();
const offline = {
  ...group.offline!,
  s3Uri: 's3://features/store',
  table: { catalog: 'AwsDataCatalog', database: 'db', name: 't' },
};
const QUERY = { sql: 'SELECT 1', group: { ...group, offline } };
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
/** The query runs, and the person stops us while it does. */
const stopAt = (reason: string) => {
  setImmediate(() => stopping.abort(new Error(reason)));
  return execution('RUNNING');
};
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
    athena.on(GetQueryExecutionCommand).callsFake(() => stopAt('Interrupted.'));
    await expect(runQuery(aws(), QUERY, options())).rejects.toThrow('Interrupted.');
    expect(athena.commandCalls(StopQueryExecutionCommand)[0]!.args[0].input).toEqual({ QueryExecutionId: 'q1' });
  });

  test('longer than Athena takes is not sent', async () => {
    await expect(runQuery(aws(), { ...QUERY, sql: 'é'.repeat(131_073) }, options())).rejects.toThrow(UsageError);
    expect(athena.commandCalls(StartQueryExecutionCommand)).toHaveLength(0);
  });
});

describe('a query under a token', () => {
  const TOKEN = 't'.repeat(32);
  const tokens = () =>
    athena.commandCalls(StartQueryExecutionCommand).map((call) => call.args[0].input.ClientRequestToken);

  test('that was cancelled by another child is asked again under the next token, which all derive alike', async () => {
    athena
      .on(GetQueryExecutionCommand)
      .resolvesOnce(execution('CANCELLED'))
      .resolvesOnce(execution('FAILED'))
      .resolves(execution('SUCCEEDED'));
    const shared = { ...QUERY, token: TOKEN, shared: true };
    expect(await runQuery(aws(), shared, options())).toMatchObject({ id: 'q1' });
    const first = tokens();
    expect(new Set(first).size).toBe(3);
    expect(first[0]).toBe(TOKEN);
    athena.resetHistory();
    athena.on(GetQueryExecutionCommand).resolvesOnce(execution('CANCELLED')).resolves(execution('SUCCEEDED'));
    await runQuery(aws(), shared, options());
    expect(tokens()).toEqual(first.slice(0, 2));
  });

  test('that others share is never stopped', async () => {
    athena.on(GetQueryExecutionCommand).callsFake(() => stopAt('Terminated.'));
    const running = runQuery(aws(), { ...QUERY, token: TOKEN, shared: true }, options());
    await expect(running).rejects.toThrow('Terminated.');
    expect(athena.commandCalls(GetQueryExecutionCommand)).toHaveLength(1);
    expect(athena.commandCalls(StopQueryExecutionCommand)).toHaveLength(0);
  });

  test('that keeps failing ends', async () => {
    athena.on(GetQueryExecutionCommand).resolvesOnce(execution('RUNNING')).resolves(execution('FAILED', 'no'));
    await expect(runQuery(aws(), { ...QUERY, token: TOKEN, shared: true }, options())).rejects.toThrow('no');
    expect(tokens().length).toBeLessThanOrEqual(10);
  });

  test('is not begun anew by the one that saw it fail, but by the next run', async () => {
    athena.on(GetQueryExecutionCommand).resolvesOnce(execution('RUNNING')).resolves(execution('FAILED', 'no'));
    await expect(runQuery(aws(), { ...QUERY, token: TOKEN }, options())).rejects.toThrow('no');
    expect(tokens()).toEqual([TOKEN]);
  });

  test('is not stopped because a look at it failed', async () => {
    athena.on(GetQueryExecutionCommand).rejects(failing('ThrottlingException', 'Rate exceeded'));
    await expect(runQuery(aws(), QUERY, options())).rejects.toThrow('Rate exceeded');
    expect(athena.commandCalls(StopQueryExecutionCommand)).toHaveLength(0);
  });
});

describe('the place for results', () => {
  test('is --athena-output, or else the workgroup’s own', async () => {
    await runQuery(aws(), QUERY, options({ athenaOutput: 's3://mine/' }));
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
    await runQuery(aws(), QUERY, options({ athenaOutput: 's3://mine/' }));
    expect(startedWith().ResultConfiguration).toBeUndefined();
    expect(notes).toEqual([`Workgroup primary ${words}: --athena-output is not used.`]);
  });

  const failingHead = (status: number) => s3.on(HeadBucketCommand).rejects(failing('NotFound', '', status));
  const BESIDE = 's3://features/sagemaker-fs/athena/';
  const CONVENTION = 's3://aws-athena-query-results-111122223333-us-east-1/';

  test.each([
    [200, CONVENTION],
    [404, BESIDE],
    // Another account's.
    [403, BESIDE],
    [301, BESIDE],
  ])('is found where the workgroup has none: a HEAD of the usual bucket says %i', async (status, place) => {
    workgroup({});
    if (status === 200) s3.on(HeadBucketCommand).resolves({});
    else failingHead(status);
    const clients = aws();
    await runQuery(clients, QUERY, options());
    await runQuery(clients, QUERY, options());
    expect(startedWith().ResultConfiguration).toEqual({ OutputLocation: place });
    expect((await outputPlace(clients, QUERY.group, options())).words).toBe(place);
    // Looked for once a run, and only the group's own account will do.
    expect(athena.commandCalls(GetWorkGroupCommand)).toHaveLength(1);
    expect(s3.commandCalls(HeadBucketCommand).map((call) => call.args[0].input)).toEqual([
      { Bucket: 'aws-athena-query-results-111122223333-us-east-1', ExpectedBucketOwner: '111122223333' },
    ]);
  });

  test('is found at the start where the workgroup may not be looked at', async () => {
    athena.on(GetWorkGroupCommand).rejects(failing('AccessDeniedException', 'not authorized', 400));
    failingHead(404);
    await runQuery(aws(), QUERY, options());
    expect(startedWith().ResultConfiguration).toBeUndefined();
    athena.resetHistory();
    const message = 'No output location provided. You did not provide an output location for  your query results.';
    athena
      .on(StartQueryExecutionCommand)
      .rejectsOnce(failing('InvalidRequestException', message))
      .resolves({ QueryExecutionId: 'q1' });
    await runQuery(aws(), QUERY, options());
    const places = athena
      .commandCalls(StartQueryExecutionCommand)
      .map((call) => call.args[0].input.ResultConfiguration);
    expect(places).toEqual([undefined, { OutputLocation: BESIDE }]);
  });

  test('that Athena cannot use is named, and is not the fault of the statement', async () => {
    const message = 'Unable to verify/create output bucket results';
    const refused = Object.assign(failing('InvalidRequestException', message), { AthenaErrorCode: 'INVALID_INPUT' });
    athena.on(StartQueryExecutionCommand).rejects(refused);
    const running = runQuery(aws(), QUERY, options({ athenaOutput: 's3://results/' }));
    await expect(running).rejects.toThrow(
      /^Athena cannot write to s3:\/\/results\/: the bucket must exist, in the query's region/,
    );
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

  test('and where it is sealed with a key of the client’s', async () => {
    const sealed = execution('SUCCEEDED');
    Object.assign(sealed.QueryExecution.ResultConfiguration, {
      EncryptionConfiguration: { EncryptionOption: 'CSE_KMS' },
    });
    athena.on(GetQueryExecutionCommand).resolves(sealed);
    athena.on(GetQueryResultsCommand).resolvesOnce(PAGES[0]!).resolvesOnce(PAGES[1]!);
    expect(await read(await runQuery(aws(), QUERY, options()))).toEqual(TABLE);
    expect(s3.calls()).toHaveLength(0);
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
