import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { StopSignal } from '../../src/host.js';
import { localStore, typed } from '../support/run.js';
import { watchedStore } from '../support/watched-store.js';

const NOW = new Date('2026-03-04T05:06:07.089Z');

async function storeWithGroup(...more: string[]) {
  const local = await localStore();
  const store: typeof local = { ...local, run: (argv, options) => local.run(argv, { now: () => NOW, ...options }) };
  const schema = join(store.dir, 'schema.json');
  const definitions = { id: 'String', event_time: 'String', age: 'Integral', score: 'Fractional', city: 'String' };
  await writeFile(
    schema,
    JSON.stringify(Object.entries(definitions).map(([FeatureName, FeatureType]) => ({ FeatureName, FeatureType }))),
  );
  const created = await store.run(['create', 'people', '--schema-file', schema, ...more]);
  expect(created.code).toBe(0);
  const put = (record: object | string, ...argv: string[]) =>
    store.run(['put', 'people', '--record', typeof record === 'string' ? record : JSON.stringify(record), ...argv]);
  const get = async (id: string, ...argv: string[]) =>
    JSON.parse((await store.run(['get', 'people', id, ...argv])).stdout) as unknown;
  return { ...store, put, get };
}

describe('put and get', () => {
  it('fills a missing event time with now, and says so', async () => {
    const { put, get } = await storeWithGroup();
    const { code, stdout, stderr } = await put({ id: '1', age: 31 });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toContain('event_time was missing: filled with 2026-03-04T05:06:07.089Z.');
    expect(await get('1')).toEqual({ id: '1', event_time: '2026-03-04T05:06:07.089Z', age: '31' });
  });

  it('keeps every character: leading zeros, 64-bit integers, empty text, null left out', async () => {
    const { put, get } = await storeWithGroup();
    await put('{"id": "007", "age": 9223372036854775807, "score": 0.10, "city": ""}');
    expect(await get('007')).toEqual({
      id: '007',
      event_time: expect.any(String),
      age: '9223372036854775807',
      score: '0.10',
      city: '',
    });
    await put({ id: '008', city: null });
    expect(await get('008')).toEqual({ id: '008', event_time: expect.any(String) });
  });

  it('prints numbers with --typed where nothing is lost', async () => {
    const { put, get } = await storeWithGroup();
    await put('{"id": "1", "age": 9223372036854775807, "score": 0.25}');
    expect(await get('1', '--typed')).toMatchObject({ id: '1', age: '9223372036854775807', score: 0.25 });
  });

  it('reads the record from a file and from stdin', async () => {
    const { dir, run, put, get } = await storeWithGroup();
    await writeFile(join(dir, 'one.json'), '{"id": "1", "city": "Zürich"}');
    expect((await put('@one.json')).code).toBe(0);
    expect(
      (
        await run(['put', 'people', '--record', '-'], {
          stdin: Readable.from(['{"id": "2",', ' "city": "東京"}'].map((piece) => Buffer.from(piece))),
        })
      ).code,
    ).toBe(0);
    expect(await get('1', '--feature-names', 'city')).toEqual({ city: 'Zürich' });
    expect(await get('2', '--feature-names', 'city')).toEqual({ city: '東京' });
  });

  it('prints a table of features', async () => {
    const { put, run } = await storeWithGroup();
    await put({ id: '1', city: 'Rome' });
    expect((await run(['get', 'people', '1', '-o', 'table'])).stdout).toBe(
      'Feature     Value\nid          1\ncity        Rome\nevent_time  2026-03-04T05:06:07.089Z\n',
    );
  });

  it('tells when a record expires', async () => {
    const { put, get } = await storeWithGroup();
    const event_time = NOW.toISOString();
    await put({ id: '1', event_time }, '--ttl', '1d');
    expect(await get('1', '--expires-at')).toEqual({
      Record: { id: '1', event_time },
      ExpiresAt: expect.stringMatching(/^\d{4}-/),
    });
  });

  it('warns of a record that is older than its time to live', async () => {
    const { put, run } = await storeWithGroup();
    const { code, stderr } = await put({ id: '1', event_time: '2026-01-01T00:00:00Z' }, '--ttl', '1d');
    expect(code).toBe(0);
    expect(stderr).toContain('warning: the record is older than its time to live');
    expect((await run(['get', 'people', '1'])).code).toBe(3);
  });

  it.each([
    ['an unknown feature', '{"id": "1", "agee": 3}', /agee.*did you mean age/i],
    ['a wrong type', '{"id": "1", "age": "old"}', /age.*"?old"?.*Integral/],
    ['a fraction for an integer', '{"id": "1", "age": 1.5}', /age.*1\.5.*Integral/],
    ['a missing identifier', '{"age": 3}', /id/],
    ['a bad event time', '{"id": "1", "event_time": "yesterday"}', /event_time.*yesterday/],
    ['an integer beyond 64 bits', '{"id": "1", "age": 9223372036854775808}', /age.*9223372036854775808/],
    ['broken JSON', '{"id": "1"', /--record is not a JSON object/],
    ['an array', '[1]', /--record is not a JSON object/],
  ])('refuses %s: exit 2, one sentence, nothing sent', async (_what, record, words) => {
    const { put, run } = await storeWithGroup();
    const { code, stdout, stderr } = await put(record);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(words);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect((await run(['get', 'people', '1'])).code).toBe(3);
  });

  it('drops unknown features with --ignore-unknown only', async () => {
    const { put, get } = await storeWithGroup();
    expect((await put({ id: '1', nope: 1, city: 'Rome' }, '--ignore-unknown')).code).toBe(0);
    expect(await get('1', '--feature-names', 'id,city')).toEqual({ id: '1', city: 'Rome' });
  });

  it('sends nothing with --dry-run, and prints the request', async () => {
    const { put, run } = await storeWithGroup();
    const { code, stdout } = await put({ id: '1' }, '--dry-run', '--target-stores', 'online');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ FeatureGroupName: 'people', TargetStores: ['OnlineStore'] });
    expect((await run(['get', 'people', '1'])).code).toBe(3);
  });

  it.each([['Standard'], ['Standard_V2']])(
    '--update changes only the named features of a %s group',
    async (storageType) => {
      const { put, get } = await storeWithGroup('--storage-type', storageType);
      await put({ id: '1', event_time: '2026-01-01T00:00:00Z', age: 31, city: 'Rome' });
      expect((await put({ id: '1', age: 32 }, '--update')).code).toBe(0);
      expect(await get('1')).toEqual({ id: '1', event_time: '2026-03-04T05:06:07.089Z', age: '32', city: 'Rome' });
      expect((await put({ id: 'nobody', age: 1 }, '--update')).code).toBe(3);
    },
  );

  it.each([['Standard'], ['Standard_V2']])(
    '--update keeps the time to live of a record of a %s group, and its later event time: exit 1',
    async (storageType) => {
      const { put, get } = await storeWithGroup('--storage-type', storageType, '--ttl', '520w');
      await put({ id: '1', event_time: '2026-03-01T00:00:00Z', age: 31 }, '--ttl', '30d');
      await put({ id: '1', event_time: '2026-03-02T00:00:00Z', age: 32 }, '--update');
      expect(await get('1', '--expires-at')).toMatchObject({
        Record: { age: '32' },
        ExpiresAt: expect.stringMatching(/^2026-04-01T00:00:00/) as string,
      });
      await put({ id: '1', event_time: '2026-03-03T00:00:00Z' }, '--update', '--ttl', '2d');
      expect(await get('1', '--expires-at')).toMatchObject({
        ExpiresAt: expect.stringMatching(/^2026-03-05T00:00:00/) as string,
      });
      const { code, stderr } = await put({ id: '1', event_time: '2026-02-01T00:00:00Z', age: 30 }, '--update');
      expect(code, stderr).toBe(1);
      expect(stderr).not.toMatch(/^(Put|Updated)/m);
    },
  );

  it('answers 3 with an empty stdout for a missing record and a missing group', async () => {
    const { run } = await storeWithGroup();
    expect(await run(['get', 'people', '404'])).toEqual({
      code: 3,
      stdout: '',
      stderr: 'sagemaker-fs: There is no record 404 in the online store of people.\n',
    });
    for (const argv of [
      ['get', 'nope', '1'],
      ['put', 'nope', '--record', '{"id": 1}'],
    ]) {
      const { code, stdout, stderr } = await run(argv);
      expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
      expect(stderr).toContain('nope');
    }
  });

  it('writes to an offline-only group too', async () => {
    const { put, run } = await storeWithGroup(
      '--no-online-store',
      '--s3-uri',
      's3://bucket/p',
      '--execution-role-arn',
      'arn:aws:iam::000000000000:role/test',
    );
    expect((await put({ id: '1' })).code).toBe(0);
    expect((await run(['get', 'people', '1'])).code).toBe(2);
  });
});

it('--update converts what loses nothing, and fills the event time, as put does', async () => {
  const { put, get } = await storeWithGroup();
  await put({ id: '1', event_time: '2026-01-01T00:00:00Z', city: 'Rome' });
  const { code, stderr } = await put({ id: '1', age: '3.0' }, '--update');
  expect(code, stderr).toBe(0);
  expect(stderr).toContain('converted: age 3.0 → 3 in 1 record.');
  expect(stderr).toContain('event_time was missing: filled with 20');
  expect(await get('1')).toMatchObject({ age: '3', city: 'Rome' });
});

describe('delete-record', () => {
  it('asks for the name of the group; without a terminal and --force it refuses', async () => {
    const { put, run, get } = await storeWithGroup();
    await put({ id: '1', event_time: '2026-01-01T00:00:00Z' });
    const { code, stderr } = await run(['delete-record', 'people', '1']);
    expect(code).toBe(6);
    expect(stderr).toContain('pass --force');
    expect(await get('1')).toMatchObject({ id: '1' });
    expect((await run(['delete-record', 'people', '1', '--force'])).code).toBe(0);
    expect((await run(['get', 'people', '1'])).code).toBe(3);
  });

  it('takes the name of the group for consent, and nothing else', async () => {
    const { put, run } = await storeWithGroup();
    await put({ id: '1', event_time: '2026-01-01T00:00:00Z' });
    const answered = (stdin: Readable) => run(['delete-record', 'people', '1'], { terminal: { columns: 80 }, stdin });
    for (const wrong of [typed('peopl'), typed('yes'), Readable.from([])]) {
      const { code, stderr } = await answered(wrong);
      expect(code).toBe(6);
      expect(stderr).toContain('nothing was changed');
      expect((await run(['get', 'people', '1'])).code).toBe(0);
    }
    expect((await answered(typed('people'))).code).toBe(0);
    expect((await run(['get', 'people', '1'])).code).toBe(3);
  });

  it('says when a record of a later event time is still there', async () => {
    const { put, run, get } = await storeWithGroup();
    await put({ id: '1', event_time: '2999-01-01T00:00:00Z' });
    const { code, stderr } = await run(['delete-record', 'people', '1', '--force']);
    expect(code).toBe(4);
    expect(stderr).toContain('record 1: It is still there: its event time 2999-01-01T00:00:00Z is not earlier than');
    expect(await get('1')).toMatchObject({ id: '1' });
    expect(
      (await run(['delete-record', 'people', '1', '--force', '--hard', '--event-time', '3000-01-01T00:00:00Z'])).code,
    ).toBe(0);
  });
});

it.each([
  ['put shop --record {"id":"1","name":"b"}', 'PutRecord', 'it is not known whether record 1 was written.'],
  ['put fast --update --record {"id":"1","name":"b"}', 'UpdateRecord', 'it is not known whether record 1 was written.'],
  [
    'delete-record shop 1 --force',
    'DeleteRecord',
    'record 1: Its deletion was accepted, but it could not be proved that the record is gone.',
  ],
])('%s, interrupted: says what is known of the record', async (command, operation, known) => {
  const store = await watchedStore();
  await store.create('shop');
  await store.create('fast', { OnlineStoreConfig: { EnableOnlineStore: true, StorageType: 'Standard_V2' } });
  for (const name of ['shop', 'fast']) await store.put(name, [{ id: '1', at: '2026-01-01T00:00:00Z', name: 'a' }]);
  let send: (signal: StopSignal) => void = () => {};
  store.wire.after = (request) => void (request.operation === operation && send('SIGINT'));
  const { code, stderr } = await store.run(command.split(' '), { interrupt: (sender) => (send = sender) });
  expect(code).toBe(130);
  expect(stderr).toContain(known);
});
