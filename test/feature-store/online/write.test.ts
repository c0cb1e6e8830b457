import {
  BatchWriteRecordCommand,
  PutRecordCommand,
  SageMakerFeatureStoreRuntimeClient,
  type BatchWriteRecordCommandInput,
  type BatchWriteRecordCommandOutput,
} from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { writeRecords } from '../../../src/feature-store/online/write/write.js';
import type { WriteItem, WriteOptions, WriteOutcome } from '../../../src/feature-store/online/types.js';
import { randomNumbers } from '../../support/chance.js';
import { groupOf } from '../../support/feature-groups.js';

const group = groupOf({ id: 'String', time: 'String', version: 'Integral' });
const runtime = new SageMakerFeatureStoreRuntimeClient({
  region: 'us-east-1',
  credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
});
const service = mockClient(runtime);
const notes: string[] = [];
let retried = 0;

type Entry = NonNullable<BatchWriteRecordCommandInput['Entries']>[number];
type Answer = Partial<BatchWriteRecordCommandOutput>;
const idOf = ({ Record }: Entry) => Record![0]!.ValueAsString!;
const failure = (name: string, status: number, message = name) =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });
const TIME = '2026-01-01T00:00:00Z';

/** Items `[identifier, version]`. */
function items(...keys: (string | number | [string, number])[]): WriteItem[] {
  return keys.map((key, index) => {
    const [identifier, version] = Array.isArray(key) ? key : [String(key), index];
    const record = Object.entries({ id: identifier, time: TIME, version: String(version) });
    return {
      line: index + 1,
      identifier,
      eventTime: TIME,
      json: JSON.stringify(record.map(([FeatureName, ValueAsString]) => ({ FeatureName, ValueAsString }))),
    };
  });
}

const range = (length: number) => Array.from({ length }, (_, index) => index);

// eslint-disable-next-line @typescript-eslint/require-await
async function* streamOf<T>(values: T[]) {
  yield* values;
}

/** Answers each BatchWriteRecord with what `answer` says, and keeps the identifiers of every call. */
function onBatch(answer: (entries: Entry[], call: number) => Answer | Promise<Answer>): string[][] {
  const calls: string[][] = [];
  service.on(BatchWriteRecordCommand).callsFake(async ({ Entries }: BatchWriteRecordCommandInput) => {
    calls.push(Entries!.map(idOf));
    return { Errors: [], UnprocessedEntries: [], $metadata: {}, ...(await answer(Entries!, calls.length)) };
  });
  return calls;
}

async function write(given: WriteItem[], options: Partial<WriteOptions> = {}): Promise<WriteOutcome[]> {
  const outcomes: WriteOutcome[] = [];
  const settings: WriteOptions = {
    maxWorkers: 4,
    batchSize: 100,
    retryFor: 5,
    signal: new AbortController().signal,
    note: (line) => notes.push(line),
    onRetry: (records) => (retried += records),
    ...options,
  };
  for await (const some of writeRecords({ runtime, group }, streamOf(given), settings)) outcomes.push(...some);
  return outcomes;
}

beforeEach(() => {
  service.reset();
  notes.length = 0;
  retried = 0;
});

describe('calls', () => {
  it('hold 25 entries at most, and every record arrives once', async () => {
    const calls = onBatch(() => ({}));
    const outcomes = await write(items(...range(1000)));
    expect(calls.every(({ length }) => length <= 25)).toBe(true);
    expect(
      calls
        .flat()
        .map(Number)
        .sort((a, b) => a - b),
    ).toEqual(range(1000));
    expect(outcomes).toHaveLength(1000);
    expect(outcomes.every(({ ok, attempts }) => ok && attempts === 1)).toBe(true);
  });

  it('carry stores and time to live', async () => {
    onBatch(() => ({}));
    await write(items('a'), { targetStores: ['OfflineStore'], ttl: { unit: 'Days', value: 3 } });
    expect(service.commandCalls(BatchWriteRecordCommand)[0]!.args[0].input).toMatchObject({
      Entries: [{ FeatureGroupName: 'shop', TargetStores: ['OfflineStore'] }],
      TtlDuration: { Unit: 'Days', Value: 3 },
    });
  });

  it.each([
    ['Fractional', ['1', '1.0', '1e0', '2'], [['1', '2'], ['1.0'], ['1e0']]],
    [
      'Integral',
      ['7', '007', '9007199254740993', '9007199254740992'],
      [['7', '9007199254740993', '9007199254740992'], ['007']],
    ],
    ['String', ['7', '007'], [['7', '007']]],
  ] as const)(
    'hold no %s identifier twice, whatever its text: the offline store tells them by it',
    async (type, given, sent) => {
      const calls = onBatch(() => ({}));
      const numbers = { runtime, group: { ...group, features: [{ name: 'id', type }, ...group.features.slice(1)] } };
      const settings = { maxWorkers: 1, batchSize: 100, retryFor: 5, signal: new AbortController().signal };
      const outcomes = [];
      for await (const some of writeRecords(numbers, streamOf([items(...given)]), { ...settings, note: () => {} }))
        outcomes.push(...some);
      expect(calls).toEqual(sent);
      expect(outcomes).toHaveLength(given.length);
    },
  );

  it('are at most --max-workers in flight, and never hold one identifier twice at a time', async () => {
    const random = randomNumbers(1);
    const inFlight = new Map<string, number>();
    const versions = new Map<string, string[]>();
    let most = 0;
    let calls = 0;
    onBatch(async (entries) => {
      calls += 1;
      most = Math.max(most, calls);
      for (const entry of entries) {
        const id = idOf(entry);
        expect(inFlight.get(id) ?? 0).toBe(0);
        inFlight.set(id, 1);
      }
      await new Promise((resolve) => setTimeout(resolve, random() * 4));
      const failing = entries.filter(() => random() < 0.1);
      for (const entry of entries) {
        const id = idOf(entry);
        inFlight.set(id, 0);
        if (!failing.includes(entry)) versions.set(id, [...(versions.get(id) ?? []), entry.Record![2]!.ValueAsString!]);
      }
      calls -= 1;
      return { UnprocessedEntries: failing };
    });
    const keys = range(600).map((index): [string, number] => [`id-${index % (index < 300 ? 5 : 100)}`, index]);
    const outcomes = await write(items(...keys), { maxWorkers: 3, batchSize: 40 });
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(600);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(3);
    for (const [id, order] of versions) {
      expect(order).toEqual(keys.filter(([key]) => key === id).map(([, version]) => String(version)));
    }
  });

  it('go no faster than --tps', async () => {
    const calls = onBatch(() => ({}));
    const start = performance.now();
    await write(items(...range(25 * 20)), { tps: 50, maxWorkers: 8 });
    expect(calls.length).toBeGreaterThanOrEqual(20);
    expect(((calls.length - 1) * 1000) / (performance.now() - start)).toBeLessThan(56);
  });
});

describe('what the service does not take', () => {
  it('is sent again: UnprocessedEntries, and Errors that waiting may cure', async () => {
    onBatch((entries, call) =>
      call === 1
        ? {
            UnprocessedEntries: [entries[1]!],
            Errors: [{ Entry: entries[3], ErrorCode: 'ThrottlingException', ErrorMessage: 'Rate exceeded' }],
          }
        : {},
    );
    const outcomes = await write(items(...range(5)), { maxWorkers: 1 });
    expect(Object.fromEntries(outcomes.map(({ item, attempts }) => [item.identifier, attempts]))).toEqual({
      0: 1,
      1: 2,
      2: 1,
      3: 2,
      4: 1,
    });
    expect(retried).toBe(2);
  });

  it('is a failed record when the service refuses it, whichever it was in the call', async () => {
    onBatch((entries) => ({
      Errors: entries
        .filter((entry) => idOf(entry) === '7')
        .map((Entry) => ({ Entry, ErrorCode: 'ValidationError', ErrorMessage: 'No.' })),
    }));
    const outcomes = await write(items(...range(50)));
    expect(outcomes.filter(({ ok }) => !ok)).toMatchObject([
      { item: { identifier: '7', line: 8 }, code: 'ValidationError', message: 'No.', attempts: 1 },
    ]);
    expect(outcomes).toHaveLength(50);
  });

  it('is found by halving when the call is rejected as a whole', async () => {
    const calls = onBatch((entries) => {
      if (entries.some((entry) => idOf(entry) === '13')) throw failure('ValidationError', 400, 'Bad record.');
      return {};
    });
    const outcomes = await write(items(...range(25)), { maxWorkers: 1 });
    expect(outcomes.filter(({ ok }) => !ok)).toMatchObject([
      { item: { identifier: '13' }, code: 'ValidationError', message: 'Bad record.' },
    ]);
    expect(outcomes).toHaveLength(25);
    expect(calls.length).toBeLessThan(12);
  });

  it('is found one by one when the answer names an entry that was not sent', async () => {
    onBatch((entries) =>
      entries.some((entry) => idOf(entry) === '3')
        ? { Errors: [{ Entry: undefined, ErrorCode: 'ValidationError', ErrorMessage: 'No.' }] }
        : {},
    );
    const outcomes = await write(items(...range(8)), { maxWorkers: 1 });
    expect(outcomes.filter(({ ok }) => !ok).map(({ item }) => item.identifier)).toEqual(['3']);
  });
});

describe('patience', () => {
  it('throttled calls are sent again until they pass', async () => {
    onBatch((_entries, call) => {
      if (call < 4) throw failure('ThrottlingException', 400, 'Rate exceeded');
      return {};
    });
    const outcomes = await write(items('a', 'b'), { maxWorkers: 1 });
    expect(outcomes).toMatchObject([
      { ok: true, attempts: 4 },
      { ok: true, attempts: 4 },
    ]);
    expect(retried).toBe(6);
  });

  it('many workers that wait at a time are no reason for a warning of Node', async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on('warning', listen);
    onBatch((_entries, call) => {
      if (call < 60) throw failure('ServiceUnavailable', 503);
      return {};
    });
    expect(await write(items(...range(200)), { maxWorkers: 40, batchSize: 5 })).toHaveLength(200);
    await new Promise((resolve) => setTimeout(resolve, 5));
    process.off('warning', listen);
    expect(warnings.filter(({ name }) => name === 'MaxListenersExceededWarning')).toEqual([]);
  });

  it('ends the run with exit 5 when it is spent', async () => {
    onBatch(() => {
      throw failure('ThrottlingException', 400, 'Rate exceeded');
    });
    await expect(write(items('a'), { retryFor: 0.1 })).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringMatching(
        /^Gave up after 0.1 s .*ThrottlingException: Rate exceeded.*trying again later may help\.$/,
      ) as string,
    });
  });

  it('does not end the run for one entry that never passes', async () => {
    onBatch((entries) => ({ UnprocessedEntries: entries.filter((entry) => idOf(entry) === '2') }));
    const outcomes = await write(items(...range(30)), { retryFor: 0.1 });
    expect(outcomes.filter(({ ok }) => !ok)).toMatchObject([{ item: { identifier: '2' }, code: 'Unprocessed' }]);
    expect(outcomes).toHaveLength(30);
  });

  it('a group that was just created may be unknown for a moment', async () => {
    onBatch((_entries, call) => {
      if (call === 1) throw failure('ResourceNotFound', 404, 'Resource Not Found: no such group');
      return {};
    });
    expect(await write(items('a'), { maxWorkers: 1 })).toMatchObject([{ ok: true, attempts: 2 }]);
  });

  it('a group that stays away ends the run with exit 3', async () => {
    onBatch(() => {
      throw failure('ResourceNotFound', 404, 'Resource Not Found: no such group');
    });
    await expect(write(items('a'), { retryFor: 0.1 })).rejects.toMatchObject({ exitCode: 3 });
  });

  it('an error of credentials or network ends the run at once, after the outcomes of the other calls', async () => {
    onBatch(async (entries) => {
      if (entries.some((entry) => idOf(entry) === '0')) throw failure('ExpiredTokenException', 403, 'expired');
      await new Promise((resolve) => setTimeout(resolve, 20));
      return {};
    });
    const outcomes: WriteOutcome[] = [];
    const run = async () => {
      const options = {
        maxWorkers: 4,
        batchSize: 10,
        retryFor: 5,
        signal: new AbortController().signal,
        note: () => {},
      };
      for await (const some of writeRecords({ runtime, group }, streamOf(items(...range(400))), options))
        outcomes.push(...some);
    };
    await expect(run()).rejects.toThrow('expired');
    expect(outcomes.length).toBeGreaterThan(0);
    expect(outcomes.length).toBeLessThan(100);
  });
});

describe('where BatchWriteRecord is not available', () => {
  it.each([
    ['not allowed', failure('AccessDeniedException', 403)],
    ['not known', failure('UnknownOperationException', 404)],
    ['not known to an old endpoint', failure('UnknownError', 404)],
  ])('%s: PutRecord does the job, with one note', async (_why, error) => {
    onBatch(() => {
      throw error;
    });
    service.on(PutRecordCommand).resolves({ $metadata: {} });
    const outcomes = await write(items(...range(60)));
    expect(outcomes.filter(({ ok, attempts }) => ok && attempts === 1)).toHaveLength(60);
    expect(service.commandCalls(PutRecordCommand)).toHaveLength(60);
    expect(notes).toEqual([
      expect.stringMatching(/^BatchWriteRecord is not .*: using PutRecord instead, one record per call\.$/),
    ]);
  });

  it('denied for each entry: the same', async () => {
    onBatch((entries) => ({
      Errors: entries.map((Entry) => ({ Entry, ErrorCode: 'AccessDenied', ErrorMessage: 'no' })),
    }));
    service.on(PutRecordCommand).resolves({ $metadata: {} });
    expect((await write(items(...range(30)))).filter(({ ok }) => ok)).toHaveLength(30);
    expect(notes).toHaveLength(1);
  });

  it('and PutRecord is denied as well: that ends the run', async () => {
    onBatch(() => {
      throw failure('AccessDeniedException', 403);
    });
    service
      .on(PutRecordCommand)
      .rejects(failure('AccessDeniedException', 403, 'not authorized to perform: sagemaker:PutRecord'));
    await expect(write(items('a', 'b'))).rejects.toThrow('sagemaker:PutRecord');
  });

  it('PutRecord refuses single records, and is patient', async () => {
    onBatch(() => {
      throw failure('AccessDeniedException', 403);
    });
    let puts = 0;
    service.on(PutRecordCommand).callsFake(({ Record }: Entry) => {
      puts += 1;
      if (puts === 2) throw failure('ServiceUnavailable', 503);
      if (Record![0]!.ValueAsString === '4') throw failure('ValidationError', 400, 'No.');
      return { $metadata: {} };
    });
    const outcomes = await write(items(...range(6)), { maxWorkers: 1 });
    expect(outcomes.filter(({ ok }) => !ok)).toMatchObject([{ item: { identifier: '4' }, message: 'No.' }]);
    expect(outcomes).toHaveLength(6);
  });
});

it('aborted: nothing more is pulled, what is in flight is finished, nothing is thrown', async () => {
  const stopping = new AbortController();
  const calls = onBatch(async (_entries, call) => {
    if (call === 3) stopping.abort(new Error('stop'));
    await new Promise((resolve) => setTimeout(resolve, 10));
    return {};
  });
  const outcomes = await write(items(...range(1000)), { maxWorkers: 2, signal: stopping.signal });
  expect(calls.length).toBeLessThanOrEqual(4);
  expect(outcomes).toHaveLength(calls.flat().length);
});

it('aborted while calls wait for their turn: they are not sent', async () => {
  const stopping = new AbortController();
  const calls = onBatch(() => {
    setImmediate(() => stopping.abort());
    return {};
  });
  const outcomes = await write(items(...range(1000)), { tps: 1, signal: stopping.signal });
  expect(calls).toHaveLength(1);
  expect(outcomes).toHaveLength(calls.flat().length);
});

it('a source that fails ends the run with its error', async () => {
  onBatch(() => ({}));
  async function* broken() {
    yield* items('a', 'b');
    await Promise.resolve();
    throw new Error('disk');
  }
  const options = {
    maxWorkers: 4,
    batchSize: 10,
    retryFor: 5,
    signal: new AbortController().signal,
    note: () => {},
  };
  const outcomes: WriteOutcome[] = [];
  const run = async () => {
    for await (const some of writeRecords({ runtime, group }, broken(), options)) outcomes.push(...some);
  };
  await expect(run()).rejects.toThrow('disk');
});
