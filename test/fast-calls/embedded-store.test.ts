import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import {
  BatchGetRecordCommand,
  BatchWriteRecordCommand,
  PutRecordCommand,
  SageMakerFeatureStoreRuntimeClient,
} from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openFastCalls, type RuntimeCalls } from '../../src/fast-calls/index.js';
import type { Local } from '../../src/local/index.js';
import { openThrowAway } from '../support/doors.js';
import { createGroup, featureValues, type PlainRecord } from '../support/groups.js';

type HotCommand = BatchGetRecordCommand | BatchWriteRecordCommand | PutRecordCommand;

const AT = '2026-01-01T00:00:00Z';
const record = (id: string, more: PlainRecord = {}) =>
  featureValues({ id, at: AT, name: 'Zürich "1" \n東京 🦉', ...more });
const entries = (ids: string[], group = 'shop') =>
  ids.map((id) => ({ FeatureGroupName: group, Record: record(id, id.startsWith('bad') ? { price: 'dear' } : {}) }));
const numbered = (count: number) => Array.from({ length: count }, (_, index) => String(index));
const write = (ids: string[], group?: string) => new BatchWriteRecordCommand({ Entries: entries(ids, group) });
const put = (FeatureGroupName: string, Record = record('1')) => new PutRecordCommand({ FeatureGroupName, Record });
const read = (ids: string[], FeatureGroupName = 'shop') =>
  new BatchGetRecordCommand({ Identifiers: [{ FeatureGroupName, RecordIdentifiersValueAsString: ids }] });

let local: Local;
let sdk: SageMakerFeatureStoreRuntimeClient;
let fast: ReturnType<typeof openFastCalls>;
let arn: string;
const lines: string[] = [];

beforeAll(async () => {
  local = await openThrowAway();
  const { port } = await local.listen({ port: 0 });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const options = { region: 'us-east-1', endpoint: `http://127.0.0.1:${port}`, credentials, maxAttempts: 1 };
  sdk = new SageMakerFeatureStoreRuntimeClient(options);
  fast = openFastCalls(new SageMakerFeatureStoreRuntimeClient(options), { trace: (line) => lines.push(line) });
  const control = new SageMakerClient(options);
  arn = await createGroup(control, 'shop');
  await createGroup(control, 'history', { OnlineStoreConfig: undefined });
  control.destroy();
  await sdk.send(write(['1', '2', '3']));
});
beforeEach(() => void Object.assign(local.faults, { deny: [], throttlePerSecond: 0, errorRate: 0 }));
afterAll(async () => {
  fast.destroy();
  sdk.destroy();
  await local.close();
});

/** All that a caller can see, but for the number that each request has of its own. */
async function outcomeOf(calls: RuntimeCalls, command: HotCommand): Promise<unknown> {
  const withoutId = ({ requestId, ...rest }: { requestId?: string }) => ({ ...rest, hasId: requestId !== undefined });
  try {
    const output = await calls.send(command as never);
    return { ...output, $metadata: withoutId(output.$metadata) };
  } catch (error) {
    const { name, message, code, $fault, $metadata } = error as Error & Record<string, unknown>;
    const kind = (error as Error).constructor.name;
    return { kind, name, message, code, $fault, $metadata: withoutId($metadata as object) };
  }
}

describe('over HTTP, the embedded store answers hot calls as it answers the SDK', () => {
  it.each<[string, () => HotCommand]>([
    ['a batch', () => write(numbered(25))],
    ['a batch by ARN', () => write(['1'], arn)],
    ['a batch with bad entries', () => write(['1', 'bad 1', '2', 'bad 2'])],
    ['a batch that is too large', () => write(numbered(26))],
    ['a batch of nothing', () => write([])],
    ['a batch for a group that is not there', () => write(['1', '2'], 'nowhere')],
    ['a batch for an offline store', () => write(['1'], 'history')],
    ['a record', () => put('shop')],
    ['a record by ARN', () => put(arn)],
    ['a bad record', () => put('shop', record('1', { stock: '1.5' }))],
    ['a record without an event time', () => put('shop', featureValues({ id: '1' }))],
    ['a record for a group that is not there', () => put('nowhere')],
    ['a record of 400 KB', () => put('shop', record('1', { name: 'x'.repeat(400 * 1024) }))],
    ['reads', () => read(['1', 'nobody', '2'])],
    ['a hundred reads', () => read(numbered(100))],
    ['too many reads', () => read(numbered(101))],
    ['reads of a group that is not there', () => read(['1'], 'nowhere')],
    ['reads of an offline store', () => read(['1'], 'history')],
  ])('%s', async (_what, make) => {
    expect(await outcomeOf(fast, make())).toEqual(await outcomeOf(sdk, make()));
  });

  it.each<[string, Partial<Local['faults']>]>([
    ['is denied', { deny: ['sagemaker:*'] }],
    ['is throttled', { throttlePerSecond: 1e-9 }],
  ])('a call that %s', async (_what, faults) => {
    Object.assign(local.faults, faults);
    for (const make of [() => write(['1']), () => put('shop'), () => read(['1'])])
      expect(await outcomeOf(fast, make())).toEqual(await outcomeOf(sdk, make()));
  });
});

it('what hot calls wrote is there, every character of it, and none of them went through the SDK', async () => {
  await fast.send(write(['kept']));
  const { Records } = await sdk.send(read(['kept']));
  expect(Records![0]!.Record).toEqual(record('kept'));
  expect(lines[0]).toMatch(/^Hot calls: plain HTTP to http:\/\/127\.0\.0\.1:\d+\.$/);
});
