import {
  SageMakerFeatureStoreRuntimeClient,
  type BatchWriteRecordEntry,
} from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { expect, it, onTestFinished } from 'vitest';
import { openFastCalls } from '../../../src/fast-calls/index.js';
import { writeRecords } from '../../../src/feature-store/online/write/write.js';
import type { WriteItem } from '../../../src/feature-store/online/types.js';
import { groupOf } from '../../support/feature-groups.js';
import { answerJson, openScriptedServer } from '../../support/scripted-server.js';

const CALLS_PER_SECOND = 200;
const RECORDS = 5_000;
const idOf = ({ Record }: BatchWriteRecordEntry) => Record![0]!.ValueAsString!;

/** Throttles, fails every 50th call it takes with a 500 or a broken connection, hands every 100th entry back. */
async function openTroubledService() {
  const seen = { accepted: new Map<string, number>(), entries: 0, taken: 0, throttled: 0 };
  let allowed = performance.now();
  let calls = 0;
  const server = await openScriptedServer(({ body }, response) => {
    const { Entries } = JSON.parse(body) as { Entries: BatchWriteRecordEntry[] };
    seen.entries += Entries.length;
    const now = performance.now();
    allowed = Math.max(allowed, now - 100);
    // A slow machine never comes near the limit; some calls are throttled on any.
    calls += 1;
    if (allowed > now || calls % 40 === 20) {
      seen.throttled += 1;
      return answerJson(response, 400, { Message: 'Rate exceeded' }, { 'x-amzn-errortype': 'ThrottlingException' });
    }
    allowed += 1000 / CALLS_PER_SECOND;
    seen.taken += 1;
    if (seen.taken % 100 === 0) return response.destroy();
    if (seen.taken % 50 === 0) return answerJson(response, 500, { Message: 'Oops' });
    const isBack = (_entry: BatchWriteRecordEntry, index: number) => (seen.taken * 25 + index) % 100 === 0;
    const UnprocessedEntries = Entries.filter(isBack);
    for (const entry of Entries.filter((each, index) => !isBack(each, index)))
      seen.accepted.set(idOf(entry), (seen.accepted.get(idOf(entry)) ?? 0) + 1);
    answerJson(response, 200, { Errors: [], UnprocessedEntries });
  });
  const client = new SageMakerFeatureStoreRuntimeClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    endpoint: `http://127.0.0.1:${server.port}`,
    maxAttempts: 1,
  });
  const runtime = openFastCalls(client);
  onTestFinished(async () => {
    runtime.destroy();
    client.destroy();
    await server.close();
  });
  return { runtime, seen };
}

const item = (line: number): WriteItem => ({
  line,
  identifier: `customer-${line}`,
  eventTime: '2026-01-01T00:00:00Z',
  json: JSON.stringify([
    { FeatureName: 'id', ValueAsString: `customer-${line}` },
    { FeatureName: 'time', ValueAsString: '2026-01-01T00:00:00Z' },
  ]),
});

it('a service that throttles and fails still acknowledges every record once, and the retries are counted', async () => {
  const { runtime, seen } = await openTroubledService();
  const group = groupOf({ id: 'String', time: 'String' });
  let retried = 0;
  let written = 0;
  const options = { maxWorkers: 8, batchSize: 100, retryFor: 60, signal: new AbortController().signal };
  const watching = { note: () => {}, onRetry: (records: number) => void (retried += records) };
  // eslint-disable-next-line @typescript-eslint/require-await
  async function* source() {
    yield Array.from({ length: RECORDS }, (_, index) => item(index + 1));
  }
  for await (const outcomes of writeRecords({ runtime, group }, source(), { ...options, ...watching })) {
    expect(outcomes.filter(({ ok }) => !ok)).toEqual([]);
    written += outcomes.length;
  }
  expect(written).toBe(RECORDS);
  expect(seen.accepted.size).toBe(RECORDS);
  expect(new Set(seen.accepted.values())).toEqual(new Set([1]));
  expect(retried).toBe(seen.entries - RECORDS);
  expect(seen.throttled).toBeGreaterThan(0);
  // A pace that did not settle would meet the limit with most of its calls.
  expect(seen.throttled).toBeLessThan(seen.taken);
});
