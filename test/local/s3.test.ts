import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectVersionsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutBucketVersioningCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  S3Client,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { throughEveryDoor } from '../support/doors.js';

throughEveryDoor('S3', (door) => {
  let s3: S3Client;
  beforeAll(async () => {
    s3 = door.client(S3Client);
    await s3.send(new CreateBucketCommand({ Bucket: 'bkt' }));
  });

  const put = (Key: string, Body: string | Buffer = Key, more: object = {}) =>
    s3.send(new PutObjectCommand({ Bucket: 'bkt', Key, Body, ...more }));
  const text = async (Key: string, more: object = {}): Promise<string> =>
    (await s3.send(new GetObjectCommand({ Bucket: 'bkt', Key, ...more }))).Body!.transformToString();
  const keysUnder = async (Prefix: string): Promise<string[]> =>
    (await s3.send(new ListObjectsV2Command({ Bucket: 'bkt', Prefix }))).Contents?.map(({ Key }) => Key!) ?? [];

  describe('objects', () => {
    it('keep their bytes, type, metadata and headers', async () => {
      const { ETag } = await put('o/kept', 'hello', {
        ContentType: 'text/x',
        Metadata: { colour: 'blue' },
        CacheControl: 'no-store',
      });
      expect(ETag).toBe(`"${createHash('md5').update('hello').digest('hex')}"`);
      const got = await s3.send(new GetObjectCommand({ Bucket: 'bkt', Key: 'o/kept' }));
      expect(got).toMatchObject({
        ContentLength: 5,
        ContentType: 'text/x',
        Metadata: { colour: 'blue' },
        CacheControl: 'no-store',
        ETag,
      });
      expect(got.VersionId).toBeUndefined();
      expect(await got.Body!.transformToString()).toBe('hello');
      const head = await s3.send(new HeadObjectCommand({ Bucket: 'bkt', Key: 'o/kept' }));
      expect(head).toMatchObject({ ContentLength: 5, Metadata: { colour: 'blue' }, ETag });
    });

    it.each([
      'a',
      'a/b',
      'a//b',
      '/a',
      'a/',
      '../../up',
      './x',
      'o/../o',
      'sp ace+plus',
      '100%',
      'é/日本',
      'q?x=1&y#z',
      "it's(*)!",
    ])('have any key: %j', async (key) => {
      await put(`any/${key}`, `body of ${key}`);
      expect(await text(`any/${key}`)).toBe(`body of ${key}`);
      expect(await keysUnder(`any/${key}`)).toContain(`any/${key}`);
      await s3.send(new DeleteObjectsCommand({ Bucket: 'bkt', Delete: { Objects: [{ Key: `any/${key}` }] } }));
      await expect(text(`any/${key}`)).rejects.toMatchObject({ name: 'NoSuchKey' });
    });

    it('are read in ranges', async () => {
      await put('o/range', '0123456789');
      expect(await text('o/range', { Range: 'bytes=2-4' })).toBe('234');
      expect(await text('o/range', { Range: 'bytes=7-' })).toBe('789');
      expect(await text('o/range', { Range: 'bytes=-2' })).toBe('89');
      expect(await text('o/range', { Range: 'bytes=8-100' })).toBe('89');
      const part = await s3.send(new GetObjectCommand({ Bucket: 'bkt', Key: 'o/range', Range: 'bytes=0-0' }));
      expect(part).toMatchObject({
        ContentRange: 'bytes 0-0/10',
        ContentLength: 1,
        $metadata: { httpStatusCode: 206 },
      });
      await part.Body!.transformToString();
      await expect(text('o/range', { Range: 'bytes=10-' })).rejects.toMatchObject({
        name: 'InvalidRange',
        $metadata: { httpStatusCode: 416 },
      });
    });

    it('are read and written under conditions', async () => {
      const { ETag } = await put('o/if', 'one');
      expect(await text('o/if', { IfMatch: ETag })).toBe('one');
      await expect(text('o/if', { IfMatch: '"other"' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
      await expect(text('o/if', { IfNoneMatch: ETag })).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
      await expect(put('o/if', 'two', { IfNoneMatch: '*' })).rejects.toMatchObject({
        name: 'PreconditionFailed',
        $metadata: { httpStatusCode: 412 },
      });
      await expect(put('o/if', 'two', { IfMatch: '"other"' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
      await expect(put('o/none', 'two', { IfMatch: ETag })).rejects.toMatchObject({ name: 'NoSuchKey' });
      await put('o/if', 'two', { IfMatch: ETag });
      expect(await text('o/if')).toBe('two');
    });

    it('that are empty are objects too', async () => {
      await put('o/empty', '');
      expect(await text('o/empty')).toBe('');
    });

    it('of which one write wins when many are at once', async () => {
      const writes = Array.from({ length: 20 }, (_, n) => put('o/race', `${n}`, { IfNoneMatch: '*' }));
      const settled = await Promise.allSettled(writes);
      expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await text('o/race')).toBe(String(settled.findIndex(({ status }) => status === 'fulfilled')));
    });

    it('that are not there answer as S3 does', async () => {
      await expect(text('o/missing')).rejects.toMatchObject({ name: 'NoSuchKey', $metadata: { httpStatusCode: 404 } });
      const head = s3.send(new HeadObjectCommand({ Bucket: 'bkt', Key: 'o/missing' }));
      await expect(head).rejects.toMatchObject({ name: 'NotFound', $metadata: { httpStatusCode: 404 } });
      const nowhere = s3.send(new GetObjectCommand({ Bucket: 'no-bucket', Key: 'k' }));
      await expect(nowhere).rejects.toMatchObject({ name: 'NoSuchBucket', BucketName: 'no-bucket' });
      await s3.send(new DeleteObjectCommand({ Bucket: 'bkt', Key: 'o/missing' }));
    });

    it('are never changed by an operation that the store does not know', async () => {
      await put('o/acl', 'kept');
      const acl = s3.send(new PutObjectAclCommand({ Bucket: 'bkt', Key: 'o/acl', ACL: 'private' }));
      await expect(acl).rejects.toMatchObject({ name: 'NotImplemented', $metadata: { httpStatusCode: 501 } });
      expect(await text('o/acl')).toBe('kept');
    });
  });

  describe('checksums', () => {
    it.each([
      ['CRC32', 'NhCmhg=='],
      ['CRC32C', 'mnG7TA=='],
      ['CRC64NVME', 'M3eFcAZSQlc='],
      ['SHA1', 'qvTGHdzF6KLavt4PO0gs2a6pQ00='],
      ['SHA256', 'LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ='],
    ] as const)('%s is checked and answered', async (algorithm, value) => {
      const field = `Checksum${algorithm}`;
      await put(`c/${algorithm}`, 'hello', { [field]: value });
      const call = new GetObjectCommand({ Bucket: 'bkt', Key: `c/${algorithm}`, ChecksumMode: 'ENABLED' });
      const got = await s3.send(call);
      expect(got).toMatchObject({ [field]: value, ChecksumType: 'FULL_OBJECT' });
      expect(await got.Body!.transformToString()).toBe('hello');
      const wrong = put(`c/${algorithm}`, 'other', { [field]: value });
      await expect(wrong).rejects.toMatchObject({ name: 'BadDigest', $metadata: { httpStatusCode: 400 } });
      expect(await text(`c/${algorithm}`)).toBe('hello');
    });

    it('of MD5 are checked', async () => {
      const wrong = put('c/md5', 'hello', { ContentMD5: createHash('md5').update('x').digest('base64') });
      await expect(wrong).rejects.toMatchObject({ name: 'BadDigest' });
      await expect(put('c/md5', 'hello', { ContentMD5: 'x' })).rejects.toMatchObject({ name: 'InvalidDigest' });
    });
  });

  describe('listings', () => {
    const names = ['l/a', 'l/a\u00e9', 'l/b/1', 'l/b/2', 'l/b!', 'l/c/1', 'l/\uffee', 'l/\u{10000}'];
    beforeAll(() => Promise.all(names.map((name) => put(name))));
    const sorted = names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

    it('page through keys in UTF-8 order', async () => {
      const seen: string[] = [];
      for await (const page of paginateListObjectsV2({ client: s3, pageSize: 3 }, { Bucket: 'bkt', Prefix: 'l/' })) {
        expect(page.KeyCount).toBeLessThanOrEqual(3);
        seen.push(...page.Contents!.map(({ Key }) => Key!));
      }
      expect(seen).toEqual(sorted);
    });

    it('roll keys up at a delimiter, across pages', async () => {
      const seen: string[] = [];
      const input = { Bucket: 'bkt', Prefix: 'l/', Delimiter: '/' };
      for await (const page of paginateListObjectsV2({ client: s3, pageSize: 1 }, input)) {
        seen.push(
          ...(page.Contents ?? []).map(({ Key }) => Key!),
          ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix!),
        );
      }
      const rolled = [...new Set(sorted.map((key) => key.replace(/^(l\/.\/).*/, '$1')))];
      expect(seen).toEqual(rolled);
    });

    it('of the first version page by markers', async () => {
      const first = await s3.send(new ListObjectsCommand({ Bucket: 'bkt', Prefix: 'l/', Delimiter: '/', MaxKeys: 4 }));
      expect(first).toMatchObject({ IsTruncated: true, NextMarker: 'l/b/' });
      const call = new ListObjectsCommand({ Bucket: 'bkt', Prefix: 'l/', Delimiter: '/', Marker: first.NextMarker });
      const rest = await s3.send(call);
      expect(rest.CommonPrefixes).toEqual([{ Prefix: 'l/c/' }]);
      expect(rest.Contents?.map(({ Key }) => Key)).toEqual(['l/\uffee', 'l/\u{10000}']);
    });

    it('start after a key, and encode keys when asked', async () => {
      await put('enc/\u0001 +/ü');
      const call = new ListObjectsV2Command({ Bucket: 'bkt', Prefix: 'enc/', EncodingType: 'url' });
      expect((await s3.send(call)).Contents![0]!.Key).toBe('enc/%01%20%2B/%C3%BC');
      const after = await s3.send(new ListObjectsV2Command({ Bucket: 'bkt', Prefix: 'l/', StartAfter: 'l/c/1' }));
      expect(after.Contents?.map(({ Key }) => Key)).toEqual(['l/\uffee', 'l/\u{10000}']);
    });

    it('of nothing have no contents, and of no bucket fail', async () => {
      const none = await s3.send(new ListObjectsV2Command({ Bucket: 'bkt', Prefix: 'nothing/' }));
      expect(none).toMatchObject({ KeyCount: 0, IsTruncated: false });
      expect(none.Contents).toBeUndefined();
      const nowhere = s3.send(new ListObjectsV2Command({ Bucket: 'no-bucket' }));
      await expect(nowhere).rejects.toMatchObject({ name: 'NoSuchBucket' });
      const token = s3.send(new ListObjectsV2Command({ Bucket: 'bkt', ContinuationToken: '???' }));
      await expect(token).rejects.toMatchObject({ name: 'InvalidArgument' });
    });
  });

  describe('deletions', () => {
    const remove = (Objects: { Key: string; VersionId?: string }[], Quiet?: boolean) =>
      s3.send(new DeleteObjectsCommand({ Bucket: 'bkt', Delete: { Objects, Quiet } }));

    it('take a thousand keys and no more, there or not', async () => {
      await put('d/1');
      const thousand = Array.from({ length: 1000 }, (_, n) => ({ Key: `d/${n}` }));
      expect((await remove(thousand)).Deleted).toHaveLength(1000);
      expect(await keysUnder('d/')).toEqual([]);
      await expect(remove([...thousand, { Key: 'x' }])).rejects.toMatchObject({ name: 'MalformedXML' });
    });

    it('name a key of control characters, entities and spaces', async () => {
      const key = 'd/ <&>"\' \u0001\r\n&amp; ';
      await put(key);
      expect(await remove([{ Key: key }])).toMatchObject({ Deleted: [{ Key: key }] });
      expect(await keysUnder('d/')).toEqual([]);
    });

    it('say only what failed when quiet', async () => {
      await put('d/fails');
      await put('d/goes');
      door.local.store.objects.failKeys.set('bkt/d/fails', 'InternalError');
      const answer = await remove([{ Key: 'd/fails' }, { Key: 'd/goes' }], true);
      door.local.store.objects.failKeys.clear();
      expect(answer.Deleted).toBeUndefined();
      expect(answer.Errors).toMatchObject([{ Key: 'd/fails', Code: 'InternalError' }]);
      expect(await keysUnder('d/')).toEqual(['d/fails']);
    });

    it('are denied key by key', async () => {
      await put('d/denied');
      door.local.faults.deny.push('s3:DeleteObject');
      const answer = await remove([{ Key: 'd/denied' }]);
      const single = s3.send(new DeleteObjectCommand({ Bucket: 'bkt', Key: 'd/denied' }));
      await expect(single).rejects.toMatchObject({ name: 'AccessDenied', $metadata: { httpStatusCode: 403 } });
      door.local.faults.deny.length = 0;
      expect(answer.Errors).toMatchObject([{ Key: 'd/denied', Code: 'AccessDenied' }]);
      expect(await text('d/denied')).toBe('d/denied');
    });
  });

  describe('copies', () => {
    const copy = (CopySource: string, Key: string, more: object = {}) =>
      s3.send(new CopyObjectCommand({ Bucket: 'bkt', CopySource, Key, ...more }));

    it('keep the metadata, or replace it', async () => {
      const source = await put('cp/from ü', 'bytes', { Metadata: { a: '1' }, ContentType: 'text/x' });
      const kept = await copy(`bkt/${encodeURIComponent('cp/from ü')}`, 'cp/kept');
      expect(kept.CopyObjectResult).toMatchObject({ ETag: source.ETag });
      await copy(`/bkt/${encodeURI('cp/from ü')}`, 'cp/new', { MetadataDirective: 'REPLACE', Metadata: { b: '2' } });
      const head = (Key: string) => s3.send(new HeadObjectCommand({ Bucket: 'bkt', Key }));
      expect(await head('cp/kept')).toMatchObject({ Metadata: { a: '1' }, ContentType: 'text/x' });
      expect((await head('cp/new')).Metadata).toEqual({ b: '2' });
      expect(await text('cp/new')).toBe('bytes');
    });

    it('are made under conditions', async () => {
      const { ETag } = await put('cp/source', 'x');
      const changed = copy('bkt/cp/source', 'cp/if', { CopySourceIfMatch: '"other"' });
      await expect(changed).rejects.toMatchObject({ name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } });
      await copy('bkt/cp/source', 'cp/if', { CopySourceIfMatch: ETag, IfNoneMatch: '*' });
      const again = copy('bkt/cp/source', 'cp/if', { IfNoneMatch: '*' });
      await expect(again).rejects.toMatchObject({ name: 'PreconditionFailed' });
    });

    it('are refused of what is missing, too large, or the same', async () => {
      await put('cp/large', '12345');
      await expect(copy('bkt/cp/none', 'cp/x')).rejects.toMatchObject({ name: 'NoSuchKey' });
      await expect(copy('bkt/cp/large', 'cp/large')).rejects.toMatchObject({ name: 'InvalidRequest' });
      await expect(copy('nonsense', 'cp/x')).rejects.toMatchObject({ name: 'InvalidArgument' });
      const { limits } = door.local.store.objects;
      const usual = limits.copyBytes;
      limits.copyBytes = 4;
      await expect(copy('bkt/cp/large', 'cp/x')).rejects.toMatchObject({ name: 'InvalidRequest' });
      limits.copyBytes = usual;
    });

    it('may fail inside a 200', async () => {
      await put('cp/ok', 'x');
      door.local.store.objects.failKeys.set('bkt/cp/fails', 'InternalError');
      await expect(copy('bkt/cp/ok', 'cp/fails')).rejects.toMatchObject({ name: 'InternalError' });
      door.local.store.objects.failKeys.clear();
      expect(await keysUnder('cp/fails')).toEqual([]);
    });
  });

  describe('versions', () => {
    const Bucket = 'versioned';
    beforeAll(async () => {
      await s3.send(new CreateBucketCommand({ Bucket }));
      expect((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBeUndefined();
      const VersioningConfiguration = { Status: 'Enabled' } as const;
      await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
      expect((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe('Enabled');
    });
    const write = (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body }));
    const read = async (Key: string, VersionId?: string) =>
      (await s3.send(new GetObjectCommand({ Bucket, Key, VersionId }))).Body!.transformToString();
    const remove = (Key: string, VersionId?: string) => s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));

    it('stay readable under a delete marker, which can be deleted', async () => {
      const one = await write('k', 'one');
      const two = await write('k', 'two');
      const marker = await remove('k');
      expect(marker).toMatchObject({ DeleteMarker: true, VersionId: expect.any(String) as string });
      await expect(read('k')).rejects.toMatchObject({ name: 'NoSuchKey' });
      expect(await read('k', one.VersionId)).toBe('one');
      await expect(read('k', marker.VersionId)).rejects.toMatchObject({ name: 'MethodNotAllowed' });
      await expect(read('k', 'nonsense')).rejects.toMatchObject({ name: 'NoSuchVersion' });
      expect(await remove('k', marker.VersionId)).toMatchObject({ DeleteMarker: true });
      expect(await read('k')).toBe('two');
      await remove('k', two.VersionId);
      expect(await read('k')).toBe('one');
    });

    it('are listed with both markers, a page at a time, also while they are deleted', async () => {
      for (const key of ['v/a', 'v/b']) for (const body of ['1', '2', '3']) await write(key, body);
      await remove('v/a');
      const pages = async (act: (Key: string, VersionId: string) => Promise<unknown>): Promise<string[]> => {
        const seen: string[] = [];
        for (let KeyMarker: string | undefined, VersionIdMarker: string | undefined; ;) {
          const call = { Bucket, Prefix: 'v/', MaxKeys: 2, KeyMarker, VersionIdMarker };
          const page = await s3.send(new ListObjectVersionsCommand(call));
          for (const { Key, VersionId, IsLatest } of [...(page.DeleteMarkers ?? []), ...(page.Versions ?? [])]) {
            seen.push(`${Key}${IsLatest ? '!' : ''}`);
            await act(Key!, VersionId!);
          }
          if (!page.IsTruncated) return seen;
          [KeyMarker, VersionIdMarker] = [page.NextKeyMarker, page.NextVersionIdMarker];
        }
      };
      expect(await pages(() => Promise.resolve())).toEqual(['v/a!', 'v/a', 'v/a', 'v/a', 'v/b!', 'v/b', 'v/b']);
      expect((await pages(remove)).length).toBeGreaterThanOrEqual(7);
      expect(await pages(() => Promise.resolve())).toEqual([]);
    });
  });

  describe('buckets', () => {
    it('are made once, found, and deleted when empty', async () => {
      const Bucket = 'to-delete';
      const west = door.client(S3Client, { region: 'eu-west-1' });
      const CreateBucketConfiguration = { LocationConstraint: 'eu-west-1' } as const;
      await west.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
      const again = west.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
      await expect(again).rejects.toMatchObject({
        name: 'BucketAlreadyOwnedByYou',
        $metadata: { httpStatusCode: 409 },
      });
      expect((await s3.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint).toBe('eu-west-1');
      expect((await s3.send(new HeadBucketCommand({ Bucket }))).BucketRegion).toBe('eu-west-1');
      expect((await s3.send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name)).toContain(Bucket);
      await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '' }));
      const full = s3.send(new DeleteBucketCommand({ Bucket }));
      await expect(full).rejects.toMatchObject({ name: 'BucketNotEmpty', $metadata: { httpStatusCode: 409 } });
      await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
      await s3.send(new DeleteBucketCommand({ Bucket }));
      await expect(s3.send(new HeadBucketCommand({ Bucket }))).rejects.toMatchObject({ name: 'NotFound' });
    });

    it('have names by rules', async () => {
      const bad = s3.send(new CreateBucketCommand({ Bucket: 'Upper_Case' }));
      await expect(bad).rejects.toMatchObject({ name: 'InvalidBucketName' });
    });
  });
});
