/** Objects in a folder that several processes write to, some of them killed in the middle. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLocal } from '../../src/local/index.js';
import type { Local } from '../../src/local/index.js';
import type { ObjectVersion } from '../../src/local/s3/stored-object.js';

/** Inside node_modules, so that the bundle finds the packages that it leaves out. */
const BUNDLE = join(import.meta.dirname, `../../node_modules/.cache/object-writer-${process.pid}.mjs`);

describe('objects that several processes write', { timeout: 60_000 }, () => {
  let dir: string;
  let local: Local;

  beforeAll(async () => {
    await build({
      entryPoints: [join(import.meta.dirname, '../support/object-writer.ts')],
      outfile: BUNDLE,
      bundle: true,
      packages: 'external',
      format: 'esm',
      platform: 'node',
      target: 'node20',
    });
    dir = await mkdtemp(join(tmpdir(), 'sagemaker-fs-'));
    local = await openLocal({ dir });
    for (const bucket of ['plain', 'versioned']) await local.store.objects.createBucket(bucket, 'us-east-1');
    await local.store.objects.buckets.change('versioned', { versioning: 'Enabled' });
  });
  afterAll(async () => {
    await local.close();
    await rm(dir, { recursive: true, force: true });
    await rm(BUNDLE, { force: true });
  });

  const spawnWriter = (bucket: string, seed: number, turns?: number): ChildProcess =>
    spawn(process.execPath, ['--no-warnings', BUNDLE, dir, bucket, String(seed), String(turns ?? Infinity)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  const versions = (bucket: string): ObjectVersion[] => {
    local.store.env.resetReadTxn();
    return [...local.store.objects.listVersions(bucket, '')];
  };
  const expectWhole = (version: ObjectVersion): void => {
    if ('deleteMarker' in version) return;
    const bytes = readFileSync(version.file);
    expect(bytes.length).toBe(version.size);
    expect(createHash('md5').update(bytes).digest('hex')).toBe(version.etag);
  };

  it.each(['plain', 'versioned'])('are the old ones or the new ones after a kill: %s', async (bucket) => {
    for (let round = 0; round < 4; round++) {
      const writer = spawnWriter(bucket, round);
      const acknowledged = await killedAfter(writer, 20 + round * 13);
      for (const version of versions(bucket)) expectWhole(version);
      for (const [key, said] of acknowledged) {
        const head = local.store.objects.head(bucket, key);
        const written = head && readFileSync(head.file, 'latin1').split('\n', 1)[0]!;
        // The write after the last acknowledged one may have come through as well.
        if (said === 'deleted' && written === undefined) continue;
        expect(Number(written?.split(':')[1] ?? Infinity)).toBeGreaterThanOrEqual(
          said === 'deleted' ? 0 : Number(said),
        );
      }
    }
  });

  it('are read whole while they are replaced, and leave no files behind', async () => {
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const s3 = new S3Client({ region: 'us-east-1', credentials, requestHandler: local.requestHandler, maxAttempts: 1 });
    const writers = [spawnWriter('plain', 1, 150), spawnWriter('plain', 2, 150)];
    const ended = writers.map((writer) => once(writer.stdout!.resume(), 'close'));
    await Promise.all(writers.map((writer) => once(writer.stdout!, 'data')));
    let read = 0;
    for (let turn = 0; turn < 200; turn++) {
      try {
        const got = await s3.send(new GetObjectCommand({ Bucket: 'plain', Key: `p/${turn % 3}.txt` }));
        const bytes = await got.Body!.transformToByteArray();
        expect(`"${createHash('md5').update(bytes).digest('hex')}"`).toBe(got.ETag);
        read++;
      } catch (error) {
        expect(error).toMatchObject({ name: 'NoSuchKey' });
      }
    }
    expect(read).toBeGreaterThan(20);
    await Promise.all(ended);

    const { objects } = local.store;
    await objects.deleteAll('plain', versions('plain'));
    for (const key of ['p/0.txt', 'p/1.txt', 'p/2.txt']) await objects.put('plain', key, Buffer.from(key));
    expect(versions('plain')).toHaveLength(3);
    // A killed process may leave the file that it was about to commit; the next write of the key takes its place.
    expect(
      readdirSync(join(dir, 's3/plain/p'))
        .filter((name) => !name.includes('~'))
        .sort(),
    ).toEqual(['0.txt', '1.txt', '2.txt']);
  });
});

/** Kills a writer after so many lines; resolves with what it said last of each key. */
async function killedAfter(writer: ChildProcess, count: number): Promise<Map<string, string>> {
  let text = '';
  const closed = once(writer, 'close');
  for await (const chunk of writer.stdout!) {
    text += String(chunk);
    if (text.split('\n').length > count) writer.kill('SIGKILL');
  }
  await closed;
  return new Map(
    text
      .split('\n')
      .slice(0, -1)
      .map((line) => line.split(' ') as [string, string]),
  );
}
