import {
  BatchGetRecordCommand,
  BatchWriteRecordCommand,
  DeleteRecordCommand,
  GetRecordCommand,
  ListRecordsCommand,
  PutRecordCommand,
  SageMakerFeatureStoreRuntimeClient,
} from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openFastCalls, type RuntimeCalls } from '../../src/fast-calls/index.js';
import { believeOnlyItsService } from '../../src/sdk/belief.js';
import {
  answerJson,
  openScriptedServer,
  type Received,
  type Scheme,
  type ScriptedServer,
} from '../support/scripted-server.js';
import { signatures } from '../support/signature.js';

const SECRET = 'a/secret+key';
const ARN = 'arn:aws:sagemaker:us-east-1:000000000000:feature-group/shop';
const RECORD = [
  { FeatureName: 'id', ValueAsString: 'Zürich "1" \n東京 🦉' },
  { FeatureName: 'time', ValueAsString: '2026-01-01T00:00:00Z' },
  { FeatureName: 'tags', ValueAsStringList: ['a', ''] },
];
const put = (FeatureGroupName = 'shop') => new PutRecordCommand({ FeatureGroupName, Record: RECORD });
const write = () =>
  new BatchWriteRecordCommand({
    Entries: [{ FeatureGroupName: 'shop', Record: RECORD, TargetStores: undefined }],
    TtlDuration: { Unit: 'Days', Value: 30 },
  });
const read = () =>
  new BatchGetRecordCommand({
    Identifiers: [{ FeatureGroupName: 'shop', RecordIdentifiersValueAsString: ['1', '2'] }],
  });
const COMMANDS = {
  PutRecord: put,
  'PutRecord by ARN': () => put(ARN),
  BatchWriteRecord: write,
  BatchGetRecord: read,
  DeleteRecord: () =>
    new DeleteRecordCommand({
      FeatureGroupName: 'shop',
      RecordIdentifierValueAsString: "Zürich a/b?c=d&e+f (1)*'!",
      EventTime: '2026-01-01T00:00:00.001Z',
      TargetStores: ['OnlineStore', 'OfflineStore'],
      DeletionMode: 'HardDelete',
    }),
  'DeleteRecord by ARN': () =>
    new DeleteRecordCommand({ FeatureGroupName: ARN, RecordIdentifierValueAsString: '1', EventTime: '1.5' }),
  ListRecords: () =>
    new ListRecordsCommand({
      FeatureGroupName: ARN,
      MaxResults: 100,
      NextToken: 'a+/=',
      IncludeSoftDeletedRecords: true,
    }),
};
const OUTPUTS = {
  Errors: [],
  UnprocessedEntries: [],
  UnprocessedIdentifiers: [],
  Records: [{ FeatureGroupName: 'shop', RecordIdentifierValueAsString: '1', Record: RECORD, ExpiresAt: '2026-01-02' }],
};

type Options = ConstructorParameters<typeof SageMakerFeatureStoreRuntimeClient>[0];
type Outcome = Record<string, unknown>;

/** The one that is called, and where it is. */
let server: ScriptedServer;
let origin: string;
const servers: Partial<Record<Scheme, ScriptedServer>> = {};
const opened: { destroy(): void }[] = [];
const answerWell: ScriptedServer['answer'] = ({ target }, response) => {
  const { Records, UnprocessedIdentifiers, Errors, UnprocessedEntries } = OUTPUTS;
  if (target.endsWith('/BatchGetRecord')) answerJson(response, 200, { Records, Errors, UnprocessedIdentifiers });
  else answerJson(response, 200, target.endsWith('/BatchWriteRecord') ? { Errors, UnprocessedEntries } : {});
};

beforeAll(async () => {
  for (const scheme of ['http', 'https'] as const) servers[scheme] = await openScriptedServer(answerWell, scheme);
});
beforeEach(() => callBy('http'));
afterEach(() => vi.unstubAllEnvs());
afterAll(async () => {
  opened.forEach((each) => each.destroy());
  await Promise.all(Object.values(servers).map((each) => each.close()));
});

function callBy(scheme: Scheme): void {
  server = servers[scheme]!;
  server.answer = answerWell;
  server.received.length = 0;
  origin = `${scheme}://${scheme === 'https' ? 'localhost' : '127.0.0.1'}:${server.port}`;
}

function newClient(options: Options = {}): SageMakerFeatureStoreRuntimeClient {
  const client = new SageMakerFeatureStoreRuntimeClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIA', secretAccessKey: SECRET },
    endpoint: origin,
    maxAttempts: 1,
    ...options,
  });
  believeOnlyItsService(client, () => false);
  opened.push(client);
  return client;
}

function newFastCalls(options?: Options, lines: string[] = []): RuntimeCalls {
  const fast = openFastCalls(newClient(options), { trace: (line) => lines.push(line) });
  opened.push(fast);
  return fast;
}

/** What a caller can see of an output or an error. */
async function outcomeOf(calls: RuntimeCalls, command: ReturnType<(typeof COMMANDS)['PutRecord']>): Promise<Outcome> {
  try {
    return { output: await calls.send(command) };
  } catch (error) {
    const { name, message, code, $fault, $metadata } = error as Error & Record<string, unknown>;
    return { kind: (error as Error).constructor.name, name, message, code, $fault, $metadata };
  }
}

async function bothWays(make: () => unknown, options?: Options): Promise<{ sdk: Outcome; fast: Outcome }> {
  const command = () => make() as ReturnType<typeof put>;
  return {
    sdk: await outcomeOf(newClient(options), command()),
    fast: await outcomeOf(newFastCalls(options), command()),
  };
}

/** What of a request must be the same whoever sends it. */
function comparable({ method, target, headers, body }: Received) {
  const own = ['authorization', 'x-amz-date', 'amz-sdk-invocation-id', 'content-length', 'x-amz-content-sha256'];
  const rest = Object.entries(headers).filter(([name]) => !own.includes(name));
  return {
    method,
    target,
    headers: Object.fromEntries(rest),
    names: Object.keys(headers).sort(),
    signed: /SignedHeaders=([^,]+)/.exec(headers.authorization!)![1],
    body: body === '' ? undefined : (JSON.parse(body) as unknown),
  };
}

describe.each(['http', 'https'] as const)('a hot call and the SDK, over %s,', (scheme) => {
  beforeEach(() => {
    callBy(scheme);
    // The tests' certificate is signed by nobody that Node knows.
    if (scheme === 'https') vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  });

  const credentials = { accessKeyId: 'ASIA', secretAccessKey: SECRET, sessionToken: 'a/token+of==a session' };
  const settings: Record<string, () => Options> = {
    'an endpoint': () => ({}),
    'a session token': () => ({ credentials }),
    'an endpoint with a path': () => ({ endpoint: `${origin}/behind/a proxy` }),
    'another region': () => ({ region: 'eu-central-1' }),
  };
  for (const [setting, options] of Object.entries(settings)) {
    it.each(Object.entries(COMMANDS))(`send the same request with ${setting}: %s`, async (_name, make) => {
      const { sdk, fast } = await bothWays(make, options());
      expect(fast).toEqual(sdk);
      const [bySdk, byUs] = server.received as [Received, Received];
      expect(comparable(byUs)).toEqual(comparable(bySdk));
      for (const request of [bySdk, byUs]) {
        const { sent, expected, bodyHash } = await signatures(request, SECRET);
        expect(sent).toBe(expected);
        expect(request.headers['x-amz-content-sha256']).toBe(bodyHash);
        expect(request.headers['content-length']).toBe(
          request.body === '' ? bySdk.headers['content-length'] : String(Buffer.byteLength(request.body)),
        );
      }
      expect(byUs.headers['amz-sdk-invocation-id']).not.toBe(bySdk.headers['amz-sdk-invocation-id']);
    });
  }

  const refusal = (status: number, name: string) => (response: Parameters<ScriptedServer['answer']>[1]) =>
    answerJson(response, status, { Message: `It is ${name}.` }, { 'x-amzn-errortype': name });
  const refusals: Record<string, (response: Parameters<ScriptedServer['answer']>[1]) => void> = {
    '400 of the model': refusal(400, 'ValidationError'),
    '400 of no model': refusal(400, 'ValidationException:http://internal.amazon.com/coral/'),
    throttling: refusal(400, 'ThrottlingException'),
    '403': refusal(403, 'AccessForbidden'),
    '403 with its type in the body': (response) =>
      answerJson(response, 403, { __type: 'com.amazon.coral.service#AccessDeniedException', message: 'No.' }),
    '404': refusal(404, 'ResourceNotFound'),
    '429 without a body': (response) => response.writeHead(429).end(),
    '500': refusal(500, 'InternalFailure'),
    '503': refusal(503, 'ServiceUnavailable'),
    'an HTML page with 503': (response) =>
      response.writeHead(503, { 'content-type': 'text/html' }).end('<html>Busy</html>'),
    'an HTML page with 200': (response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>'),
    'half of a JSON': (response) => response.writeHead(200).end('{"Errors":[],"Unproc'),
    'a broken connection': (response) => response.destroy(),
    'a truncated body': (response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"Errors"', () => response.destroy());
    },
  };
  for (const [what, refuse] of Object.entries(refusals)) {
    it.each(Object.entries(COMMANDS))(`make the same of ${what}: %s`, async (_name, make) => {
      server.answer = (_request, response) => refuse(response);
      const { sdk, fast } = await bothWays(make);
      expect(fast).toEqual(sdk);
      expect(server.received).toHaveLength(2);
    });
  }

  it('fail alike where nobody listens', async () => {
    const { sdk, fast } = await bothWays(write, { endpoint: `${scheme}://127.0.0.1:1` });
    expect(fast).toEqual(sdk);
    expect(fast.code).toBe('ECONNREFUSED');
  });

  it('fail alike without credentials, and again with the next call', async () => {
    const failing = { credentials: () => Promise.reject(new Error('Could not load credentials')) };
    const { sdk, fast } = await bothWays(write, failing);
    expect(fast).toEqual(sdk);
    const calls = newFastCalls(failing);
    await expect(calls.send(write())).rejects.toThrow('Could not load credentials');
    await expect(calls.send(write())).rejects.toThrow('Could not load credentials');
  });
});

it.each([
  ['without a body and then with one', ['DeleteRecord', 'PutRecord']],
  ['with a body and then without one', ['PutRecord', 'DeleteRecord']],
] as const)('heads a call as the SDK does, whichever came first: %s', async (_what, names) => {
  const [sdk, fast] = [newClient(), newFastCalls()];
  for (const name of names) await sdk.send(COMMANDS[name]() as never);
  for (const name of names) await fast.send(COMMANDS[name]() as never);
  const [first, second, firstByUs, secondByUs] = server.received as [Received, Received, Received, Received];
  expect([comparable(firstByUs), comparable(secondByUs)]).toEqual([comparable(first), comparable(second)]);
});

it('trusts the certificates that the SDK trusts', async () => {
  callBy('https');
  const { sdk, fast } = await bothWays(write);
  expect(fast).toEqual(sdk);
  expect(fast.code).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
  expect(server.received).toEqual([]);
});

it('fails as the SDK does where one side speaks TLS and the other does not', async () => {
  for (const [speaks, listens] of [
    ['http', 'https'],
    ['https', 'http'],
  ] as const) {
    const { sdk, fast } = await bothWays(write, { endpoint: `${speaks}://localhost:${servers[listens]!.port}` });
    expect({ ...fast, message: '' }).toEqual({ ...sdk, message: '' });
  }
});

it.each([
  ['keeps its connection for the next call', {}, 1],
  ['opens a new one where the server closes it', { connection: 'close' }, 2],
  ['opens a new one where the server is about to', { connection: 'keep-alive', 'keep-alive': 'timeout=1' }, 2],
])('%s', async (_what, headersOfThird, connections) => {
  const ports = new Set<number>();
  server.answer = (_request, response) => {
    ports.add(response.socket!.remotePort!);
    const headers = server.received.length === 3 ? headersOfThird : {};
    answerJson(response, 200, { Errors: [], UnprocessedEntries: [] }, headers);
  };
  const calls = newFastCalls();
  for (let call = 0; call < 5; call += 1) await calls.send(write());
  expect(ports.size).toBe(connections);
});

it('renews credentials that are about to expire', async () => {
  let made = 0;
  const soon = () => new Date(Date.now() + 60_000);
  const credentials = () =>
    Promise.resolve({ accessKeyId: `ASIA${++made}`, secretAccessKey: SECRET, expiration: soon() });
  const calls = newFastCalls({ credentials });
  await calls.send(write());
  await calls.send(write());
  const keys = server.received.map(({ headers }) => /Credential=(\w+)/.exec(headers.authorization!)![1]);
  expect(new Set(keys).size).toBe(2);
});

it('sets its clock by the date of a refusal, and signs again', async () => {
  const ahead = 20 * 60_000;
  const timeAtAws = () => Date.now() + ahead;
  server.answer = (request, response) => {
    const [, year, month, day, hour, minute, second] = /^(\d{4})(..)(..)T(..)(..)(..)Z$/.exec(
      String(request.headers['x-amz-date']),
    )!;
    const signed = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
    if (Math.abs(signed - timeAtAws()) < 5 * 60_000) return answerWell(request, response);
    const date = new Date(timeAtAws()).toUTCString();
    answerJson(
      response,
      403,
      { message: 'Signature expired' },
      { 'x-amzn-errortype': 'InvalidSignatureException', date },
    );
  };
  const calls = newFastCalls();
  await Promise.all([calls.send(write()), calls.send(write()), calls.send(write())]);
  await calls.send(put());
  expect(server.received).toHaveLength(7);
});

it('is aborted as the SDK is', async () => {
  server.answer = () => {};
  const abort = async (calls: RuntimeCalls) => {
    const stopping = new AbortController();
    const sent = calls.send(write(), { abortSignal: stopping.signal });
    setTimeout(() => stopping.abort(), 20);
    return sent.catch((error: Error) => error.name);
  };
  expect(await abort(newFastCalls())).toBe(await abort(newClient()));
});

it('leaves to the SDK what is not hot, and says under --debug which way it goes', async () => {
  const lines: string[] = [];
  const calls = newFastCalls({}, lines);
  server.answer = (_request, response) => answerJson(response, 200, { Record: RECORD });
  await calls.send(new GetRecordCommand({ FeatureGroupName: 'shop', RecordIdentifierValueAsString: '1' }));
  expect(lines).toEqual([]);
  server.answer = answerWell;
  await calls.send(put());
  expect(lines[0]).toBe(`Hot calls: plain HTTP to ${origin}.`);
  expect(lines[1]).toMatch(/^SageMakerFeatureStoreRuntime\.PutRecord ok 200 \d+ ms, plain HTTP$/);
});

it('goes through the SDK where the client has a request handler of its own', async () => {
  const lines: string[] = [];
  const requestHandler = {
    handle: () =>
      Promise.resolve({ response: { statusCode: 200, headers: {}, body: Buffer.from(JSON.stringify(OUTPUTS)) } }),
  };
  const calls = newFastCalls({ requestHandler }, lines);
  expect(await calls.send(write())).toMatchObject({ Errors: [], UnprocessedEntries: [] });
  expect(lines).toEqual(['Hot calls: through the SDK.']);
  expect(server.received).toEqual([]);
});

describe('the endpoint', () => {
  it.each([
    ['of the region', {}, 'https://featurestore-runtime.sagemaker.us-east-1.amazonaws.com'],
    [
      'of another partition',
      { region: 'cn-north-1' },
      'https://featurestore-runtime.sagemaker.cn-north-1.amazonaws.com.cn',
    ],
    ['for FIPS', { useFipsEndpoint: true }, 'https://featurestore-runtime.sagemaker-fips.us-east-1.amazonaws.com'],
    ['of both stacks', { useDualstackEndpoint: true }, 'https://featurestore-runtime.sagemaker.us-east-1.api.aws'],
  ])('is the SDK’s own: %s', async (_what, options, origin) => {
    const lines: string[] = [];
    const calls = newFastCalls({ endpoint: undefined, ...options }, lines);
    const stopped = AbortSignal.abort();
    await calls.send(write(), { abortSignal: stopped }).catch(() => {});
    expect(lines[0]).toBe(`Hot calls: plain HTTP to ${origin}.`);
  });
});
