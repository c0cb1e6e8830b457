import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import type { CreateFeatureGroupCommandInput } from '@aws-sdk/client-sagemaker';
import {
  BatchGetRecordCommand,
  BatchWriteRecordCommand,
  DeleteRecordCommand,
  GetRecordCommand,
  ListRecordsCommand,
  SageMakerFeatureStoreRuntimeClient,
  UpdateRecordCommand,
} from '@aws-sdk/client-sagemaker-featurestore-runtime';
import type {
  DeleteRecordCommandInput,
  GetRecordCommandInput,
  UpdateRecordCommandInput,
} from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Local } from '../../src/local/index.js';
import { openThrowAway, throughEveryDoor } from '../support/doors.js';
import { createGroup, featureValues, OFFLINE, ONLINE, plain, putCommand, writeAll } from '../support/groups.js';
import { partly, textLike, textWith } from '../support/matching.js';
import type { PlainRecord } from '../support/groups.js';

const T0 = '2026-01-01T00:00:00Z';
const T1 = '2026-01-01T00:00:00.000000001Z';
const T2 = '2026-01-01T00:00:00.001Z';

/** What the offline store was told, in order: `2026-01-01T00:00:00Z` or, of a deletion, `†2026-01-01T00:00:00Z`. */
function watchOffline(local: Local): string[] {
  const told: string[] = [];
  const append = local.store.offline.append.bind(local.store.offline);
  vi.spyOn(local.store.offline, 'append').mockImplementation((group, row) => {
    told.push((row.deleted ? '†' : '') + row.eventTime);
    append(group, row);
  });
  return told;
}

interface Runtime {
  put: (record: PlainRecord, more?: object) => Promise<unknown>;
  get: (id: string, more?: Partial<GetRecordCommandInput>) => Promise<PlainRecord | undefined>;
  remove: (id: string, at: string, more?: Partial<DeleteRecordCommandInput>) => Promise<unknown>;
  update: (id: string, features: PlainRecord, more?: Partial<UpdateRecordCommandInput>) => Promise<unknown>;
  list: (more?: object) => Promise<string[]>;
}

const runtimeOf = (client: SageMakerFeatureStoreRuntimeClient, FeatureGroupName: string): Runtime => ({
  put: (record, more) => client.send(putCommand(FeatureGroupName, record, more)),
  get: async (RecordIdentifierValueAsString, more) =>
    plain(
      (await client.send(new GetRecordCommand({ FeatureGroupName, RecordIdentifierValueAsString, ...more }))).Record,
    ),
  remove: (RecordIdentifierValueAsString, EventTime, more) =>
    client.send(new DeleteRecordCommand({ FeatureGroupName, RecordIdentifierValueAsString, EventTime, ...more })),
  update: (RecordIdentifierValueAsString, features, more) =>
    client.send(
      new UpdateRecordCommand({
        ...{ FeatureGroupName, RecordIdentifierValueAsString, Features: featureValues(features) },
        ...more,
      }),
    ),
  list: async (more) => (await client.send(new ListRecordsCommand({ FeatureGroupName, ...more }))).RecordIdentifiers!,
});

throughEveryDoor('records', (door) => {
  afterEach(() => vi.restoreAllMocks());

  let groups = 0;
  const runtime = () => door.client(SageMakerFeatureStoreRuntimeClient);
  const newGroup = async (change: Partial<CreateFeatureGroupCommandInput> = {}) => {
    const name = `records-${++groups}`;
    const arn = await createGroup(door.client(SageMakerClient), name, change);
    return { name, arn, ...runtimeOf(runtime(), name) };
  };
  const validationError = (words: RegExp) => ({
    name: 'ValidationError',
    message: textLike(words),
    $metadata: partly({ httpStatusCode: 400 }),
  });

  it('come back as they were put: every digit, every character, absent features absent', async () => {
    const { put, get } = await newGroup();
    const record = {
      id: 'a/b?c&d=é %2F\n"ü" 日本',
      at: T0,
      price: '1.0E-7',
      stock: '-9223372036854775808',
      name: '',
    };
    await put(record);
    expect(await get(record.id)).toEqual(record);
    await put({ id: '007', at: T0 });
    expect(await get('007')).toEqual({ id: '007', at: T0 });
    expect(await get('7')).toBeUndefined();
  });

  it('are found under an ARN, and by parts', async () => {
    const { arn, put, get } = await newGroup();
    await put({ id: '1', at: T0, price: '2' });
    const byArn = runtimeOf(runtime(), arn);
    expect(await byArn.get('1', { FeatureNames: ['price', 'id'] })).toEqual({ id: '1', price: '2' });
    await expect(get('1', { FeatureNames: ['nothing'] })).rejects.toMatchObject(validationError(/\[nothing\]/));
  });

  it('are overwritten whole', async () => {
    const { put, get } = await newGroup();
    await put({ id: '1', at: T0, price: '1', name: 'x' });
    await put({ id: '1', at: T1, price: '2' });
    expect(await get('1')).toEqual({ id: '1', at: T1, price: '2' });
  });

  describe('in the order of event time', () => {
    it('keep the newest online, to the nanosecond, and file the rest as history', async () => {
      const told = watchOffline(door.local);
      const { put, get } = await newGroup();
      for (const at of [T1, T0, T2, T1]) await put({ id: '1', at, name: at });
      expect(await get('1')).toMatchObject({ at: T2 });
      expect(told).toEqual([T1, T0, T2, T1]);
    });

    it('take an equal event time as newer', async () => {
      const { put, get } = await newGroup();
      await put({ id: '1', at: T0, name: 'first' });
      await put({ id: '1', at: '2026-01-01T00:00:00.000Z', name: 'second' });
      expect(await get('1')).toMatchObject({ name: 'second' });
    });

    it('read Fractional event times as Unix seconds, in any notation', async () => {
      const { put, get } = await newGroup({ EventTimeFeatureName: 'price' });
      await put({ id: '1', at: 'x', price: '1700000000.000000002' });
      await put({ id: '1', at: 'older', price: '1700000000.000000001' });
      await put({ id: '1', at: 'older', price: '9.9e8' });
      expect(await get('1')).toMatchObject({ at: 'x' });
      await put({ id: '1', at: 'newer', price: '1.7000000001E9' });
      expect(await get('1')).toMatchObject({ at: 'newer' });
    });

    const badTimes = ['2026-01-01', '2026-02-30T00:00:00Z', '2026-01-01T00:00:00+01:00', '2026-01-01T00:00:00.1Z', ''];
    it.each(badTimes)('refuse the event time "%s"', async (at) => {
      const { put } = await newGroup();
      await expect(put({ id: '1', at })).rejects.toMatchObject(validationError(/event time/));
    });
  });

  describe('deleted softly', () => {
    it('are gone, listed only when asked for, and marked offline', async () => {
      const told = watchOffline(door.local);
      const { put, get, remove, list } = await newGroup();
      await put({ id: '1', at: T0, price: '1' });
      await remove('1', T1);
      expect(await get('1')).toBeUndefined();
      expect(await list()).toEqual([]);
      expect(await list({ IncludeSoftDeletedRecords: true })).toEqual(['1']);
      expect(told).toEqual([T0, `†${T1}`]);
    });

    it('stay when the deletion is not later, and the marker is written all the same', async () => {
      const told = watchOffline(door.local);
      const { put, get, remove } = await newGroup();
      await put({ id: '1', at: T1 });
      for (const at of [T0, T1]) await remove('1', at);
      expect(await get('1')).toEqual({ id: '1', at: T1 });
      expect(told).toEqual([T1, `†${T0}`, `†${T1}`]);
    });

    it('come back with a newer put, not with an equal or older one', async () => {
      const { put, get, remove } = await newGroup();
      await put({ id: '1', at: T0 });
      await remove('1', T1);
      for (const at of [T0, T1]) await put({ id: '1', at });
      expect(await get('1')).toBeUndefined();
      await put({ id: '1', at: T2 });
      expect(await get('1')).toEqual({ id: '1', at: T2 });
    });

    it('need not have been there', async () => {
      const { remove, list } = await newGroup();
      await remove('never', T0);
      expect(await list({ IncludeSoftDeletedRecords: true })).toEqual(['never']);
    });
  });

  describe('deleted hard', () => {
    const DeletionMode = 'HardDelete';

    it('leave nothing, so that even an older put is online again', async () => {
      const told = watchOffline(door.local);
      const { put, get, remove, list } = await newGroup();
      await put({ id: '1', at: T1 });
      await remove('1', T2, { DeletionMode });
      expect(await list({ IncludeSoftDeletedRecords: true })).toEqual([]);
      await put({ id: '1', at: T0 });
      expect(await get('1')).toEqual({ id: '1', at: T0 });
      expect(told).toEqual([T1, `†${T2}`, T0]);
    });

    it('refuse a deletion that is not later, without a marker', async () => {
      const told = watchOffline(door.local);
      const { put, get, remove } = await newGroup();
      await put({ id: '1', at: T1 });
      for (const at of [T0, T1]) {
        await expect(remove('1', at, { DeletionMode })).rejects.toMatchObject(validationError(/must be later/));
      }
      expect(await get('1')).toEqual({ id: '1', at: T1 });
      expect(told).toEqual([T1]);
    });

    it('need an online store', async () => {
      const { remove } = await newGroup({ OnlineStoreConfig: undefined });
      await remove('1', T0);
      await expect(remove('1', T0, { DeletionMode })).rejects.toMatchObject(validationError(/needs an online store/));
    });
  });

  describe('checked before they are written', () => {
    const bad: [why: string, record: PlainRecord, words: RegExp][] = [
      ['no identifier', { at: T0 }, /record identifier feature \[id\]/],
      ['an empty identifier', { id: '', at: T0 }, /must not be empty/],
      ['an identifier over 2 KB', { id: 'é'.repeat(1025), at: T0 }, /2050 bytes; 2048/],
      ['no event time', { id: '1' }, /event time feature \[at\]/],
      ['an unknown feature', { id: '1', at: T0, colour: 'red' }, /\[colour\] is not defined/],
      ['a word for a number', { id: '1', at: T0, stock: 'many' }, /\[stock\] into a FeatureValue of type Integral/],
      ['a fraction for a whole', { id: '1', at: T0, stock: '1.5' }, /type Integral/],
      ['more than 64 bits', { id: '1', at: T0, stock: '9223372036854775808' }, /signed 64-bit/],
      [
        'an empty number',
        { id: '1', at: T0, price: '' },
        /^Attempted to parse the feature value for the feature named \[price\]/,
      ],
      ['more than a double', { id: '1', at: T0, price: '1e400' }, /IEEE 754/],
      ['NaN', { id: '1', at: T0, price: 'NaN' }, /IEEE 754/],
      ['a list for a scalar', { id: '1', at: T0, name: ['a'] }, /must have a ValueAsString/],
      ['more than 350 KB', { id: '1', at: T0, name: 'x'.repeat(358_400) }, /358400 are allowed/],
    ];
    it.each(bad)('refuse %s', async (_why, record, words) => {
      const { put, list } = await newGroup();
      await expect(put(record)).rejects.toMatchObject(validationError(words));
      expect(await list()).toEqual([]);
    });

    it('refuse a feature twice, and one without a value', async () => {
      const { name } = await newGroup();
      const twice = [...featureValues({ id: '1', at: T0, name: 'a' }), { FeatureName: 'name', ValueAsString: 'b' }];
      const entry = (Record: object[]) =>
        new BatchWriteRecordCommand({ Entries: [{ FeatureGroupName: name, Record }] as never });
      const { Errors } = await runtime().send(entry(twice));
      expect(Errors![0]!.ErrorMessage).toMatch(/more than once/);
      const nothing = await runtime().send(entry([...featureValues({ id: '1', at: T0 }), { FeatureName: 'name' }]));
      expect(nothing.Errors![0]!.ErrorMessage).toMatch(/must have a ValueAsString/);
    });

    it('answer a group that is not there, each in its own way', async () => {
      const nowhere = runtimeOf(runtime(), 'nowhere');
      const words = /^Resource Not Found: Amazon SageMaker can't find a FeatureGroup with name nowhere$/;
      await expect(nowhere.put({ id: '1', at: T0 })).rejects.toMatchObject(validationError(words));
      await expect(nowhere.remove('1', T0)).rejects.toMatchObject(validationError(words));
      const notFound = {
        name: 'ResourceNotFound',
        message: textLike(words),
        $metadata: partly({ httpStatusCode: 404 }),
      };
      await expect(nowhere.get('1')).rejects.toMatchObject(notFound);
      await expect(nowhere.list()).rejects.toMatchObject(notFound);
      await expect(nowhere.update('1', { at: T0 })).rejects.toMatchObject(notFound);
    });
  });

  describe('sent to one store', () => {
    it('stay out of the other', async () => {
      const told = watchOffline(door.local);
      const { put, get } = await newGroup();
      await put({ id: '1', at: T0 }, { TargetStores: ['OnlineStore'] });
      expect(told).toEqual([]);
      await put({ id: '2', at: T0 }, { TargetStores: ['OfflineStore'] });
      expect(told).toEqual([T0]);
      expect(await get('2')).toBeUndefined();
    });

    it('must be sent to one that is there', async () => {
      const { put, get, list } = await newGroup({ OnlineStoreConfig: undefined });
      const onlineOnly = { TargetStores: ['OnlineStore'] };
      await expect(put({ id: '1', at: T0 }, onlineOnly)).rejects.toMatchObject(validationError(/no OnlineStore/));
      await expect(get('1')).rejects.toMatchObject(validationError(/no online store/));
      await expect(list()).rejects.toMatchObject(validationError(/no online store/));
    });
  });

  describe('in a batch', () => {
    it('fail one by one, each with its own entry', async () => {
      const { name, get } = await newGroup();
      const entry = (record: PlainRecord) => ({ FeatureGroupName: name, Record: featureValues(record) });
      const bad = entry({ id: '2', at: T0, stock: 'x' });
      const answer = await runtime().send(
        new BatchWriteRecordCommand({ Entries: [entry({ id: '1', at: T0 }), bad, entry({ id: '3', at: T0 })] }),
      );
      expect(answer.Errors).toEqual([{ Entry: bad, ErrorCode: 'ValidationError', ErrorMessage: textWith('[stock]') }]);
      expect(answer.UnprocessedEntries).toEqual([]);
      expect(await get('1')).toBeDefined();
      expect(await get('2')).toBeUndefined();
      expect(await get('3')).toBeDefined();
    });

    it('are at most 25', async () => {
      const { name } = await newGroup();
      const Entries = Array.from({ length: 26 }, (_, n) => ({
        ...{ FeatureGroupName: name, Record: featureValues({ id: String(n), at: T0 }) },
      }));
      await expect(runtime().send(new BatchWriteRecordCommand({ Entries }))).rejects.toMatchObject(
        validationError(/'entries' failed to satisfy constraint: Member must have length less than or equal to 25/),
      );
    });

    it('are read from several groups, unknown groups in Errors, missing records nowhere', async () => {
      const one = await newGroup();
      const two = await newGroup();
      await one.put({ id: '1', at: T0, price: '1', name: 'x' });
      await two.put({ id: '1', at: T0 });
      const from = (FeatureGroupName: string, ...ids: string[]) => ({
        ...{ FeatureGroupName, RecordIdentifiersValueAsString: ids },
      });
      const answer = await runtime().send(
        new BatchGetRecordCommand({
          Identifiers: [
            { ...from(one.name, '1', 'missing'), FeatureNames: ['price'] },
            from(two.arn, '1'),
            from('nowhere', '1', '2'),
          ],
        }),
      );
      expect(answer.Records).toEqual([
        {
          ...{ FeatureGroupName: one.name, RecordIdentifierValueAsString: '1', Record: featureValues({ price: '1' }) },
        },
        { FeatureGroupName: two.arn, RecordIdentifierValueAsString: '1', Record: featureValues({ id: '1', at: T0 }) },
      ]);
      expect(answer.Errors).toMatchObject([
        { FeatureGroupName: 'nowhere', RecordIdentifierValueAsString: '1', ErrorCode: 'ResourceNotFound' },
        { FeatureGroupName: 'nowhere', RecordIdentifierValueAsString: '2', ErrorCode: 'ResourceNotFound' },
      ]);
      expect(answer.UnprocessedIdentifiers).toEqual([]);
    });

    it('are a hundred at most, of all groups together', async () => {
      const groups = [await newGroup(), await newGroup()];
      const ask = (each: number) =>
        runtime().send(
          new BatchGetRecordCommand({
            Identifiers: groups.map(({ name }) => ({
              FeatureGroupName: name,
              RecordIdentifiersValueAsString: Array.from({ length: each }, (_, i) => String(i)),
            })),
          }),
        );
      expect((await ask(50)).Records).toEqual([]);
      await expect(ask(51)).rejects.toMatchObject({ name: 'ValidationError', message: /102 records; 100 are allowed/ });
    });
  });

  describe('listed', () => {
    it('come in pages of ten, in no order of their own, each once', async () => {
      const { name, list } = await newGroup();
      const ids = Array.from({ length: 57 }, (_, n) => String(n).padStart(3, '0'));
      await writeAll(
        runtime(),
        name,
        ids.map((id) => ({ id, at: T0 })),
      );
      expect(await list()).toHaveLength(10);
      const seen: string[] = [];
      let NextToken: string | undefined;
      do {
        const page = await runtime().send(
          new ListRecordsCommand({ FeatureGroupName: name, MaxResults: 20, NextToken }),
        );
        seen.push(...page.RecordIdentifiers!);
        NextToken = page.NextToken;
      } while (NextToken);
      expect(seen).not.toEqual(ids);
      expect(seen.sort()).toEqual(ids);
    });

    it('refuse the token of another group', async () => {
      const one = await newGroup();
      const two = await newGroup();
      await writeAll(runtime(), one.name, [
        { id: '1', at: T0 },
        { id: '2', at: T0 },
      ]);
      const { NextToken } = await runtime().send(new ListRecordsCommand({ FeatureGroupName: one.name, MaxResults: 1 }));
      await expect(two.list({ NextToken })).rejects.toMatchObject(validationError(/NextToken/));
    });
  });

  describe('updated by feature', () => {
    const V2 = { OnlineStoreConfig: { ...ONLINE, StorageType: 'Standard_V2' } } as const;

    it('keep their other features, and go offline whole', async () => {
      const told = watchOffline(door.local);
      const { put, get, update } = await newGroup(V2);
      await put({ id: '1', at: T0, price: '1', name: 'x' });
      await update('1', { price: '2' });
      await update('1', { at: T1, stock: '3' });
      expect(await get('1')).toEqual({ id: '1', at: T1, price: '2', name: 'x', stock: '3' });
      expect(told).toEqual([T0, T0, T1]);
    });

    it('take an equal event time, and conflict with an older one', async () => {
      const { put, update } = await newGroup(V2);
      await put({ id: '1', at: T1 });
      await update('1', { at: T1, name: 'same time' });
      await expect(update('1', { at: T0 })).rejects.toMatchObject({
        name: 'ConflictException',
        $metadata: { httpStatusCode: 409 },
      });
    });

    it('must be there', async () => {
      const { put, remove, update } = await newGroup(V2);
      const notFound = { name: 'ResourceNotFound', $metadata: { httpStatusCode: 404 } };
      await expect(update('1', { at: T0 })).rejects.toMatchObject(notFound);
      await put({ id: '1', at: T0 });
      await remove('1', T1);
      await expect(update('1', { at: T2 })).rejects.toMatchObject(notFound);
    });

    it('are refused what an update cannot do', async () => {
      const { put, update } = await newGroup(V2);
      await put({ id: '1', at: T0 });
      const refused = (words: RegExp) => validationError(words);
      await expect(update('1', { id: '2' })).rejects.toMatchObject(refused(/cannot be updated/));
      await expect(update('1', { colour: 'red' })).rejects.toMatchObject(refused(/not defined/));
      const offlineOnly = { TargetStores: ['OfflineStore' as const] };
      await expect(update('1', { name: 'x' }, offlineOnly)).rejects.toMatchObject(refused(/must contain OnlineStore/));
      const ttl = { TtlDuration: { Unit: 'Days' as const, Value: 1 } };
      await expect(update('1', { name: 'x' }, ttl)).rejects.toMatchObject(refused(/needs the event time/));
      const standard = await newGroup();
      await expect(standard.update('1', { name: 'x' })).rejects.toMatchObject(refused(/Standard_V2 or InMemory/));
    });
  });

  it('hold collections in an InMemory store', async () => {
    const { put, get } = await newGroup({
      OnlineStoreConfig: { ...ONLINE, StorageType: 'InMemory' },
      OfflineStoreConfig: undefined,
      FeatureDefinitions: [
        { FeatureName: 'id', FeatureType: 'String' },
        { FeatureName: 'at', FeatureType: 'String' },
        { FeatureName: 'list', FeatureType: 'Integral', CollectionType: 'List' },
        { FeatureName: 'set', FeatureType: 'String', CollectionType: 'Set' },
        {
          ...{ FeatureName: 'vector', FeatureType: 'Fractional', CollectionType: 'Vector' },
          CollectionConfig: { VectorConfig: { Dimension: 2 } },
        },
      ],
    });
    await put({ id: '1', at: T0, list: ['2', '1', '2'], set: ['b', 'a', 'b'], vector: ['0.5', '1'] });
    expect(await get('1')).toEqual({ id: '1', at: T0, list: ['2', '1', '2'], set: ['b', 'a'], vector: ['0.5', '1'] });
    await expect(put({ id: '2', at: T0, vector: ['1'] })).rejects.toMatchObject(validationError(/2 elements, not 1/));
    await expect(put({ id: '2', at: T0, list: ['x'] })).rejects.toMatchObject(validationError(/type Integral/));
    await expect(put({ id: '2', at: T0, list: '1' })).rejects.toMatchObject(validationError(/ValueAsStringList/));
  });
});

describe('records that expire', () => {
  let local: Local;
  let group: Runtime;
  let client: SageMakerFeatureStoreRuntimeClient;
  let now: number;

  beforeEach(async () => {
    now = Date.parse(T0);
    local = await openThrowAway({ now: () => now });
    const config = {
      ...{ region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 's' } },
      requestHandler: local.requestHandler,
    };
    await createGroup(new SageMakerClient(config), 'ttl', {
      OnlineStoreConfig: { ...ONLINE, StorageType: 'Standard_V2', TtlDuration: { Unit: 'Hours', Value: 1 } },
      OfflineStoreConfig: OFFLINE,
    });
    client = new SageMakerFeatureStoreRuntimeClient(config);
    group = runtimeOf(client, 'ttl');
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await local.close();
  });

  const expiryOf = async (RecordIdentifierValueAsString: string) => {
    const input = {
      FeatureGroupName: 'ttl',
      RecordIdentifierValueAsString,
      ExpirationTimeResponse: 'Enabled',
    } as const;
    return (await client.send(new GetRecordCommand(input))).ExpiresAt;
  };

  it('go by the TTL of the record before that of the request before that of the group', async () => {
    const ttl = (Value: number) => ({ Unit: 'Minutes' as const, Value });
    const entry = (id: string, more = {}) => ({
      ...{ FeatureGroupName: 'ttl', Record: featureValues({ id, at: T0 }) },
      ...more,
    });
    await group.put({ id: 'group', at: T0 });
    const Entries = [entry('request'), entry('record', { TtlDuration: ttl(5) })];
    await client.send(new BatchWriteRecordCommand({ Entries, TtlDuration: ttl(10) }));
    expect(await expiryOf('group')).toBe('2026-01-01T01:00:00Z');
    expect(await expiryOf('request')).toBe('2026-01-01T00:10:00Z');
    expect(await expiryOf('record')).toBe('2026-01-01T00:05:00Z');
  });

  it('are unreadable at once, with one marker offline, and any later put is online again', async () => {
    const told = watchOffline(local);
    await group.put({ id: '1', at: T1 });
    now += 3_600_000;
    expect(await group.list()).toEqual([]);
    expect(await group.get('1')).toBeUndefined();
    expect(await group.get('1')).toBeUndefined();
    expect(told).toEqual([T1, `†${T1}`]);
    now = Date.parse(T0);
    await group.put({ id: '1', at: T0 });
    expect(await group.get('1')).toEqual({ id: '1', at: T0 });
  });

  it('live on from the event time of an update', async () => {
    await group.put({ id: '1', at: T0 }, { TtlDuration: { Unit: 'Days', Value: 1 } });
    await group.update('1', { at: '2026-01-01T06:00:00Z' });
    expect(await expiryOf('1')).toBe('2026-01-02T06:00:00Z');
  });
});

describe('records of equal event time, where the first stays', () => {
  it('file the second as history', async () => {
    const local = await openThrowAway({ putOnEqual: 'historic' });
    const config = {
      ...{ region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 's' } },
      requestHandler: local.requestHandler,
    };
    await createGroup(new SageMakerClient(config), 'equal');
    const { put, get } = runtimeOf(new SageMakerFeatureStoreRuntimeClient(config), 'equal');
    await put({ id: '1', at: T0, name: 'first' });
    await put({ id: '1', at: T0, name: 'second' });
    expect(await get('1')).toMatchObject({ name: 'first' });
    await local.close();
  });
});
