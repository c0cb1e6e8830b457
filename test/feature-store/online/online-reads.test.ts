import {
  BatchGetRecordCommand,
  ListRecordsCommand,
  SageMakerFeatureStoreRuntimeClient,
  type BatchGetRecordCommandInput,
} from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, test } from 'vitest';
import { getRecords } from '../../../src/feature-store/online/batch-get.js';
import { countOnlineRecords, readOnlineRows } from '../../../src/feature-store/online/online-records.js';
import { listIdentifiers } from '../../../src/feature-store/online/list.js';
import { openOnlinePatience } from '../../../src/feature-store/online/patience.js';
import { markStale, type MaybeStale } from '../../../src/feature-store/online/stale.js';
import { groupOf } from '../groups.js';

/* Answers that the embedded store does not give: handed-back identifiers, empty pages, throttled entries. */

const settings = { region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' }, maxAttempts: 1 };
const target = { runtime: new SageMakerFeatureStoreRuntimeClient(settings), group: groupOf() };
const mock = mockClient(target.runtime);
const options = { retryFor: 5, maxWorkers: 2, signal: new AbortController().signal };

const AT = '2026-01-01T00:00:00Z';
const found = (id: string, at = AT) => ({
  FeatureGroupName: 'src',
  RecordIdentifierValueAsString: id,
  Record: [
    { FeatureName: 'id', ValueAsString: id },
    { FeatureName: 'event_time', ValueAsString: at },
  ],
});
const asked = (input: BatchGetRecordCommandInput) => input.Identifiers![0]!.RecordIdentifiersValueAsString!;
const askedIn = () => mock.commandCalls(BatchGetRecordCommand).map((call) => asked(call.args[0].input));
const failing = (name: string, status: number) =>
  Object.assign(new Error(name), { name, $metadata: { httpStatusCode: status } });
const answerAll = () =>
  mock.on(BatchGetRecordCommand).callsFake((input: BatchGetRecordCommandInput) => ({
    Records: asked(input).map((id) => found(id)),
    Errors: [],
    UnprocessedIdentifiers: [],
  }));

beforeEach(() => mock.reset());

describe('BatchGetRecord', () => {
  test('is asked again for what it handed back and for what was throttled, and for nothing else', async () => {
    const throttled = {
      FeatureGroupName: 'src',
      RecordIdentifierValueAsString: '3',
      ErrorCode: 'ThrottlingException',
      ErrorMessage: '',
    };
    const back = [{ FeatureGroupName: 'src', RecordIdentifiersValueAsString: ['2'] }];
    mock
      .on(BatchGetRecordCommand)
      .resolvesOnce({ Records: [found('1')], Errors: [throttled], UnprocessedIdentifiers: back })
      .rejectsOnce(failing('ServiceUnavailable', 503))
      .resolves({ Records: [found('2')], Errors: [], UnprocessedIdentifiers: [] });
    const records = await getRecords(target, ['1', '2', '3', '4'], { patience: openOnlinePatience(options) });
    expect(askedIn()).toEqual([
      ['1', '2', '3', '4'],
      ['2', '3'],
      ['2', '3'],
    ]);
    expect([...records.keys()]).toEqual(['1', '2']);
  });

  test('loses patience', async () => {
    const back = [{ FeatureGroupName: 'src', RecordIdentifiersValueAsString: ['1'] }];
    mock.on(BatchGetRecordCommand).resolves({ Records: [], Errors: [], UnprocessedIdentifiers: back });
    await expect(
      getRecords(target, ['1'], { patience: openOnlinePatience({ ...options, retryFor: 0 }) }),
    ).rejects.toMatchObject({ exitCode: 5 });
  });

  test('is believed when it says what no waiting cures', async () => {
    const denied = {
      FeatureGroupName: 'src',
      RecordIdentifierValueAsString: '1',
      ErrorCode: 'AccessForbidden',
      ErrorMessage: 'no',
    };
    mock.on(BatchGetRecordCommand).resolves({ Records: [], Errors: [denied], UnprocessedIdentifiers: [] });
    await expect(getRecords(target, ['1'], { patience: openOnlinePatience(options) })).rejects.toThrow('no');
  });
});

describe('reading an online store as a whole', () => {
  const listPages = (...pages: string[][]) => {
    pages.forEach((RecordIdentifiers, at) => {
      const request = at === 0 ? { NextToken: undefined } : { NextToken: `${at}` };
      mock.on(ListRecordsCommand, { ...request, MaxResults: 100, FeatureGroupName: 'src' }).resolves({
        RecordIdentifiers,
        NextToken: at + 1 < pages.length ? `${at + 1}` : undefined,
      });
    });
  };

  test('goes on past an empty page, and reads no identifier of a page twice', async () => {
    listPages(['1', '2', '1'], [], ['3']);
    answerAll();
    const rows = [];
    for await (const batch of readOnlineRows(target, listIdentifiers(target, options), options)) rows.push(...batch);
    expect(rows).toEqual([
      { line: 1, row: { id: '1', event_time: AT } },
      { line: 2, row: { id: '2', event_time: AT } },
      { line: 3, row: { id: '3', event_time: AT } },
    ]);
    expect(askedIn()).toEqual([['1', '2'], ['3']]);
  });

  test('takes a page larger than it asked for: in memory, MaxResults is a hint', async () => {
    listPages(Array.from({ length: 250 }, (_, n) => String(n)));
    answerAll();
    expect(await countOnlineRecords(target, options)).toMatchObject({ live: 250, averageWriteUnits: 1 });
    const rows = [];
    for await (const batch of readOnlineRows(target, listIdentifiers(target, options), options)) rows.push(...batch);
    expect(rows).toHaveLength(250);
    expect(Math.max(...askedIn().map((ids) => ids.length))).toBe(100);
  });
});

describe('stale records', () => {
  const item = (identifier: string, eventTime: string): MaybeStale => ({ line: 1, identifier, eventTime, json: '[]' });
  // eslint-disable-next-line @typescript-eslint/require-await -- batches come from a stream
  async function* batches(...items: MaybeStale[]) {
    yield items;
  }
  const marked = async (...items: MaybeStale[]) => {
    const notes: string[] = [];
    const note = (line: string) => void notes.push(line);
    const stale: (boolean | undefined)[] = [];
    for await (const batch of markStale(target, batches(...items), { ...options, note }))
      stale.push(...batch.map((each) => each.stale));
    return { stale, notes };
  };

  test('are those that the store holds strictly newer, as instants and not as text', async () => {
    mock.on(ListRecordsCommand).resolves({ RecordIdentifiers: ['1'] });
    mock.on(BatchGetRecordCommand).resolves({
      Records: [
        found('older', '2025-12-31T23:59:59Z'),
        found('same', '2026-01-01T00:00:00.000Z'),
        found('newer', '2026-01-01T00:00:00.500Z'),
      ],
      Errors: [],
      UnprocessedIdentifiers: [],
    });
    const { stale } = await marked(item('older', AT), item('same', AT), item('newer', AT), item('absent', AT));
    expect(stale).toEqual([false, false, true, false]);
    expect(mock.commandCalls(BatchGetRecordCommand)[0]!.args[0].input.Identifiers![0]!.FeatureNames).toEqual([
      'event_time',
    ]);
  });

  test('cannot be in an empty store, which is not asked again', async () => {
    mock.on(ListRecordsCommand).resolves({ RecordIdentifiers: [] });
    expect((await marked(item('1', AT))).stale).toEqual([undefined]);
    expect(askedIn()).toEqual([]);
  });

  test('are not told apart where that is not allowed, and that is said', async () => {
    mock.on(ListRecordsCommand).rejects(failing('AccessDeniedException', 403));
    mock.on(BatchGetRecordCommand).rejects(failing('AccessDeniedException', 403));
    const { stale, notes } = await marked(item('1', AT));
    expect(stale).toEqual([undefined]);
    expect(notes).toHaveLength(1);
  });
});
