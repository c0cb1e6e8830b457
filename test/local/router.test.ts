import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, get, request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { GetRecordCommand, SageMakerFeatureStoreRuntimeClient } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import type { Local } from '../../src/local/index.js';
import { openSdkDoor } from '../../src/local/wire/doors.js';
import { openThrowAway } from '../support/doors.js';
import { createGroup, putCommand } from '../support/groups.js';

const JSON_1_1 = 'application/x-amz-json-1.1';
const scoped = (service: string, region = 'us-east-1') => ({
  authorization: `AWS4-HMAC-SHA256 Credential=AKID/20261123/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
});

describe('the router', () => {
  const bugs: unknown[] = [];
  let local: Local;
  beforeAll(async () => {
    local = await openThrowAway({ onBug: (bug) => bugs.push(bug) });
  });
  afterAll(() => local.close());

  const send = (path: string, init: RequestInit = {}) => local.fetch(new Request(`http://127.0.0.1${path}`, init));
  const call = (target: string, input: unknown, headers: object = {}) =>
    send('/', {
      ...{ method: 'POST', body: typeof input === 'string' ? input : JSON.stringify(input) },
      headers: { 'content-type': JSON_1_1, 'x-amz-target': target, ...headers },
    });

  it('takes unsigned calls for what they look like', async () => {
    expect(await (await call('SageMaker.ListFeatureGroups', {})).json()).toEqual({ FeatureGroupSummaries: [] });
    const form = { method: 'POST', body: new URLSearchParams({ Action: 'GetCallerIdentity' }) };
    expect(await (await send('/', form)).text()).toContain('<Account>000000000000</Account>');
    const record = await send('/FeatureGroup/none?RecordIdentifierValueAsString=1');
    expect([record.status, record.headers.get('x-amzn-ErrorType')]).toEqual([404, 'ResourceNotFound']);
    expect(await (await send('/')).text()).toContain('<ListAllMyBucketsResult');
  });

  it('tells region and service of a signed call by its scope, in a header or in a presigned URL', async () => {
    const put = { method: 'PUT', body: '<CreateBucketConfiguration/>' };
    expect((await send('/presigned', { ...put, headers: scoped('s3') })).status).toBe(200);
    const presigned = '/presigned?list-type=2&X-Amz-Credential=AKID%2F20261123%2Feu-west-1%2Fs3%2Faws4_request';
    expect(await (await send(presigned)).text()).toContain('<KeyCount>0</KeyCount>');
  });

  it('gives every answer a request id of its own', async () => {
    const ids = await Promise.all(
      ['/', '/none', '/FeatureGroup/none'].map(async (path) => (await send(path)).headers.get('x-amzn-requestid')),
    );
    expect(new Set(ids).size).toBe(3);
    expect(ids).not.toContain(null);
  });

  it.each([
    ['SageMaker.CreateEndpoint', 'CreateEndpoint'],
    ['DynamoDB_20120810.ListTables', 'ListTables'],
    ['SageMaker.constructor', 'constructor'],
  ])('says that it does not answer %s', async (target, name) => {
    const answer = await call(target, {});
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({
      ...{ __type: 'UnknownOperationException', Message: `the embedded store does not answer ${name}` },
    });
  });

  it('reads a target that begins with two slashes as a path, not as a host', async () => {
    const { port } = await local.listen({ port: 0 });
    const answer = await new Promise<IncomingMessage>((resolve) => get({ port, path: '//:0', agent: false }, resolve));
    answer.resume();
    expect(answer.headers['x-amzn-requestid']).toBeDefined();
    expect(answer.statusCode).toBeLessThan(500);
  });

  it('keeps a connection in order whose upload it did not read', async () => {
    const listener = await local.listen({ port: 0 });
    const { port } = listener;
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const status = (method: string, path: string, body?: Buffer) =>
      new Promise((resolve, reject) => {
        const headers = { 'x-sagemaker-fs': '1' };
        const sent = request({ port, path, method, agent, headers }, (answer) => {
          answer.resume().once('end', () => resolve(answer.statusCode));
        });
        sent.once('error', reject).end(body);
      });
    local.faults.deny = ['s3:PutObject'];
    const upload = Buffer.alloc(5_000_000);
    expect(await status('PUT', '/bucket/key', upload)).toBe(403);
    expect(await status('GET', '/_local/health')).toBe(200);
    local.faults.deny = [];
    expect(await status('PUT', '/no-such-bucket/key', upload)).toBe(404);
    expect(await status('GET', '/_local/health')).toBe(200);
    await listener.close();
    agent.destroy();
  });

  it('does not take another service for S3', async () => {
    const answer = await send('/2015-03-31/functions', { headers: scoped('lambda') });
    expect(await answer.json()).toMatchObject({ __type: 'UnknownOperationException' });
  });

  it.each(['{', '[]', 'null', '"text"'])('refuses the body %s', async (body) => {
    const answer = await call('SageMaker.ListFeatureGroups', body);
    expect([answer.status, await answer.json()]).toMatchObject([400, { __type: 'SerializationException' }]);
  });

  it('answers a bug with a 500 that tells nothing, tells onBug everything, and undoes the write', async () => {
    const config = {
      ...{ region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 's' }, maxAttempts: 1 },
      requestHandler: local.requestHandler,
    };
    await createGroup(new SageMakerClient(config), 'buggy');
    const runtime = new SageMakerFeatureStoreRuntimeClient(config);
    const bug = new Error('a secret path');
    vi.spyOn(local.store.offline, 'append').mockImplementation(() => {
      throw bug;
    });
    await expect(runtime.send(putCommand('buggy', { id: '1', at: '2026-01-01T00:00:00Z' }))).rejects.toMatchObject({
      ...{ name: 'InternalFailure', message: 'Internal server error', $metadata: { httpStatusCode: 500 } },
    });
    expect(bugs).toEqual([bug]);
    const get = new GetRecordCommand({ FeatureGroupName: 'buggy', RecordIdentifierValueAsString: '1' });
    expect((await runtime.send(get)).Record).toBeUndefined();
  });
});

it('cancels the body of an answer that comes when its caller has left', async () => {
  const cancel = vi.fn();
  const leaving = new AbortController();
  let answer: (response: Response) => void;
  const door = openSdkDoor(() => new Promise((resolve) => (answer = resolve)));
  const asked = { method: 'GET', protocol: 'http:', hostname: '127.0.0.1', path: '/', headers: {} };
  const answered = door.handle(asked, { abortSignal: leaving.signal });
  leaving.abort();
  await expect(answered).rejects.toMatchObject({ name: 'AbortError' });
  answer!(new Response(new ReadableStream({ cancel })));
  await vi.waitFor(() => expect(cancel).toHaveBeenCalledOnce(), { timeout: 20_000 });
});

describe('without its optional packages', () => {
  it('the store says how to install them', async () => {
    vi.doMock('lmdb', () => {
      throw new Error("Cannot find package 'lmdb'");
    });
    vi.resetModules();
    const { openLocal } = await import('../../src/local/index.js');
    const dir = await mkdtemp(join(tmpdir(), 'sagemaker-fs-'));
    await expect(openLocal({ dir })).rejects.toThrow('npm install lmdb @duckdb/node-api');
    vi.doUnmock('lmdb');
    await rm(dir, { recursive: true });
  });
});
