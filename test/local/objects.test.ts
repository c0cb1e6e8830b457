/** The objects of a store as the other rooms use them, with real lmdb and real files. */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { open } from 'lmdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openObjects } from '../../src/local/s3/objects.js';
import type { Objects } from '../../src/local/s3/objects.js';

const dir = mkdtempSync(join(tmpdir(), 'objects-'));
const env = open({ path: join(dir, 'state'), pageSize: 8192, maxDbs: 32 });
let objects: Objects;

beforeAll(async () => {
  objects = openObjects({ dir, env, now: () => 1_700_000_000_000 });
  await objects.createBucket('bkt', 'us-east-1');
});
afterAll(async () => {
  await env.close();
  rmSync(dir, { recursive: true });
});

const text = (key: string): string => readFileSync(objects.head('bkt', key)!.file, 'utf8');
const put = (key: string, body: string) => objects.put('bkt', key, Buffer.from(body));

describe('objects', () => {
  it('are plain files under their keys', async () => {
    await put('p/year=2026/x.parquet', 'bytes');
    expect(readFileSync(join(dir, 's3/bkt/p/year=2026/x.parquet'), 'utf8')).toBe('bytes');
  });

  it('may be named like folders, and like nothing at all', async () => {
    const keys = [
      'a',
      'a/b',
      'a/',
      'a//b',
      '/a',
      '../a',
      'A',
      'a\0',
      '..',
      '%',
      'é',
      'é'.normalize('NFD'),
      'x'.repeat(1024),
    ];
    for (const key of keys) await put(key, `this is ${key}`);
    for (const key of keys) expect(text(key)).toBe(`this is ${key}`);
    for (const key of keys) await objects.delete('bkt', key);
    expect(keys.map((key) => objects.head('bkt', key))).toEqual(keys.map(() => undefined));
  });

  it('are listed in the UTF-8 order of their keys, which is not the order of UTF-16', async () => {
    const keys = ['l/\u{10000}', 'l/\uffee', 'l/é', 'l/a', 'l/a\0', 'l/A', 'l/'];
    for (const key of keys) await put(key, '');
    const sorted = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect([...objects.list('bkt', 'l/')].map(({ key }) => key)).toEqual(sorted);
    expect(sorted).not.toEqual(keys.toSorted());
  });

  it('that replace one another leave one file behind', async () => {
    await Promise.all([put('r/x.csv', '1'), put('r/x.csv', '2'), put('r/x.csv', '3')]);
    expect(['1', '2', '3']).toContain(text('r/x.csv'));
    expect(readdirSync(join(dir, 's3/bkt/r'))).toHaveLength(1);
    await objects.delete('bkt', 'r/x.csv');
    expect(existsSync(join(dir, 's3/bkt/r'))).toBe(false);
  });

  it('appear in the instant of the transaction that adopts them', async () => {
    const file = objects.temp();
    writeFileSync(file, 'adopted');
    const adopted = await env.transaction(() => objects.adopt({ bucket: 'bkt', key: 'adopted.txt' }, file));
    expect(adopted).toMatchObject({ size: 7, etag: createHash('md5').update('adopted').digest('hex') });
    expect(existsSync(file)).toBe(false);
    expect(text('adopted.txt')).toBe('adopted');
  });

  it('that a killed process was writing are removed after a day', () => {
    const [old, fresh] = [objects.temp(), objects.temp()];
    for (const file of [old, fresh]) writeFileSync(file, '');
    const yesterday = Date.now() / 1000 - 90_000;
    utimesSync(old, yesterday, yesterday);
    openObjects({ dir, env, now: Date.now });
    expect([existsSync(old), existsSync(fresh)]).toEqual([false, true]);
  });

  it('need a bucket', async () => {
    await expect(objects.put('none', 'k', Buffer.of())).rejects.toMatchObject({ code: 'NoSuchBucket', status: 404 });
    await expect(objects.createBucket('..', 'us-east-1')).rejects.toMatchObject({ code: 'InvalidBucketName' });
  });
});

describe('versions', () => {
  it('come and go in any order, and each keeps its bytes', async () => {
    let bucket = 0;
    const step = fc.record({
      act: fc.constantFrom('put', 'put', 'delete', 'delete version', 'enable', 'suspend'),
      pick: fc.nat(5),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const name = `versions-${++bucket}`;
        await objects.createBucket(name, 'us-east-1');
        const model: { id: string; body?: string }[] = [];
        let status: 'Enabled' | 'Suspended' | undefined;
        for (const [turn, { act, pick }] of steps.entries()) {
          const dropNull = (): void => {
            const place = model.findIndex(({ id }) => id === 'null');
            if (status !== 'Enabled' && place >= 0) model.splice(place, 1);
          };
          if (act === 'enable' || act === 'suspend') {
            status = act === 'enable' ? 'Enabled' : 'Suspended';
            await objects.buckets.change(name, { versioning: status });
          } else if (act === 'put') {
            const { versionId } = await objects.put(name, 'k', Buffer.from(`body ${turn}`));
            dropNull();
            model.unshift({ id: versionId, body: `body ${turn}` });
          } else if (act === 'delete') {
            const [{ versionId } = { versionId: undefined }] = await objects.deleteAll(name, [{ key: 'k' }]);
            dropNull();
            if (status) model.unshift({ id: versionId! });
          } else if (model.length > 0) {
            const [gone] = model.splice(pick % model.length, 1);
            await objects.deleteAll(name, [{ key: 'k', versionId: gone!.id }]);
          }
        }
        const kept = [...objects.listVersions(name, '')].map((version) => ({
          id: version.versionId,
          ...('file' in version ? { body: readFileSync(version.file, 'utf8') } : {}),
        }));
        expect(kept).toEqual(model);
        const head = objects.head(name, 'k');
        expect(head && readFileSync(head.file, 'utf8')).toBe(model[0]?.body);
        if (head) expect(head.file).toContain(join('s3', name));
      }),
      { numRuns: 150 },
    );
  }, 60_000);
});
