/** Every call of a job in bulk is tried again as long as --retry-for says: control plane, Athena and S3 alike. */
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { openClearStore, people } from '../support/clear-groups.js';
import { openWire, refusal, s3Refusal, type WireRequest } from '../support/wire.js';
import { createGroup } from '../support/groups.js';

vi.setConfig({ testTimeout: 60_000 });

/** Does so to the first calls of an operation, and lets the others through. */
function firstCalls(answers: Record<string, (Response | number)[]>) {
  return ({ operation }: WireRequest) => answers[operation]?.shift();
}

const several = <T>(times: number, make: () => T): T[] => Array.from({ length: times }, make);
const throttle = (code = 'ThrottlingException') => refusal(400, code, 'Rate exceeded');
const slowDown = () => s3Refusal(503, 'SlowDown');
/** A connection that breaks before there is an answer. */
const LOST = 0;

test('list describes every group of a control plane that throttles', async () => {
  const { sagemaker, local, run, wire } = await openWire();
  const names = Array.from({ length: 60 }, (_, number) => `group-${String(number).padStart(2, '0')}`);
  for (const name of names) await createGroup(sagemaker, name);
  local.faults.throttlePerSecond = 25;
  const { code, stdout, stderr } = await run(['list', '-o', 'json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect((JSON.parse(stdout) as { FeatureGroupName: string }[]).map((row) => row.FeatureGroupName)).toEqual(names);
  // They slow down together instead of asking again and again.
  expect(wire.count('DescribeFeatureGroup')).toBeLessThan(3 * names.length);
});

test('bulk-put outlasts a control plane that throttles, without a type too, or breaks the connection', async () => {
  const { create, run, wire, dir } = await openClearStore();
  await create('target');
  await writeFile(
    join(dir, 'people.jsonl'),
    people(3)
      .map((row) => JSON.stringify(row))
      .join('\n'),
  );
  const untyped = () =>
    new Response('{"message":"Rate exceeded"}', {
      status: 400,
      headers: { 'content-type': 'application/x-amz-json-1.1' },
    });
  wire.answer = firstCalls({ DescribeFeatureGroup: [throttle(), LOST, untyped(), untyped(), throttle(), LOST] });
  expect(await run(['bulk-put', 'target', 'people.jsonl'])).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('3 written'),
  });
  expect(wire.count('DescribeFeatureGroup')).toBe(7);
});

test('a clock that is an hour wrong, and set right while the run goes on, is no end of it', async () => {
  const { create, run, wire, dir } = await openClearStore();
  await create('target');
  await writeFile(join(dir, 'people.jsonl'), `${JSON.stringify(people(1)[0])}\n`);
  const told = (milliseconds: number) => {
    const refused = refusal(
      403,
      'InvalidSignatureException',
      'Signature expired: 20260101T000000Z is now earlier than …',
    );
    refused.headers.set('date', new Date(Date.now() + milliseconds).toUTCString());
    return refused;
  };
  const troubles = ['DescribeFeatureGroup', 'BatchWriteRecord'].map((name) => [name, [told(3_600_000), told(0)]]);
  wire.answer = firstCalls(Object.fromEntries(troubles) as Record<string, Response[]>);
  const { code, stderr } = await run(['bulk-put', 'target', 'people.jsonl']);
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('1 written, 0 failed') });
  expect([wire.count('DescribeFeatureGroup'), wire.count('BatchWriteRecord')]).toEqual([3, 3]);
});

test('migrate outlasts throttled starts and lost looks, and asks for the workgroup once', async () => {
  const { create, put, run, wire, listed, objectsUnder } = await openClearStore();
  await create('source');
  await create('target');
  await put('source', ...people(300));
  const first = firstCalls({
    GetWorkGroup: [throttle('TooManyRequestsException'), LOST],
    StartQueryExecution: several(4, () => throttle('TooManyRequestsException')),
    GetQueryExecution: [LOST, throttle(), LOST, LOST],
    // The result breaks off within a range, and goes on at that byte.
    'S3 GET': [20, slowDown(), 30, LOST],
  });
  wire.answer = (request) => (request.target.includes('list-type=2') ? undefined : first(request));
  const { code, stderr } = await run(['migrate', 'source', 'target', '-v']);
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('300 migrated') });
  expect(await listed('target')).toHaveLength(300);
  expect(wire.count('GetWorkGroup')).toBe(3);
  expect(wire.count('StopQueryExecution')).toBe(0);
  expect(stderr).toMatch(/^results +s3:\/\/features\/sagemaker-fs\/athena\/, removed afterwards$/m);
  expect(objectsUnder('sagemaker-fs/')).toEqual([]);
  const ranges = wire.requests.filter(({ operation }) => operation === 'S3 GET').map(({ headers }) => headers);
  expect(ranges.slice(0, 5).map(({ range }) => range?.split('-')[0])).toContain('bytes=20');
  expect(ranges.filter((headers) => headers['if-match']).length).toBeGreaterThan(1);
});

test('an object that is replaced between two ranges is an error, and no mixture', async () => {
  const { create, run, s3, wire, local } = await openClearStore();
  await create('target');
  await local.store.objects.createBucket('lake', 'us-east-1');
  const Body = people(300)
    .map((row) => JSON.stringify(row))
    .join('\n');
  const put = (text: string) => s3.send(new PutObjectCommand({ Bucket: 'lake', Key: 'in.jsonl', Body: text }));
  await put(Body);
  wire.answer = async ({ operation }) => {
    if (operation !== 'S3 GET') return undefined;
    if (wire.count(operation) === 1) return 100;
    if (wire.count(operation) === 2) await put(Body.replaceAll('person', 'nobody'));
    return undefined;
  };
  expect(await run(['bulk-put', 'target', 's3://lake/in.jsonl'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('s3://lake/in.jsonl was replaced while it was read'),
  });
});

test('clear outlasts S3 that asks to slow down, as a whole or key by key', async () => {
  const { create, put, run, wire, prefixOf, objectsUnder } = await openClearStore();
  await create('group');
  await put('group', ...people(30));
  const before = objectsUnder(prefixOf('group')).length;
  const someKeys = () =>
    new Response(
      `<DeleteResult>${objectsUnder(prefixOf('group'))
        .map(({ key }) => `<Error><Key>${key}</Key><Code>SlowDown</Code></Error>`)
        .join('')}</DeleteResult>`,
      { headers: { 'content-type': 'application/xml' } },
    );
  wire.answer = firstCalls({
    'S3 POST delete': [slowDown(), slowDown(), LOST, slowDown(), slowDown(), someKeys(), slowDown()],
    'S3 GET': [slowDown(), LOST],
    'S3 GET versioning': [LOST],
  });
  expect(before).toBeGreaterThan(0);
  const { code, stderr } = await run(['clear', 'group', '--force']);
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('nothing is left under') });
  expect(objectsUnder(prefixOf('group'))).toEqual([]);
});

test('patience that is spent is exit 5, and says which call', async () => {
  const { create, run, wire } = await openClearStore();
  await create('target');
  wire.answer = ({ operation }) => (operation === 'DescribeFeatureGroup' ? throttle() : undefined);
  const { code, stderr } = await run(['bulk-put', 'target', '-', '--retry-for', '1s'], { stdin: 'id,at\na,b\n' });
  expect({ code, stderr }).toMatchObject({
    code: 5,
    stderr: expect.stringMatching(
      /Gave up after 1 s in which DescribeFeatureGroup did not succeed \(ThrottlingException: /,
    ),
  });
});

test('an output whose answer was lost is not taken for somebody else’s', async () => {
  const { create, put, run, wire, local } = await openClearStore();
  await create('source');
  await put('source', ...people(2));
  await local.store.objects.createBucket('lake', 'us-east-1');
  let lost = false;
  wire.answer = ({ operation, target }) => {
    if (operation !== 'S3 PUT' || lost || !target.includes('out.csv')) return undefined;
    lost = true;
    return LOST;
  };
  const { code, stderr } = await run(['bulk-get', 'source', '-', '-o', 's3://lake/out.csv'], { stdin: 'p0\np1\n' });
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('2 read') });
  expect(wire.count('S3 PUT')).toBe(2);
});
