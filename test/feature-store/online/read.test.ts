import type { BatchGetRecordCommand } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { readRecords } from '../../../src/feature-store/online/read.js';
import { groupOf } from '../../support/feature-groups.js';

const group = groupOf({ id: 'String', time: 'String' });

// eslint-disable-next-line @typescript-eslint/require-await
async function* identifiers(count: number) {
  yield Array.from({ length: count }, (_, index) => String(index));
}

test('whoever stops reading finds no call under way, nor one that is tried again, so that the client can be closed', async () => {
  const calls = { begun: 0, underway: 0 };
  const runtime = {
    async send(_command: BatchGetRecordCommand) {
      calls.begun += 1;
      const call = calls.begun;
      calls.underway += 1;
      await sleep(5);
      calls.underway -= 1;
      if (call > 2) throw Object.assign(new Error('busy'), { name: 'ThrottlingException' });
      return { Records: [], Errors: [], UnprocessedIdentifiers: [] };
    },
  };
  const signal = new AbortController().signal;
  const options = { maxWorkers: 4, batchSize: 10, retryFor: 300, signal, note: () => {} };
  for await (const page of readRecords({ runtime, group }, identifiers(1000), options)) {
    expect(page.identifiers).toHaveLength(10);
    break;
  }
  expect(calls.underway).toBe(0);
  const { begun } = calls;
  await sleep(200);
  expect(calls.begun).toBe(begun);
});
