/** Multipart uploads, streamed bodies, and what else arrives in pieces. */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import type { CompletedPart } from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Local } from '../../src/local/index.js';
import { decodeAwsChunked } from '../../src/local/s3/request/aws-chunked.js';
import { openThrowAway, throughEveryDoor } from '../support/doors.js';

const Bucket = 'bkt';
const hex = (bytes: string | Buffer): string => createHash('md5').update(bytes).digest('hex');

throughEveryDoor('S3 uploads', (door) => {
  let s3: S3Client;
  beforeAll(async () => {
    s3 = door.client(S3Client);
    await s3.send(new CreateBucketCommand({ Bucket }));
    door.local.store.objects.limits.minPartBytes = 5;
  });
  const begin = async (Key: string, more: object = {}): Promise<string> =>
    (await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }))).UploadId!;
  const part = async (Key: string, UploadId: string, [PartNumber, Body]: [number, string]): Promise<CompletedPart> => {
    const sent = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
    return { PartNumber, ETag: sent.ETag, ChecksumCRC32: sent.ChecksumCRC32 };
  };
  const complete = (Key: string, UploadId: string, Parts: CompletedPart[]) =>
    s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
  const text = async (Key: string): Promise<string> =>
    (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body!.transformToString();

  describe('in parts', () => {
    it('become one object, with the etag of its parts and the metadata of the beginning', async () => {
      const id = await begin('m/whole', { Metadata: { a: '1' }, ContentType: 'text/x' });
      const parts = [await part('m/whole', id, [1, 'replaced']), await part('m/whole', id, [7, 'second'])];
      parts[0] = await part('m/whole', id, [1, 'first ']);
      const listed = await s3.send(new ListPartsCommand({ Bucket, Key: 'm/whole', UploadId: id, MaxParts: 1 }));
      expect(listed).toMatchObject({
        IsTruncated: true,
        NextPartNumberMarker: '1',
        Parts: [{ PartNumber: 1, Size: 6 }],
      });
      await expect(text('m/whole')).rejects.toMatchObject({ name: 'NoSuchKey' });

      const etag = `"${createHash('md5').update(hex('first '), 'hex').update(hex('second'), 'hex').digest('hex')}-2"`;
      expect(await complete('m/whole', id, parts)).toMatchObject({ Bucket, Key: 'm/whole', ETag: etag });
      expect(await text('m/whole')).toBe('first second');
      const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'm/whole' }));
      expect(head).toMatchObject({ ETag: etag, Metadata: { a: '1' }, ContentType: 'text/x' });
      await expect(complete('m/whole', id, parts)).rejects.toMatchObject({ name: 'NoSuchUpload' });
      expect(existsSync(join(door.local.store.dir, 's3-uploads', id))).toBe(false);
    });

    it('are refused when they are out of order, unknown, too small or none', async () => {
      const id = await begin('m/bad');
      const [one, two] = [await part('m/bad', id, [1, 'tiny']), await part('m/bad', id, [2, 'large enough'])];
      const refused = (parts: CompletedPart[], name: string) =>
        expect(complete('m/bad', id, parts)).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 400 } });
      await refused([two, one], 'InvalidPartOrder');
      await refused([one, two], 'EntityTooSmall');
      await refused([{ ...two, ETag: '"x"' }], 'InvalidPart');
      await refused([two, { PartNumber: 3, ETag: one.ETag }], 'InvalidPart');
      await refused([], 'MalformedXML');
      await complete('m/bad', id, [two]);
      expect(await text('m/bad')).toBe('large enough');
    });

    it('may be given up', async () => {
      const id = await begin('m/abort');
      await part('m/abort', id, [1, 'x']);
      const uploads = await s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix: 'm/ab' }));
      expect(uploads.Uploads).toMatchObject([{ Key: 'm/abort', UploadId: id }]);
      await s3.send(new AbortMultipartUploadCommand({ Bucket, Key: 'm/abort', UploadId: id }));
      await expect(part('m/abort', id, [1, 'x'])).rejects.toMatchObject({
        name: 'NoSuchUpload',
        $metadata: { httpStatusCode: 404 },
      });
      expect((await s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix: 'm/ab' }))).Uploads).toBeUndefined();
    });

    it('are listed by key and page by both markers', async () => {
      const begun = [await begin('pages/a'), await begin('pages/a'), await begin('pages/b')];
      const seen: string[] = [];
      for (let KeyMarker: string | undefined, UploadIdMarker: string | undefined; ;) {
        const call = { Bucket, Prefix: 'pages/', MaxUploads: 1, KeyMarker, UploadIdMarker };
        const page = await s3.send(new ListMultipartUploadsCommand(call));
        seen.push(...page.Uploads!.map(({ UploadId }) => UploadId!));
        if (!page.IsTruncated) break;
        [KeyMarker, UploadIdMarker] = [page.NextKeyMarker, page.NextUploadIdMarker];
      }
      expect(seen.toSorted()).toEqual(begun.toSorted());
      expect(seen.at(-1)).toBe(begun[2]);
    });

    it('roll up at a delimiter, as objects do', async () => {
      const [id] = [await begin('rolled/a'), await begin('rolled/b/1'), await begin('rolled/b/2')];
      const call = { Bucket, Prefix: 'rolled/', Delimiter: '/' };
      const first = await s3.send(new ListMultipartUploadsCommand({ ...call, MaxUploads: 1 }));
      expect(first).toMatchObject({ IsTruncated: true, Uploads: [{ Key: 'rolled/a', UploadId: id }] });
      const markers = { KeyMarker: first.NextKeyMarker, UploadIdMarker: first.NextUploadIdMarker };
      const rest = await s3.send(new ListMultipartUploadsCommand({ ...call, ...markers }));
      expect(rest).toMatchObject({ IsTruncated: false, CommonPrefixes: [{ Prefix: 'rolled/b/' }] });
      expect(rest.Uploads).toBeUndefined();
    });

    it('may be copied from ranges of objects', async () => {
      await s3.send(new PutObjectCommand({ Bucket, Key: 'm/source', Body: '0123456789' }));
      const id = await begin('m/copied');
      const copy = async (PartNumber: number, CopySourceRange?: string): Promise<CompletedPart> => {
        const CopySource = `${Bucket}/m/source`;
        const call = { Bucket, Key: 'm/copied', UploadId: id, PartNumber, CopySource, CopySourceRange };
        return { PartNumber, ETag: (await s3.send(new UploadPartCopyCommand(call))).CopyPartResult!.ETag };
      };
      const parts = [await copy(1, 'bytes=5-9'), await copy(2)];
      await expect(copy(3, 'bytes=5-10')).rejects.toMatchObject({ name: 'InvalidArgument' });
      await complete('m/copied', id, parts);
      expect(await text('m/copied')).toBe('567890123456789');
    });

    it('carry a checksum of checksums, or of the whole', async () => {
      const base64 = (crc: number): string => Buffer.from(crc.toString(16).padStart(8, '0'), 'hex').toString('base64');
      for (const [ChecksumType, value] of [
        ['COMPOSITE', /-2$/],
        ['FULL_OBJECT', base64(crc32('first second'))],
      ] as const) {
        const Key = `m/${ChecksumType}`;
        const id = await begin(Key, { ChecksumAlgorithm: 'CRC32', ChecksumType });
        const parts = [await part(Key, id, [1, 'first ']), await part(Key, id, [2, 'second'])];
        const wrong = [parts[0]!, { ...parts[1], ChecksumCRC32: parts[0]!.ChecksumCRC32 }];
        await expect(complete(Key, id, wrong)).rejects.toMatchObject({ name: 'InvalidPart' });
        await complete(Key, id, parts);
        const head = await s3.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
        expect(head.ChecksumType).toBe(ChecksumType);
        expect(head.ChecksumCRC32).toMatch(value);
        expect(await text(Key)).toBe('first second');
      }
    });

    it('complete once when two complete them at once, and may fail inside a 200', async () => {
      const id = await begin('m/twice');
      const parts = [await part('m/twice', id, [1, 'x'])];
      door.local.store.objects.failKeys.set('bkt/m/twice', 'InternalError');
      await expect(complete('m/twice', id, parts)).rejects.toMatchObject({ name: 'InternalError' });
      door.local.store.objects.failKeys.clear();
      const both = await Promise.allSettled([complete('m/twice', id, parts), complete('m/twice', id, parts)]);
      expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
      expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { name: 'NoSuchUpload' } });
    });
  });

  describe('of streams', () => {
    it('arrive in chunks with their checksum after them', async () => {
      const bytes = Buffer.alloc(3_000_000, 'stream');
      const chunks = Array.from({ length: 30 }, (_, n) => bytes.subarray(n * 100_000, (n + 1) * 100_000));
      const Body = Readable.from(chunks);
      await s3.send(
        new PutObjectCommand({
          Bucket,
          Key: 's/stream',
          Body,
          ContentLength: bytes.length,
          ChecksumAlgorithm: 'SHA256',
        }),
      );
      const got = await s3.send(new GetObjectCommand({ Bucket, Key: 's/stream', ChecksumMode: 'ENABLED' }));
      expect(got.ContentEncoding).toBeUndefined();
      expect(got).toMatchObject({ ChecksumSHA256: createHash('sha256').update(bytes).digest('base64') });
      expect(hex(Buffer.from(await got.Body!.transformToByteArray()))).toBe(hex(bytes));
    });

    it('leave memory flat in both directions', async () => {
      const size = 128 << 20;
      const block = Buffer.alloc(1 << 20, 'x');
      // Other tests of this process may have left some.
      const before = process.memoryUsage().arrayBuffers;
      let peak = 0;
      const watch = (): void => void (peak = Math.max(peak, process.memoryUsage().arrayBuffers - before));
      async function* blocks() {
        for (let sent = 0; sent < size; sent += block.length) {
          watch();
          await new Promise(setImmediate);
          yield block;
        }
      }
      const Body = Readable.from(blocks());
      await s3.send(new PutObjectCommand({ Bucket, Key: 's/large', Body, ContentLength: size }));
      const got = await s3.send(new GetObjectCommand({ Bucket, Key: 's/large', ChecksumMode: undefined }));
      let read = 0;
      for await (const chunk of got.Body as Readable) {
        read += (chunk as Buffer).length;
        watch();
      }
      expect(read).toBe(size);
      expect(peak).toBeLessThan(100 << 20);
    }, 60_000);

    it('that are refused leave nothing behind', async () => {
      const wrong = new PutObjectCommand({ Bucket, Key: 's/wrong', Body: 'x', ChecksumCRC32: 'AAAAAA==' });
      await expect(s3.send(wrong)).rejects.toMatchObject({ name: 'BadDigest' });
      const denied = new PutObjectCommand({ Bucket: 'no-bucket', Key: 'k', Body: 'x' });
      await expect(s3.send(denied)).rejects.toMatchObject({ name: 'NoSuchBucket' });
      expect(readdirSync(join(door.local.store.dir, 's3-temp'))).toEqual([]);
    });
  });
});

describe('S3 on the wire', () => {
  let local: Local;
  beforeAll(async () => {
    local = await openThrowAway();
    await local.store.objects.createBucket(Bucket, 'us-east-1');
  });
  afterAll(() => local.close());
  const put = (path: string, body: string, headers: Record<string, string>) =>
    local.fetch(
      new Request(`http://s3.localhost${path}`, { method: 'PUT', body, headers: { authorization: AUTH, ...headers } }),
    );
  const AUTH = 'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0';
  const bytes = (key: string) => local.store.objects.head(Bucket, key);
  const SIGNED = { 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' };
  const codeOf = async (response: Response) => /<Code>(.*)<\/Code>/.exec(await response.text())?.[1];

  it('reads signed chunks', async () => {
    const body = `5;chunk-signature=${'0'.repeat(64)}\r\nhello\r\n0;chunk-signature=${'0'.repeat(64)}\r\n\r\n`;
    const response = await put('/bkt/w/signed', body, { ...SIGNED, 'x-amz-decoded-content-length': '5' });
    expect(response.status).toBe(200);
    expect(bytes('w/signed')).toMatchObject({ size: 5, etag: hex('hello') });
  });

  it('reads chunks however they are cut on their way', async () => {
    const wire = Buffer.from('5;chunk-signature=0\r\nhello\r\n3\r\n\r\n!\r\n0\r\nX-Amz-A: b:c \r\nx-amz-d:e\r\n\r\n');
    for (let size = 1; size <= wire.length; size++) {
      const pieces = Array.from({ length: Math.ceil(wire.length / size) }, (_, n) =>
        wire.subarray(n * size, (n + 1) * size),
      );
      const trailers = new Map<string, string>();
      const bytes: Uint8Array[] = [];
      for await (const piece of decodeAwsChunked(Readable.from(pieces), trailers)) bytes.push(piece);
      expect(Buffer.concat(bytes).toString()).toBe('hello\r\n!');
      expect([...trailers]).toEqual([
        ['x-amz-a', 'b:c'],
        ['x-amz-d', 'e'],
      ]);
    }
  });

  it('refuses chunks that are cut off, misframed, or not what the trailer says', async () => {
    expect(await codeOf(await put('/bkt/w/cut', '5\r\nhel', SIGNED))).toBe('IncompleteBody');
    expect(await codeOf(await put('/bkt/w/cut', '5\r\nhello!\r\n0\r\n\r\n', SIGNED))).toBe('InvalidChunkSizeError');
    expect(await codeOf(await put('/bkt/w/cut', 'what?\r\n', SIGNED))).toBe('InvalidChunkSizeError');
    const trailer = { ...SIGNED, 'x-amz-trailer': 'x-amz-checksum-crc32' };
    const body = '5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n';
    expect(await codeOf(await put('/bkt/w/cut', body, trailer))).toBe('BadDigest');
    const sha256 = { 'x-amz-content-sha256': '0'.repeat(64) };
    expect(await codeOf(await put('/bkt/w/cut', 'hello', sha256))).toBe('XAmzContentSHA256Mismatch');
    expect(bytes('w/cut')).toBeUndefined();
  });

  it('takes the bucket from the host', async () => {
    const virtual = new Request('http://bkt.s3.us-east-1.amazonaws.com/w/host', {
      method: 'PUT',
      body: 'x',
      headers: { authorization: AUTH },
    });
    expect((await local.fetch(virtual)).status).toBe(200);
    expect(bytes('w/host')).toMatchObject({ size: 1 });
  });

  it('answers errors as XML, and a HEAD without a body', async () => {
    const get = (method: string) =>
      local.fetch(new Request('http://s3.localhost/bkt/missing<&', { method, headers: { authorization: AUTH } }));
    const error = await get('GET');
    expect(error.headers.get('content-type')).toBe('application/xml');
    expect(await error.text()).toMatch(
      /<Error><Code>NoSuchKey<\/Code><Message>.*<Key>missing&lt;&amp;<\/Key><RequestId>/,
    );
    expect(await (await get('HEAD')).text()).toBe('');
  });

  it('keeps dot segments of a path, which no URL can hold', async () => {
    const listener = await local.listen({ port: 0 });
    const status = await new Promise((resolve, reject) => {
      const path = '/bkt/w/../../other/%2e%2e/x';
      request({ port: listener.port, path, method: 'PUT', headers: { authorization: AUTH } }, (response) =>
        resolve(response.resume().statusCode),
      )
        .on('error', reject)
        .end('x');
    });
    await listener.close();
    expect(status).toBe(200);
    expect(bytes('w/../../other/../x')).toMatchObject({ size: 1 });
  });
});
