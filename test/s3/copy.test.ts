/** Server-side copies on the embedded S3, its limits lowered so that a small object needs parts. */
import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyObject, headCopy, verifyCopy, type Copy } from '../../src/s3/copy.js';
import type { Local } from '../../src/local/index.js';
import { openThrowAway } from '../support/doors.js';

let local: Local;
let s3: S3Client;
const SIZE = 2_500;

beforeAll(async () => {
  local = await openThrowAway();
  Object.assign(local.store.objects.limits, { copyBytes: 1_000, minPartBytes: 100 });
  await local.store.objects.createBucket('source', 'us-east-1');
  await local.store.objects.createBucket('target', 'us-east-1');
  const { requestHandler } = local;
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  s3 = new S3Client({
    region: 'us-east-1',
    credentials,
    endpoint: 'http://127.0.0.1',
    requestHandler,
    forcePathStyle: true,
  });
});
afterAll(() => local.close());

async function copyOf(key: string, size: number): Promise<Copy> {
  const bytes = Buffer.from(Array.from({ length: size }, (_, at) => at % 251));
  const { etag } = await local.store.objects.put('source', key, bytes);
  return {
    source: { bucket: 'source', object: { key, size, etag: `"${etag}"` } },
    target: { bucket: 'target', key: `copies/${key}` },
  };
}

const LIMITS = { copyBytes: 1_000, partBytes: 700 };

test.each([
  ['in one call', 1_000],
  ['in parts', SIZE],
])('an object arrives whole, %s', async (_how, size) => {
  const copy = await copyOf(`odd key+é ?&%${size}.parquet`, size);
  await copyObject(s3, copy, LIMITS);
  const copied = await headCopy(s3, copy);
  expect(copied).toMatchObject({ size });
  expect(copied.etag?.includes('-')).toBe(size > 1_000);
  await verifyCopy(s3, copy, copied);
});

test('above the limit, a single call would be refused', async () => {
  await expect(copyObject(s3, await copyOf('big', SIZE), {})).rejects.toThrow(/larger than the maximum/);
});

test('a source that has been replaced is not copied', async () => {
  const copy = await copyOf('replaced', 10);
  await local.store.objects.put('source', 'replaced', Buffer.from('something else'));
  await expect(copyObject(s3, copy, LIMITS)).rejects.toThrow('s3://source/replaced was replaced while it was copied.');
});

test('a copy in parts with another byte in it is found', async () => {
  const copy = await copyOf('corrupted', SIZE);
  await copyObject(s3, copy, LIMITS);
  await local.store.objects.put('target', copy.target.key, Buffer.alloc(SIZE));
  await expect(verifyCopy(s3, copy, await headCopy(s3, copy))).rejects.toThrow(
    'does not hold what s3://source/corrupted holds',
  );
});

test('no upload is left behind by a copy that fails', async () => {
  const copy = await copyOf('failing', SIZE);
  local.store.objects.failKeys.set(`target/${copy.target.key}`, 'AccessDenied');
  await expect(copyObject(s3, copy, LIMITS)).rejects.toThrow();
  expect(local.store.objects.uploads.list('target', '')).toEqual([]);
});
