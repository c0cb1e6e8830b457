import { ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ListFeatureGroupsCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import type { SageMakerServiceException } from '@aws-sdk/client-sagemaker';
import {
  BatchWriteRecordCommand,
  GetRecordCommand,
  SageMakerFeatureStoreRuntimeClient,
  UpdateRecordCommand,
} from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Local } from '../../src/local/index.js';
import { openThrowAway, throughEveryDoor } from '../support/doors.js';
import { createGroup, featureValues } from '../support/groups.js';
import { textLike } from '../support/matching.js';

throughEveryDoor('faults', (door) => {
  const controlPlane = () => door.client(SageMakerClient);
  const runtime = () => door.client(SageMakerFeatureStoreRuntimeClient);
  const list = () => controlPlane().send(new ListFeatureGroupsCommand({}));

  beforeAll(() => createGroup(controlPlane(), 'faulty'));
  afterEach(() => {
    Object.assign(door.local.faults, { latencyMs: 0, throttlePerSecond: 0, errorRate: 0, deny: [] });
  });

  it('slow every answer down', async () => {
    door.local.faults.latencyMs = 80;
    const start = performance.now();
    await list();
    expect(performance.now() - start).toBeGreaterThan(75);
  });

  it('let a slow call be given up', async () => {
    door.local.faults.latencyMs = 60_000;
    const abortSignal = AbortSignal.timeout(50);
    await expect(controlPlane().send(new ListFeatureGroupsCommand({}), { abortSignal })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });

  it('throttle what comes too fast, and a patient client gets through', async () => {
    door.local.faults.throttlePerSecond = 2;
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, list));
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused.length).toBeGreaterThanOrEqual(4);
    expect(refused[0]!.reason).toMatchObject({
      ...{ name: 'ThrottlingException', message: 'Rate exceeded', $metadata: { httpStatusCode: 400 } },
    });
    const patient = door.client(SageMakerClient, { maxAttempts: 10 });
    await expect(patient.send(new ListFeatureGroupsCommand({}))).resolves.toBeDefined();
  });

  it('answer 500 and 503', async () => {
    door.local.faults.errorRate = 1;
    const failure = (await list().catch((error: unknown) => error)) as SageMakerServiceException;
    const seen = `${failure.name} ${failure.$metadata.httpStatusCode}`;
    expect(['InternalFailure 500', 'ServiceUnavailable 503']).toContain(seen);
  });

  describe('deny actions, in the words of IAM', () => {
    const denied = (action: string) => ({
      name: 'AccessDeniedException',
      message:
        'User: arn:aws:sts::000000000000:assumed-role/local/user is not authorized to perform: ' +
        `${action} on resource: arn:aws:sagemaker:us-east-1:000000000000:feature-group/faulty`,
      $metadata: { httpStatusCode: 403 },
    });
    const record = featureValues({ id: '1', at: '2026-01-01T00:00:00Z' });
    const group = { FeatureGroupName: 'faulty' };
    const id = { RecordIdentifierValueAsString: '1' };

    it('by name', async () => {
      door.local.faults.deny = ['sagemaker:GetRecord'];
      await expect(runtime().send(new GetRecordCommand({ ...group, ...id }))).rejects.toMatchObject(
        denied('sagemaker:GetRecord'),
      );
      await expect(list()).resolves.toBeDefined();
    });

    it('of which BatchWriteRecord needs two, and UpdateRecord another', async () => {
      door.local.faults.deny = ['sagemaker:PutRecord'];
      const batch = new BatchWriteRecordCommand({ Entries: [{ ...group, Record: record }] });
      await expect(runtime().send(batch)).rejects.toMatchObject(denied('sagemaker:PutRecord'));
      const update = new UpdateRecordCommand({ ...group, ...id, Features: record });
      await expect(runtime().send(update)).rejects.toMatchObject(denied('sagemaker:PutRecord'));
      door.local.faults.deny = ['sagemaker:batchwriterecord'];
      await expect(runtime().send(batch)).rejects.toMatchObject(denied('sagemaker:BatchWriteRecord'));
    });

    it("in S3's own shape for S3", async () => {
      door.local.faults.deny = ['s3:PutObject'];
      const s3 = door.client(S3Client);
      await expect(s3.send(new PutObjectCommand({ Bucket: 'features', Key: 'k', Body: 'x' }))).rejects.toMatchObject({
        ...{ name: 'AccessDenied', $metadata: { httpStatusCode: 403 } },
        message: textLike(/is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::features\/k$/),
      });
      await expect(s3.send(new ListObjectsV2Command({ Bucket: 'features' }))).resolves.toBeDefined();
    });

    it('all at once', async () => {
      door.local.faults.deny = ['sagemaker:*'];
      await expect(list()).rejects.toMatchObject({ name: 'AccessDeniedException' });
    });
  });
});

describe('/_local over HTTP', () => {
  let local: Local;
  let origin: string;
  beforeAll(async () => {
    local = await openThrowAway({ faults: { deny: ['sts:*'] } });
    origin = `http://127.0.0.1:${(await local.listen({ port: 0 })).port}`;
  });
  afterAll(() => local.close());

  const admin = (path: string, init: RequestInit = {}) =>
    fetch(`${origin}/_local/${path}`, { headers: { 'x-sagemaker-fs': '1' }, ...init });
  const setFaults = (body: string) => admin('faults', { method: 'POST', body });

  it('answers for its health', async () => {
    const health = await admin('health');
    expect([health.status, await health.json()]).toEqual([200, { status: 'ok', accountId: '000000000000' }]);
  });

  it('shows and sets the faults, and is exempt from them', async () => {
    expect(await (await admin('faults')).json()).toEqual({
      ...{ latencyMs: 0, throttlePerSecond: 0, errorRate: 0, deny: ['sts:*'] },
    });
    const set = await setFaults('{"errorRate": 1, "deny": []}');
    expect(await set.json()).toMatchObject({ errorRate: 1, deny: [] });
    expect(local.faults.errorRate).toBe(1);
    expect((await admin('health')).status).toBe(200);
  });

  it.each(['', '[', '7', '{"errorRate": "much"}', '{"errorRate": 2}', '{"deny": "all"}', '{"fault": 1}'])(
    'refuses %j and changes nothing',
    async (body) => {
      const before = { ...local.faults };
      expect((await setFaults(body)).status).toBe(400);
      expect(local.faults).toEqual(before);
    },
  );

  it('wants a header that no form can send', async () => {
    for (const path of ['health', 'faults', 'other']) expect((await admin(path, { headers: {} })).status).toBe(403);
    const before = { ...local.faults };
    expect((await admin('faults', { method: 'POST', body: '{"errorRate": 1}', headers: {} })).status).toBe(403);
    expect(local.faults).toEqual(before);
  });

  it('knows nothing else', async () => {
    expect((await admin('other')).status).toBe(404);
    expect((await admin('faults', { method: 'DELETE' })).status).toBe(405);
  });
});
