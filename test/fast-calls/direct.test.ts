/** Single calls without the SDK's client, and the client's own, side by side: requests, outputs, errors, attempts. */
import * as sagemaker from '@aws-sdk/client-sagemaker';
import * as online from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { fromEnv } from '@aws-sdk/credential-providers';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test, vi } from 'vitest';
import { openDirectCalls, type DirectCalls } from '../../src/fast-calls/direct.js';
import { hotCallOf, type HotName } from '../../src/fast-calls/hot-calls.js';
import { replay, type SdkClient } from '../../src/fast-calls/sdk-template.js';
import { believeOnlyItsService } from '../../src/sdk/belief.js';
import { openPatienceByOperation } from '../../src/sdk/patient-client.js';
import { answerJson, openScriptedServer, type Received, type ScriptedServer } from '../support/scripted-server.js';
import { signatures } from '../support/signature.js';

const SECRET = 'a/secret+key';
const ARN = 'arn:aws:sagemaker:us-east-1:000000000000:feature-group/shop';
const RECORD = [
  { FeatureName: 'id', ValueAsString: 'Zürich "1" \n東京 🦉' },
  { FeatureName: 'tags', ValueAsStringList: ['a', ''] },
];
const DESCRIBED = {
  FeatureGroupArn: ARN,
  FeatureGroupName: 'shop',
  RecordIdentifierFeatureName: 'id',
  EventTimeFeatureName: 'at',
  FeatureDefinitions: [
    { FeatureName: 'id', FeatureType: 'String' },
    {
      FeatureName: 'v',
      FeatureType: 'Fractional',
      CollectionType: 'Vector',
      CollectionConfig: { VectorConfig: { Dimension: 3 } },
    },
  ],
  CreationTime: 1767225600.123,
  LastModifiedTime: 1.7672256e9,
  OnlineStoreConfig: {
    EnableOnlineStore: true,
    TtlDuration: { Unit: 'Days', Value: 30 },
    StorageType: 'InMemory',
    SecurityConfig: null,
  },
  OfflineStoreConfig: {
    S3StorageConfig: { S3Uri: 's3://a/b', ResolvedOutputS3Uri: 's3://a/b/c', KmsKeyId: 'k' },
    DataCatalogConfig: { TableName: 't', Catalog: 'AwsDataCatalog', Database: 'd' },
    DisableGlueTableCreation: false,
    TableFormat: 'Iceberg',
  },
  ThroughputConfig: {
    ThroughputMode: 'Provisioned',
    ProvisionedReadCapacityUnits: 1,
    ProvisionedWriteCapacityUnits: 2,
  },
  LastUpdateStatus: { Status: 'Failed', FailureReason: 'so' },
  OfflineStoreStatus: { Status: 'Blocked', BlockedReason: 'why' },
  FeatureGroupStatus: 'Created',
  OnlineStoreTotalSizeBytes: 9007199254740991,
  Description: 'a shop',
  RoleArn: 'arn:aws:iam::000000000000:role/a',
  OfTomorrow: { Unknown: true },
};
const PAGE = {
  FeatureGroupSummaries: [
    { FeatureGroupName: 'a', FeatureGroupArn: `${ARN}a`, CreationTime: 1.5, FeatureGroupStatus: 'Created' },
    { FeatureGroupName: 'b', FeatureGroupArn: `${ARN}b`, CreationTime: 2, OfflineStoreStatus: { Status: 'Active' } },
  ],
  NextToken: 'more',
};

interface Case {
  name: HotName;
  input: object;
  answer: object;
}

const CASES: Record<string, Case> = {
  GetRecord: {
    name: 'GetRecord',
    input: { FeatureGroupName: 'shop', RecordIdentifierValueAsString: "Zürich a/b?c=d&e+f (1)*'!" },
    answer: { Record: RECORD },
  },
  'GetRecord, all of it': {
    name: 'GetRecord',
    input: {
      FeatureGroupName: ARN,
      RecordIdentifierValueAsString: '1',
      FeatureNames: ['b', 'a'],
      ExpirationTimeResponse: 'Enabled',
    },
    answer: { Record: RECORD, ExpiresAt: '2026-01-02T00:00:00Z' },
  },
  'GetRecord of none': {
    name: 'GetRecord',
    input: { FeatureGroupName: 'shop', RecordIdentifierValueAsString: '', FeatureNames: undefined },
    answer: {},
  },
  PutRecord: {
    name: 'PutRecord',
    input: {
      FeatureGroupName: 'shop',
      Record: RECORD,
      TargetStores: ['OnlineStore'],
      TtlDuration: { Unit: 'Days', Value: 1 },
    },
    answer: {},
  },
  DescribeFeatureGroup: { name: 'DescribeFeatureGroup', input: { FeatureGroupName: 'shop' }, answer: DESCRIBED },
  'DescribeFeatureGroup, a page': {
    name: 'DescribeFeatureGroup',
    input: { FeatureGroupName: ARN, NextToken: 'a+/=' },
    answer: { ...DESCRIBED, NextToken: 'b' },
  },
  ListFeatureGroups: {
    name: 'ListFeatureGroups',
    input: {
      NameContains: 'ü',
      SortBy: 'Name',
      SortOrder: 'Ascending',
      MaxResults: 100,
      FeatureGroupStatusEquals: undefined,
    },
    answer: PAGE,
  },
  'ListFeatureGroups, a time': {
    name: 'ListFeatureGroups',
    input: { CreationTimeAfter: new Date(1000) },
    answer: { FeatureGroupSummaries: [] },
  },
};
const EACH = Object.entries(CASES);

type Outcome = Record<string, unknown>;

let server: ScriptedServer;
let origin: string;
let answer: object;
const opened: { destroy(): void }[] = [];

beforeAll(async () => {
  server = await openScriptedServer(() => {});
  origin = `http://127.0.0.1:${server.port}`;
});
beforeEach(() => {
  server.received.length = 0;
  server.answer = (_request, response) => answerJson(response, 200, answer);
  for (const name of Object.keys(process.env)) if (/^AWS_/.test(name)) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIA').stubEnv('AWS_SECRET_ACCESS_KEY', SECRET).stubEnv('AWS_CONFIG_FILE', '/none');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/none');
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  for (const each of opened.splice(0)) each.destroy();
});
afterAll(() => server.close());

interface Settings {
  endpoint?: string;
  region?: string;
  maxAttempts?: number;
  useFipsEndpoint?: boolean;
}

function clientOf(name: HotName, settings: Settings = {}): SdkClient {
  const { SageMakerClient } = sagemaker;
  const { SageMakerFeatureStoreRuntimeClient } = online;
  const Client = name.includes('FeatureGroup') ? SageMakerClient : SageMakerFeatureStoreRuntimeClient;
  const client = new Client({ region: 'us-east-1', endpoint: origin, credentials: fromEnv(), ...settings });
  believeOnlyItsService(client, () => false);
  opened.push(client);
  return client;
}

function commandOf({ name, input }: Case) {
  const all = { ...sagemaker, ...online } as unknown as Record<string, new (input: object) => never>;
  return new all[`${name}Command`]!(input);
}

interface Opened {
  calls: DirectCalls;
  lines: string[];
  /** Of the SDK's clients, those that were needed. */
  loaded: string[];
}

function openDirect({ isPlain = true, ...settings }: Settings & { isPlain?: boolean } = {}): Opened {
  const [lines, loaded]: string[][] = [[], []];
  const clients = new Map<string, SdkClient>();
  const calls = openDirectCalls({
    client(service) {
      if (!clients.has(service)) {
        loaded!.push(service);
        clients.set(service, clientOf(service === 'SageMaker' ? 'DescribeFeatureGroup' : 'GetRecord', settings));
      }
      return Promise.resolve(clients.get(service)!);
    },
    plain: isPlain ? { env: process.env, region: 'us-east-1', endpoint: origin, ...settings } : undefined,
    trace: (line) => lines!.push(line),
  });
  opened.push(calls);
  return { calls, lines: lines!, loaded: loaded! };
}

/** What a caller can see; how long the SDK waited is up to chance. */
async function outcomeOf(sent: Promise<unknown>): Promise<Outcome> {
  const settled = ({ totalRetryDelay: _delay, ...rest }: { totalRetryDelay?: number }) => rest;
  try {
    const output = (await sent) as { $metadata: object };
    return { output: { ...output, $metadata: settled(output.$metadata) } };
  } catch (error) {
    const { name, message, code, $fault, $metadata } = error as Error & Record<string, unknown>;
    const kind = (error as Error).constructor.name;
    return { kind, name, message, code, $fault, $metadata: $metadata && settled($metadata) };
  }
}

async function bothWays(asked: Case, settings: Settings = {}) {
  answer = asked.answer;
  const sdk = await outcomeOf(clientOf(asked.name, settings).send(commandOf(asked)));
  const bySdk = server.received.splice(0);
  const { calls, lines, loaded } = openDirect(settings);
  const direct = await outcomeOf(calls.call(asked.name, asked.input));
  return { sdk, direct, bySdk, byUs: server.received.splice(0), lines, loaded };
}

function comparable({ method, target, headers, body }: Received) {
  const own =
    /^authorization$|^x-amz-date$|^amz-sdk-invocation-id$|^content-length$|^x-amz-content-sha256$|user-agent$/;
  return {
    method,
    target,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !own.test(name))),
    names: Object.keys(headers).sort(),
    signed: /SignedHeaders=([^,]+)/.exec(headers.authorization!)![1],
    body: body === '' ? undefined : (JSON.parse(body) as unknown),
  };
}

describe.each(EACH)('%s', (_what, asked) => {
  it.each<[string, () => Settings, Record<string, string>]>([
    ['an endpoint', () => ({}), {}],
    ['a session', () => ({}), { AWS_SESSION_TOKEN: 'a/token+of==a session' }],
    ['an endpoint with a path', () => ({ endpoint: `${origin}/behind/a proxy` }), {}],
    ['another region', () => ({ region: 'cn-north-1' }), {}],
  ])('is asked and answered as by the SDK with %s', async (_setting, settings, env) => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    const { sdk, direct, bySdk, byUs, lines, loaded } = await bothWays(asked, settings());
    expect(direct).toEqual(sdk);
    expect(byUs.map(comparable)).toEqual(bySdk.map(comparable));
    expect(byUs).toHaveLength(1);
    const { sent, expected } = await signatures(byUs[0]!, SECRET);
    expect(sent).toBe(expected);
    const isTime = asked.input !== undefined && 'CreationTimeAfter' in asked.input;
    expect(loaded).toEqual(isTime ? ['SageMaker'] : []);
    if (!isTime) expect(lines[0]).toMatch(/^SageMaker\w*\.\w+ ok 200 \d+ ms, attempt 1, request request-1$/);
  });

  const refusal =
    (status: number, name: string, message = `It is ${name}.`) =>
    (response: Parameters<ScriptedServer['answer']>[1]) =>
      answerJson(
        response,
        status,
        { __type: `com.amazon.coral.service#${name}`, message },
        { 'x-amzn-errortype': name },
      );
  const answers: Record<string, (response: Parameters<ScriptedServer['answer']>[1]) => void> = {
    'a throttling': refusal(400, 'ThrottlingException', 'Rate exceeded'),
    '500': refusal(500, 'InternalFailure'),
    '503 without a body': (response) => response.writeHead(503).end(),
    'an HTML page with 503': (response) =>
      response.writeHead(503, { 'content-type': 'text/html' }).end('<html>Busy</html>'),
    'an HTML page with 200': (response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>'),
    'half of a JSON': (response) => response.writeHead(200).end('{"Record":[{"Feature'),
    'a broken connection': (response) => response.destroy(),
  };
  it.each(Object.entries(answers))('makes the same of %s, in as many attempts', async (_answer, refuse) => {
    // By chance, the SDK tries again at once.
    vi.spyOn(Math, 'random').mockReturnValue(0);
    server.answer = (_request, response) => refuse(response);
    const { sdk, direct, bySdk, byUs } = await bothWays(asked, { maxAttempts: 3 });
    expect(direct).toEqual(sdk);
    expect(byUs).toHaveLength(bySdk.length);
  });
});

/** Every error that the model of the control plane knows, and those of all services. */
const MODELLED = Object.entries(sagemaker)
  .filter(([, value]) => typeof value === 'function' && value.prototype instanceof sagemaker.SageMakerServiceException)
  .map(([name]) => name);
const COMMON = [
  'AccessDeniedException',
  'ExpiredTokenException',
  'IncompleteSignature',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'MissingAuthenticationToken',
  'OptInRequired',
  'RequestExpired',
  'UnrecognizedClientException',
  'ValidationException',
];

test.each([...MODELLED, ...COMMON])('%s has the words and the class of the SDK', async (name) => {
  expect(MODELLED).toContain('ResourceNotFound');
  const status = name === 'AccessDeniedException' ? 403 : 400;
  const said = { __type: name, Message: `It is ${name}: é.`, message: `It is ${name}: é.` };
  for (const asked of [CASES.DescribeFeatureGroup!, CASES.ListFeatureGroups!]) {
    server.answer = (_request, response) => answerJson(response, status, said);
    const { sdk, direct } = await bothWays(asked);
    expect(direct).toEqual(sdk);
    expect(direct).toMatchObject({ name, message: `It is ${name}: é.`, $metadata: { httpStatusCode: status } });
  }
});

test.each(['AWS_ACCESS_KEY_ID', 'AWS_SESSION_TOKEN'])(
  '%s with a line break ends the call before anything is sent, as in the SDK',
  async (name) => {
    vi.stubEnv(name, 'AKIA\r\nx-of-mine: 1');
    const { sdk, direct, byUs } = await bothWays(CASES.PutRecord!);
    for (const outcome of [sdk, direct]) expect(outcome).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_CHAR' });
    expect(byUs).toEqual([]);
  },
);

test('a call that fails once goes on with the SDK, and the next one is direct again', async () => {
  let calls = 0;
  server.answer = (_request, response) =>
    (calls += 1) === 1 ? answerJson(response, 500, {}) : answerJson(response, 200, DESCRIBED);
  const { calls: direct, lines, loaded } = openDirect();
  expect(await direct.call('DescribeFeatureGroup', { FeatureGroupName: 'shop' })).toMatchObject({
    FeatureGroupName: 'shop',
    CreationTime: new Date(1767225600123),
    $metadata: { attempts: 2 },
  });
  expect(loaded).toEqual(['SageMaker']);
  await direct.call('DescribeFeatureGroup', { FeatureGroupName: 'shop' });
  expect(lines).toHaveLength(1);
  expect(calls).toBe(3);
});

test('the same page as the next one is refused as the SDK refuses it', async () => {
  const asked: Case = { name: 'ListFeatureGroups', input: { NextToken: 'a' }, answer: { ...PAGE, NextToken: 'a' } };
  const { sdk, direct } = await bothWays(asked, { maxAttempts: 1 });
  expect(direct).toEqual(sdk);
  expect(direct.name).toBe('ForeignAnswer');
});

test('where the way is not plain, the first call is the SDK’s, and further ones learn from it', async () => {
  answer = DESCRIBED;
  const { calls, lines, loaded } = openDirect({ isPlain: false });
  const describe = () => calls.call('DescribeFeatureGroup', { FeatureGroupName: 'shop' });
  const first = await describe();
  expect(lines).toEqual([]);
  const others = await Promise.all([describe(), describe()]);
  expect(lines).toHaveLength(2);
  expect(loaded).toEqual(['SageMaker']);
  for (const other of others) expect(other).toEqual(first);
  const [bySdk, ...byUs] = server.received.map(comparable);
  expect(byUs).toEqual([bySdk, bySdk]);
});

test('a clock that is wrong is set by the refusal, for the SDK and for the calls after it', async () => {
  const ahead = 20 * 60_000;
  server.answer = (request, response) => {
    const signed = String(request.headers['x-amz-date']).replace(/(....)(..)(..)T(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6Z');
    const now = Date.now() + ahead;
    const date = new Date(now).toUTCString();
    if (Math.abs(Date.parse(signed) - now) < 5 * 60_000) return answerJson(response, 200, DESCRIBED, { date });
    answerJson(response, 403, { __type: 'InvalidSignatureException', message: 'Signature expired' }, { date });
  };
  const { calls } = openDirect();
  for (let call = 0; call < 3; call += 1) await calls.call('DescribeFeatureGroup', { FeatureGroupName: 'shop' });
  expect(server.received).toHaveLength(4);
});

test('patience is for the first attempt as well: throttled calls wait for their turn', async () => {
  let throttled = 3;
  server.answer = (_request, response) =>
    (throttled -= 1) >= 0
      ? answerJson(response, 400, { __type: 'ThrottlingException', message: 'Rate exceeded' })
      : answerJson(response, 200, DESCRIBED);
  const { signal } = new AbortController();
  const calls = openDirectCalls({
    client: () => Promise.resolve(clientOf('DescribeFeatureGroup', { maxAttempts: 1 })),
    patience: openPatienceByOperation({ retryFor: 30, signal }),
    plain: { env: process.env, region: 'us-east-1', endpoint: origin },
  });
  opened.push(calls);
  await calls.call('DescribeFeatureGroup', { FeatureGroupName: 'shop' });
  expect(server.received).toHaveLength(4);
  expect(new Set(server.received.map(({ headers }) => headers['amz-sdk-request']))).toEqual(
    new Set(['attempt=1; max=1']),
  );
});

test('an aborted call ends at once, without the SDK', async () => {
  server.answer = () => {};
  const { calls, loaded } = openDirect();
  const stopping = new AbortController();
  const sent = calls.call('GetRecord', CASES.GetRecord!.input as never, { abortSignal: stopping.signal });
  setTimeout(() => stopping.abort(), 20);
  await expect(sent).rejects.toMatchObject({ name: 'AbortError' });
  expect(loaded).toEqual([]);
});

describe('whatever JSON an answer is, what is read of it is what the SDK reads', () => {
  const json = fc.json({ maxDepth: 2 }).map((text) => JSON.parse(text) as unknown);

  /** The answer with one of its values replaced, at any depth. */
  const changed = (whole: object): fc.Arbitrary<unknown> =>
    fc.tuple(fc.integer({ min: 0, max: 60 }), json).map(([at, value]) => {
      let left = at;
      const visit = (node: unknown): unknown => {
        if ((left -= 1) < 0 && left > -2) return value;
        if (Array.isArray(node)) return node.map(visit);
        if (typeof node !== 'object' || node === null) return node;
        return Object.fromEntries(Object.entries(node).map(([name, each]) => [name, visit(each)]));
      };
      return visit(whole);
    });

  test.each(EACH.filter(([, { name }]) => name !== 'PutRecord'))('%s', async (_what, asked) => {
    const call = hotCallOf(asked.name, { ...asked.input, CreationTimeAfter: undefined })!;
    const client = clientOf(asked.name, { maxAttempts: 1 });
    let read = 0;
    await fc.assert(
      fc.asyncProperty(changed(asked.answer), async (body) => {
        const headers = { 'content-type': 'application/json', 'x-amzn-requestid': 'request-1' };
        const whole = { status: 200, headers, body: Buffer.from(JSON.stringify(body)) };
        const output = call.read(whole);
        // What it leaves to the SDK cannot differ.
        if (!output) return;
        read += 1;
        const settle = ({ $metadata, ...rest }: { $metadata: object }) => ({ ...rest, $metadata: { ...$metadata } });
        expect(settle(output as never)).toEqual(
          settle((await replay({ client, command: commandOf(asked), answer: whole })) as never),
        );
      }),
      { numRuns: 50 },
    );
    expect(read).toBeGreaterThan(5);
  });
});
