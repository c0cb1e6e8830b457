/** Listing and reading of the one S3 room, on the embedded store. */
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Local } from '../../src/local/index.js';
import { deleteObjects } from '../../src/s3/delete.js';
import { listObjects, objectsAt, type StoredObject } from '../../src/s3/list.js';
import { s3Bytes, s3Slices, type S3ReadOptions } from '../../src/s3/ranges.js';
import { openThrowAway } from '../support/doors.js';

let local: Local;
let s3: S3Client;

beforeAll(async () => {
  local = await openThrowAway();
  await local.store.objects.createBucket('lake', 'us-east-1');
  s3 = newClient();
});
afterAll(() => local.close());

const newClient = () =>
  new S3Client({
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    endpoint: 'http://127.0.0.1',
    requestHandler: local.requestHandler,
    forcePathStyle: true,
  });

async function all(uri: string, options: S3ReadOptions = {}): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of s3Bytes(s3, uri, options)) pieces.push(options.reuse ? Buffer.from(piece) : piece);
  return Buffer.concat(pieces);
}

test('an object of several ranges arrives byte for byte, and any part of it', async () => {
  const bytes = Buffer.alloc(9 * 1024 * 1024 + 7);
  for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(at, Math.min(at, bytes.length - 4));
  await local.store.objects.put('lake', 'big', bytes);
  expect((await all('s3://lake/big')).equals(bytes)).toBe(true);
  expect((await all('s3://lake/big', { reuse: true })).equals(bytes)).toBe(true);
  const [object] = await objectsAt(s3, 's3://lake/big');
  const slices = await s3Slices(s3, object!);
  expect(Buffer.from(await slices.slice(5_000_000, 5_000_100)).equals(bytes.subarray(5_000_000, 5_000_100))).toBe(true);
  await local.store.objects.put('lake', 'big', Buffer.alloc(10));
  await expect(slices.slice(0, 5)).rejects.toThrow('s3://lake/big was replaced while it was read');
});

test('a part of an object whose size is not told is not taken for the whole', async () => {
  await local.store.objects.put('lake', 'big', Buffer.alloc(5 * 1024 * 1024));
  const untold = newClient();
  const bodies: Readable[] = [];
  untold.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { headers } = result.response as { headers: Record<string, string> };
      headers['content-range'] = headers['content-range']!.replace(/\d+$/, '*');
      bodies.push((result.response as { body: Readable }).body);
      return result;
    },
    { step: 'deserialize', priority: 'low' },
  );
  await expect(s3Bytes(untold, 's3://lake/big', {}).next()).rejects.toThrow('an object of unknown size');
  // What is not read must not keep its connection, nor the store its file.
  expect(bodies.map(({ destroyed }) => destroyed)).not.toContain(false);
  expect(bodies.length).toBeGreaterThan(0);
});

test('an empty object has no bytes, and one that is not there is named', async () => {
  await local.store.objects.put('lake', 'empty', Buffer.alloc(0));
  expect(await all('s3://lake/empty')).toHaveLength(0);
  await expect(all('s3://lake/nothing')).rejects.toThrow('There is no object s3://lake/nothing.');
});

/** Spaces, plus signs, percent signs, quotes, what XML cannot hold, and what lies beyond the BMP. */
const oddKey = fc
  .array(
    fc.constantFrom(
      'a',
      ' ',
      '+',
      '%',
      '%2F',
      '&',
      '<',
      '"',
      "'",
      '\u0001',
      '\n',
      '\r',
      '\t',
      'é',
      '😀',
      '=',
      '?',
      '#',
      '~',
    ),
    {
      minLength: 1,
      maxLength: 12,
    },
  )
  .map((parts) => parts.join(''));

test('keys that XML cannot hold are listed, read and deleted as they are', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(oddKey, { minLength: 1, maxLength: 8 }), async (names) => {
      const place = { bucket: 'lake', prefix: 'odd/' };
      for (const name of names) await s3.send(new PutObjectCommand({ Bucket: 'lake', Key: `odd/${name}`, Body: name }));
      const listed: StoredObject[] = [];
      for await (const page of listObjects(s3, place)) listed.push(...page);
      expect(listed.map(({ key }) => key).sort()).toEqual(names.map((name) => `odd/${name}`).sort());
      const objects = await objectsAt(s3, 's3://lake/odd/');
      for (const { uri } of objects) expect((await all(uri)).toString()).toBe(uri.slice('s3://lake/odd/'.length));
      expect(await deleteObjects(s3, { place, objects: listed, retryFor: 1 })).toEqual([]);
      expect(await objectsAt(s3, 's3://lake/odd/')).toEqual([]);
    }),
    { numRuns: 8 },
  );
});
