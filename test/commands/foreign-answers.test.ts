/** Answers that are not the service's, and connections that break, before an embedded store: nothing is believed, and all of it is overcome. */
import { existsSync } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { openLocal } from '../../src/local/index.js';
import { ANSWER_LIMITS } from '../../src/sdk/limits.js';
import { run, temporaryFolder, type Ran } from '../support/run.js';
import { answerJson, openScriptedServer, type Received } from '../support/scripted-server.js';
import { nameOf } from '../support/wire.js';

type Trouble = (response: ServerResponse, request: Received) => void;

const page = '<!DOCTYPE html><html><body>Please sign in</body></html>';
const as =
  (type: string, body: string): Trouble =>
  (response) => {
    response.writeHead(200, { 'content-type': type });
    response.end(body);
  };
const FOREIGN: Record<string, Trouble> = {
  'an HTML page': as('text/html', page),
  'an HTML page that says it is JSON': as('application/json', page),
  'an empty JSON object': as('application/json', '{}'),
  'a JSON list': as('application/json', '[]'),
  'an empty body': as('application/json', ''),
  'a message of null': as('application/json', '{"message":null}'),
  'half of a JSON': as('application/json', '{"Errors":[],"Unproc'),
  'another XML': as('application/xml', '<x/>'),
  'plain text': as('text/plain', 'OK'),
};
/** Of what passes without a word: a body without members is what these calls answer. */
const EMPTY_ANSWERS = ['an empty JSON object', 'an empty body'];
const PASSING: Record<string, Trouble> = {
  'a lost connection': (response) => response.destroy(),
  throttling: (response) =>
    answerJson(
      response,
      400,
      { __type: 'ThrottlingException', message: 'Rate exceeded' },
      { 'x-amzn-errortype': 'ThrottlingException' },
    ),
  'a 503': (response) => answerJson(response, 503, { message: 'busy' }),
};

const RECORDS = 120;
const at = '2026-01-01T00:00:00Z';

afterEach(() => void vi.unstubAllEnvs());

/** A store with the groups `shop`, which is full, and `copy`, which is empty, behind a server that lets calls meet trouble. */
async function openShop() {
  const dir = await temporaryFolder();
  const local = await openLocal({ dir: join(dir, 'store'), now: () => Date.now() });
  const troubles: { operation: string; trouble: Trouble; spared: number; left: number; struck: number }[] = [];
  const calls: string[] = [];
  const server = await openScriptedServer((request, response) => {
    const headers = request.headers as Record<string, string>;
    const { operation } = nameOf(request.method, request.target, headers);
    calls.push(operation);
    const struck = troubles.find((each) => each.operation === operation && each.left > 0);
    if (struck && struck.spared > 0) struck.spared -= 1;
    else if (struck) {
      struck.left -= 1;
      struck.struck += 1;
      return struck.trouble(response, request);
    }
    void forward(request, response);
  });
  async function forward({ method, target, headers, body }: Received, response: ServerResponse): Promise<void> {
    const sent = new Request(`http://127.0.0.1${target}`, {
      method,
      headers: headers as Record<string, string>,
      body: body === '' ? undefined : body,
    });
    const answer = await local.fetch(sent);
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(Buffer.from(await answer.arrayBuffer()));
  }
  onTestFinished(async () => {
    await server.close();
    await local.close();
  });
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'a');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'b');
  const global = ['--region', 'us-east-1', '--endpoint-url', `http://127.0.0.1:${server.port}`];
  const shop = {
    dir,
    store: local.store,
    calls,
    run: (...argv: string[]): Promise<Ran> => run([...argv, ...global], { cwd: dir }),
    /** The next `times` calls of an operation meet it, after some that are spared. */
    meet(operation: string, trouble: Trouble, times = 2, spared = 0) {
      const met = { operation, trouble, spared, left: times, struck: 0 };
      troubles.push(met);
      return met;
    },
    calm: () => void (troubles.length = 0),
    async count(group: string): Promise<number> {
      shop.calm();
      const { stdout } = await shop.run('clear', group, '--dry-run', '-o', 'json');
      return (JSON.parse(stdout) as { online: { records: number } }).online.records;
    },
  };
  await writeFile(join(dir, 'ids.txt'), Array.from({ length: RECORDS }, (_, id) => id).join('\n'));
  await writeFile(
    join(dir, 'rows.jsonl'),
    Array.from({ length: RECORDS }, (_, id) => JSON.stringify({ id: String(id), at, name: `n${id}` })).join('\n'),
  );
  const header = [
    { FeatureName: 'id', FeatureType: 'String' },
    { FeatureName: 'at', FeatureType: 'String' },
    { FeatureName: 'name', FeatureType: 'String' },
  ];
  await writeFile(join(dir, 'schema.json'), JSON.stringify(header));
  for (const name of ['shop', 'copy']) {
    const names = ['--record-identifier-name', 'id', '--event-time-feature-name', 'at'];
    const made = await shop.run('create', name, '--schema-file', 'schema.json', ...names, '--online-store');
    expect(made.code, made.stderr).toBe(0);
  }
  return shop;
}

const NO_PATIENCE = ['--retry-for', '0s'];

describe('an answer that is not the service’s proves nothing', () => {
  const COMMANDS: [operation: string, argv: string[], passing: string[]][] = [
    ['BatchWriteRecord', ['bulk-put', 'shop', 'rows.jsonl', ...NO_PATIENCE], []],
    ['BatchGetRecord', ['bulk-get', 'shop', 'ids.txt', ...NO_PATIENCE], []],
    ['ListRecords', ['clear', 'shop', '--force', ...NO_PATIENCE], []],
    ['DeleteRecord', ['clear', 'shop', '--force', ...NO_PATIENCE], EMPTY_ANSWERS],
    ['PutRecord', ['put', 'shop', '--record', '{"id":"x"}'], EMPTY_ANSWERS],
    ['GetRecord', ['get', 'shop', '1'], [...EMPTY_ANSWERS, 'a message of null']],
    ['DescribeFeatureGroup', ['put', 'shop', '--record', '{"id":"x"}'], []],
    ['ListFeatureGroups', ['list', ...NO_PATIENCE], []],
  ];

  test.each(COMMANDS)('%s: exit 5, and the words say what came', async (operation, argv, passing) => {
    const shop = await openShop();
    expect((await shop.run('bulk-put', 'shop', 'rows.jsonl')).code).toBe(0);
    for (const [name, trouble] of Object.entries(FOREIGN)) {
      if (passing.includes(name)) continue;
      const met = shop.meet(operation, trouble, Infinity);
      const { code, stdout, stderr } = await shop.run(...argv);
      shop.calm();
      expect({ name, code, stdout }, stderr).toEqual({ name, code: 5, stdout: '' });
      expect(met.struck, name).toBeGreaterThan(0);
      expect(stderr, name).toMatch(new RegExp(`${operation} was answered with [^\n]*, which is not the service's`));
      expect(stderr, name).not.toMatch(/Cleared|is empty|[1-9]\d* (written|read|deleted),/);
    }
    expect(await shop.count('shop')).toBe(RECORDS);
  });
});

describe('what passes is overcome, in the first call as in any other', () => {
  const passing = { ...PASSING, 'a login page': FOREIGN['an HTML page']! };
  test.each(Object.entries(passing))('%s', async (_name, trouble) => {
    const shop = await openShop();
    async function through(operations: string[], ...argv: string[]) {
      const met = operations.map((operation) => shop.meet(operation, trouble));
      const ran = await shop.run(...argv);
      expect(ran.code, `${argv.join(' ')}: ${ran.stderr}`).toBe(0);
      for (const [index, { struck }] of met.entries()) expect(struck, operations[index]).toBe(2);
      return ran;
    }
    await through(['BatchWriteRecord'], 'bulk-put', 'shop', 'rows.jsonl');
    expect(await shop.count('shop')).toBe(RECORDS);
    const { stdout } = await through(['BatchGetRecord'], 'bulk-get', 'shop', 'ids.txt');
    expect(JSON.parse(stdout)).toHaveLength(RECORDS);
    const reading = ['ListRecords', 'BatchGetRecord', 'BatchWriteRecord'];
    const migrated = await through(reading, 'migrate', 'shop', 'copy', '--read-from', 'online', '--verify');
    expect(migrated.stderr).toContain('Verified: 120 the same, 0 different');
    await through(['ListRecords', 'BatchGetRecord', 'DeleteRecord'], 'clear', 'shop', '--force');
    expect(await shop.count('shop')).toBe(0);
    expect(await shop.count('copy')).toBe(RECORDS);
  });

  test('GetRecord one by one, where BatchGetRecord is not known', async () => {
    const shop = await openShop();
    expect((await shop.run('bulk-put', 'shop', 'rows.jsonl')).code).toBe(0);
    shop.meet(
      'BatchGetRecord',
      (response) => answerJson(response, 404, { __type: 'UnknownOperationException' }),
      Infinity,
    );
    for (const trouble of Object.values(passing)) shop.meet('GetRecord', trouble, 1);
    const { code, stdout, stderr } = await shop.run('bulk-get', 'shop', 'ids.txt');
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toHaveLength(RECORDS);
    expect(stderr).toContain('BatchGetRecord is not known here: using GetRecord instead');
  });
});

describe('an answer that has no end', () => {
  const writing = (piece: string): Trouble => {
    return (response) => {
      response.writeHead(200, { 'content-type': 'application/json', etag: '"e"', 'content-range': 'bytes 0-9/10' });
      const timer = setInterval(() => response.writableNeedDrain || response.write(piece), 5);
      response.on('close', () => clearInterval(timer));
    };
  };
  const ENDLESS: Record<string, { piece: string; words: RegExp }> = {
    'one that trickles': { piece: ' ', words: /did not end within 0\.6 s|did not answer in time|more bytes than/ },
    'one that grows': { piece: ' '.repeat(512 * 1024), words: /too long|more bytes than/ },
  };
  const CALLS: [kind: string, operation: string, argv: string[]][] = [
    ['a hot call', 'BatchWriteRecord', ['bulk-put', 'shop', 'rows.jsonl']],
    ['a hot call', 'BatchGetRecord', ['bulk-get', 'shop', 'ids.txt']],
    ['a call of the SDK', 'DescribeFeatureGroup', ['bulk-put', 'shop', 'rows.jsonl']],
    ['a range of S3', 'S3 GET', ['bulk-put', 'shop', 's3://lake/rows.jsonl']],
  ];

  test.each(CALLS)('%s ends all the same, and is tried again: %s', async (_kind, operation, argv) => {
    const shop = await openShop();
    expect((await shop.run('bulk-put', 'shop', 'rows.jsonl')).code).toBe(0);
    await shop.store.objects.createBucket('lake', 'us-east-1');
    await shop.store.objects.put('lake', 'rows.jsonl', Buffer.from(`{"id":"1","at":"${at}","name":"n1"}\n`));
    const before = { ...ANSWER_LIMITS };
    onTestFinished(() => void Object.assign(ANSWER_LIMITS, before));
    Object.assign(ANSWER_LIMITS, { bytes: 500_000, milliseconds: 600 });
    for (const { piece, words } of Object.values(ENDLESS)) {
      shop.meet(operation, writing(piece), Infinity);
      const failed = await shop.run(...argv, ...NO_PATIENCE);
      shop.calm();
      expect(failed.stderr).toMatch(words);
      expect(failed.code, failed.stderr).toBe(5);
      // What came of a range counts as the object's own, which this is not.
      if (operation === 'S3 GET') continue;
      const met = shop.meet(operation, writing(piece), 1);
      const { code, stderr } = await shop.run(...argv);
      expect({ code, struck: met.struck }, stderr).toEqual({ code: 0, struck: 1 });
    }
  });
});

describe('an answer about something else', () => {
  const other = { FeatureName: 'id', ValueAsString: 'other' };
  test.each<[string, string, object, string[]]>([
    [
      'BatchWriteRecord',
      'an entry that was not sent',
      { Errors: [{ Entry: { Record: [other] }, ErrorCode: 'ValidationError' }], UnprocessedEntries: [] },
      ['bulk-put', 'shop', 'rows.jsonl'],
    ],
    [
      'BatchGetRecord',
      'a record that was not asked for',
      {
        Records: [{ RecordIdentifierValueAsString: 'other', Record: [other] }],
        Errors: [],
        UnprocessedIdentifiers: [],
      },
      ['bulk-get', 'shop', 'ids.txt'],
    ],
    [
      'BatchGetRecord',
      'the record of another identifier',
      { Records: [{ RecordIdentifierValueAsString: '1', Record: [other] }], Errors: [], UnprocessedIdentifiers: [] },
      ['bulk-get', 'shop', 'ids.txt'],
    ],
    ['GetRecord', 'the record of another identifier', { Record: [other] }, ['get', 'shop', '1']],
  ])('%s with %s is not believed', async (operation, _what, body, argv) => {
    const shop = await openShop();
    shop.meet(operation, (response) => answerJson(response, 200, body), Infinity);
    const { code, stderr } = await shop.run(...argv, ...(argv[0] === 'get' ? [] : NO_PATIENCE));
    expect(code, stderr).toBe(5);
    expect(stderr).toContain(`${operation} was answered with`);
  });
});

test('an online source is resumed: what was written is not written again, and nothing is listed again', async () => {
  const shop = await openShop();
  expect((await shop.run('bulk-put', 'shop', 'rows.jsonl')).code).toBe(0);
  const expired: Trouble = (response) =>
    answerJson(response, 403, { message: 'expired' }, { 'x-amzn-errortype': 'ExpiredTokenException' });
  shop.meet('BatchWriteRecord', expired, Infinity, 2);
  const migrate = ['migrate', 'shop', 'copy', '--read-from', 'online', '--max-workers', '1', '--batch-size', '25'];
  const first = await shop.run(...migrate);
  expect(first.code, first.stderr).toBe(1);
  expect(first.stderr).toContain('To continue with the rest:\n  sagemaker-fs migrate ');
  const folder = join(shop.dir, '.sagemaker-fs', 'shop--copy');
  expect((await stat(join(folder, 'migration.identifiers'))).mode & 0o777).toBe(0o600);
  shop.calm();
  shop.calls.length = 0;
  const second = await shop.run(...migrate, '--resume');
  expect(second.code, second.stderr).toBe(0);
  expect(second.stderr).toContain('50 rows are done');
  expect(shop.calls.filter((each) => each === 'BatchWriteRecord')).toHaveLength(3);
  // The one that asks whether the target is empty.
  expect(shop.calls.filter((each) => each === 'ListRecords').length).toBeLessThanOrEqual(1);
  expect(existsSync(folder)).toBe(false);
  expect(await shop.count('copy')).toBe(RECORDS);
});

test('the name of the caller, which a plan can do without, is not waited for', async () => {
  const shop = await openShop();
  const met = shop.meet('STS', FOREIGN['an HTML page']!, Infinity);
  const { code, stdout, stderr } = await shop.run('clear', 'shop', '--dry-run');
  expect(code, stderr).toBe(0);
  expect(`${stdout}${stderr}`.replace(/\s+/g, ' ')).toContain('as a caller that cannot be named');
  expect(met.struck).toBeLessThanOrEqual(3);
});
