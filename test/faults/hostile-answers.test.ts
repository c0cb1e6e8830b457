/** Well-formed answers that no honest service gives: a run ends, says so, and neither loses nor invents anything. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { StopSignal } from '../../src/host.js';
import { openClearStore, people } from '../support/clear-groups.js';
import type { Wire } from '../support/wire.js';

vi.setConfig({ testTimeout: 60_000 });

/** More than any of these runs has work for. */
const MOST_CALLS = 400;

async function openShop() {
  const store = await openClearStore();
  for (const name of ['shop', 'dst']) await store.create(name);
  await store.put('shop', ...people(30));
  await store.local.store.objects.createBucket('backups', 'us-east-1');
  await writeFile(
    join(store.dir, 'ids.txt'),
    people(30)
      .map(({ id }) => `${id as string}\n`)
      .join(''),
  );
  await writeFile(
    join(store.dir, 'in.jsonl'),
    people(30)
      .map((record) => `${JSON.stringify(record)}\n`)
      .join(''),
  );
  store.wire.requests.length = 0;
  return {
    ...store,
    text: (name: string) => readFile(join(store.dir, name), 'utf8'),
    /** Runs a command; one that never ends is interrupted, which is exit 130. */
    async typed(...argv: string[]) {
      let send: (signal: StopSignal) => void;
      store.wire.requests.length = 0;
      const { before } = store.wire;
      store.wire.before = (request) => {
        before(request);
        if (store.wire.requests.length > MOST_CALLS) send('SIGINT');
      };
      const ran = await store.run(argv, { interrupt: (sender) => (send = sender) });
      store.wire.before = before;
      const told = `exit ${ran.code} after ${store.wire.requests.length} calls: ${ran.stderr}`;
      expect(ran.stderr, told).not.toMatch(/^ {4}at |Cannot read prop|Unexpected|is not iterable|\bundefined\b/m);
      // eslint-disable-next-line no-control-regex
      expect(ran.stderr, told).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f\u0080-\u009f]/);
      return { ...ran, told };
    },
  };
}

const always =
  (operation: string, change: Record<string, unknown>): Wire['alter'] =>
  (request, answer) =>
    request.operation === operation ? { ...answer, ...change } : answer;

describe('pages without an end', () => {
  test.each([
    ['list --retry-for 0s', 'ListFeatureGroups', { NextToken: 'again' }],
    ['clear shop --dry-run --retry-for 0s', 'ListRecords', { NextToken: 'again' }],
    ['clear shop --force --online-only --retry-for 0s', 'ListRecords', { NextToken: 'again' }],
    ['migrate shop dst --read-from online --retry-for 0s', 'ListRecords', { NextToken: 'again' }],
  ])('%s: %s', async (command, operation, change) => {
    const store = await openShop();
    store.wire.alter = always(operation, change);
    store.wire.change = (_, body) => {
      if (body.NextToken === 'again') delete body.NextToken;
    };
    const { code, told } = await store.typed(...command.split(' '));
    expect([1, 5], told).toContain(code);
    expect(store.changing(), told).toEqual([]);
  });
});

describe('records and entries that are nobody’s', () => {
  test('bulk-get: a record of another identifier, a record without values, values of another kind', async () => {
    const p1 = { FeatureGroupName: 'shop', RecordIdentifierValueAsString: 'p1' };
    const broken: unknown[][] = [
      [p1],
      [{ ...p1, Record: null }],
      [{ ...p1, Record: [{}] }],
      [{ ...p1, Record: [null] }],
      [{ ...p1, Record: [{ FeatureName: 'id', ValueAsString: 7 }] }],
      [{ ...p1, Record: [{ FeatureName: 'id', ValueAsString: 'p2' }] }],
      [null],
      ['p1'],
    ];
    const store = await openShop();
    for (const Records of broken) {
      store.wire.alter = always('BatchGetRecord', { Records, Errors: [], UnprocessedIdentifiers: [] });
      const { code, told, stdout } = await store.typed('bulk-get', 'shop', 'ids.txt', '--retry-for', '0s');
      expect([1, 5], `${JSON.stringify(Records)}: ${told}\n${stdout}`).toContain(code);
    }
  });

  test('bulk-put: what was not sent and comes back as unprocessed or failed is not sent, and proves nothing', async () => {
    const stranger = {
      FeatureGroupName: 'dst',
      Record: [
        { FeatureName: 'id', ValueAsString: 'stranger' },
        { FeatureName: 'at', ValueAsString: '2026-01-01T00:00:00Z' },
      ],
    };
    const answers = [
      { UnprocessedEntries: [stranger] },
      { Errors: [{ Entry: stranger, ErrorCode: 'InternalFailure', ErrorMessage: 'no' }] },
      { Errors: [{ ErrorCode: 'InternalFailure' }] },
      { Errors: [null] },
      { UnprocessedEntries: ['x'] },
    ];
    const store = await openShop();
    for (const answer of answers) {
      store.wire.alter = always('BatchWriteRecord', answer);
      const { code, told } = await store.typed('bulk-put', 'shop', 'in.jsonl', '--retry-for', '0s');
      expect([1, 4, 5], `${JSON.stringify(answer)}: ${told}`).toContain(code);
      expect(await store.get('dst', 'stranger')).toBeUndefined();
    }
  });

  test('clear: identifiers that are no texts, or never end, delete nothing but the group’s own records', async () => {
    const store = await openShop();
    for (const RecordIdentifiers of [[7], [null], [{}], 'p1', ['']]) {
      store.wire.alter = always('ListRecords', { RecordIdentifiers });
      const { code, told } = await store.typed('clear', 'shop', '--force', '--online-only', '--retry-for', '0s');
      expect([1, 4, 5], `${JSON.stringify(RecordIdentifiers)}: ${told}`).toContain(code);
      expect(await store.get('shop', 'p1')).toBeDefined();
    }
  });
});

describe('another group', () => {
  const other = { FeatureGroupArn: 'arn:aws:sagemaker:us-east-1:999999999999:feature-group/other' };
  test.each([
    ['clear shop --force', { FeatureGroupName: 'dst', ...other }],
    ['clear arn:aws:sagemaker:us-east-1:000000000000:feature-group/shop --force', other],
    ['bulk-put shop in.jsonl', { FeatureGroupName: 'dst' }],
    ['delete-record shop p1 --force', { FeatureGroupName: 'dst', ...other }],
    ['clear shop --force', { FeatureGroupArn: 'nonsense' }],
    [
      'clear shop --force',
      { OfflineStoreConfig: { S3StorageConfig: { S3Uri: 's3://features/', ResolvedOutputS3Uri: 's3://features/' } } },
    ],
    [
      'clear shop --force',
      { OfflineStoreConfig: { S3StorageConfig: { S3Uri: 's3://features/', ResolvedOutputS3Uri: 's3://backups' } } },
    ],
  ])('%s: described as %j', async (command, change) => {
    const store = await openShop();
    await store.put('dst', ...people(3, 'd'));
    store.wire.alter = always('DescribeFeatureGroup', change);
    store.wire.requests.length = 0;
    const { code, told } = await store.typed(...command.split(' '));
    expect([1, 2, 5, 6], told).toContain(code);
    const changing = store.changing().map(({ operation }) => operation);
    expect(changing, told).toEqual([]);
  });
});

test('put --update does not mix the record of another identifier into the one that was asked for', async () => {
  const store = await openShop();
  store.wire.alter = always('GetRecord', {
    Record: [
      { FeatureName: 'id', ValueAsString: 'p2' },
      { FeatureName: 'at', ValueAsString: '2026-01-01T00:00:00Z' },
      { FeatureName: 'name', ValueAsString: 'of p2' },
    ],
  });
  const { code, told } = await store.typed('put', 'shop', '--update', '--record', '{"id":"p1"}');
  expect(code, told).toBe(5);
  expect(told).toContain('the record of p2 instead of p1');
  expect(store.wire.count('PutRecord'), told).toBe(0);
});

describe('text from the service that a terminal would obey', () => {
  const evil = 'x\u001b[2Jy\u0007\r\u009b31m\u202e\nsagemaker-fs: done';
  test.each([
    ['get shop p1', 'GetRecord'],
    ['list --retry-for 0s', 'ListFeatureGroups'],
    ['put shop --record {"id":"p1"}', 'PutRecord'],
    ['bulk-put shop in.jsonl', 'BatchWriteRecord'],
    ['bulk-get shop ids.txt', 'BatchGetRecord'],
    ['clear shop --force', 'DeleteRecord'],
    ['migrate shop dst --athena-output s3://backups/', 'StartQueryExecution'],
  ])('%s: the message of %s', async (command, operation) => {
    const store = await openShop();
    store.wire.answer = (request) =>
      request.operation === operation
        ? new Response(JSON.stringify({ __type: 'ValidationException', message: evil, Message: evil }), {
            status: 400,
            headers: { 'content-type': 'application/json', 'x-amzn-errortype': 'ValidationException' },
          })
        : undefined;
    const { code, told } = await store.typed(...command.split(' '));
    expect([1, 4], told).toContain(code);
    expect(told).not.toContain('\nsagemaker-fs: done');
  });
});
