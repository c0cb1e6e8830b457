/** A kill at any moment: every acknowledged row reaches the offline store, and reaches it once. */
import { AthenaClient } from '@aws-sdk/client-athena';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { build } from 'esbuild';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openLocal } from '../../src/local/index.js';
import { createGroup } from '../support/groups.js';
import { ask } from '../support/queries.js';

const ROUNDS = 4;
/** Acknowledged in a round, and some of it flushed; the kill then comes somewhere in the middle of the next flushes. */
const RECORDS = 50;
const KILLED_WITHIN_MS = 300;

let dir: string;
let folder: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sagemaker-fs-'));
  // Below node_modules, so that the bundle finds the packages that it leaves out.
  const cache = join(import.meta.dirname, '../../node_modules/.cache');
  await mkdir(cache, { recursive: true });
  folder = await mkdtemp(join(cache, 'writer-'));
  await build({
    entryPoints: [join(import.meta.dirname, '../support/writer.ts')],
    outfile: join(folder, 'writer.mjs'),
    ...{ bundle: true, format: 'esm', platform: 'node', mainFields: ['module', 'main'], logLevel: 'error' },
    external: ['lmdb', '@duckdb/node-api'],
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  });
});
afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
});

const open = async () => {
  const local = await openLocal({ dir });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const options = { region: 'us-east-1', credentials, requestHandler: local.requestHandler };
  return { local, sagemaker: new SageMakerClient(options), athena: new AthenaClient(options) };
};

/** Runs the writer and kills it; returns the identifiers that it saw acknowledged. */
async function writeAndKill(prefix: string): Promise<string[]> {
  const writer = spawn(process.execPath, [join(folder, 'writer.mjs'), dir, prefix], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const gone = once(writer, 'close');
  const flushed = (await parquetFiles()).length;
  let [text, isDue] = ['', false];
  for await (const bytes of writer.stdout as AsyncIterable<Buffer>) {
    text += bytes.toString();
    if (isDue || text.split('\n').length <= RECORDS || (await parquetFiles()).length === flushed) continue;
    isDue = true;
    setTimeout(() => writer.kill('SIGKILL'), Math.random() * KILLED_WITHIN_MS);
  }
  expect(await gone).toEqual([null, 'SIGKILL']);
  return text.split('\n').slice(0, -1);
}

/** What lies on the disk, whether the store knows of it or not. */
const parquetFiles = async () => {
  const bucket = join(dir, 's3', 'features');
  const files = existsSync(bucket) ? await readdir(bucket, { recursive: true }) : [];
  return files.filter((file) => file.endsWith('.parquet'));
};

test.each(['Glue', 'Iceberg'] as const)(
  'with a %s table',
  async (TableFormat) => {
    const first = await open();
    await createGroup(first.sagemaker, 'items', {
      OfflineStoreConfig: {
        S3StorageConfig: { S3Uri: 's3://features' },
        TableFormat,
        DataCatalogConfig: { Catalog: 'AwsDataCatalog', Database: 'shop', TableName: 'items' },
      },
    });
    await first.local.close();

    const acknowledged: string[] = [];
    for (let round = 0; round < ROUNDS; round++) acknowledged.push(...(await writeAndKill(`r${round}`)));
    expect(acknowledged.length).toBeGreaterThanOrEqual(ROUNDS * RECORDS);

    const { local, athena } = await open();
    const [, ...rows] = await ask(athena, 'SELECT id, count(*) FROM shop.items GROUP BY id HAVING count(*) > 1');
    expect(rows).toEqual([]);
    const [, [landed]] = (await ask(athena, "SELECT array_join(array_agg(id), ' ') FROM shop.items")) as [[], [string]];
    const present = new Set(landed.split(' '));
    expect(acknowledged.filter((id) => !present.has(id))).toEqual([]);
    const objects = [...local.store.objects.list('features', '')].filter(({ key }) => key.endsWith('.parquet'));
    expect(await parquetFiles()).toHaveLength(objects.length);
    await local.close();
    await rm(dir, { recursive: true, force: true });
    await mkdir(dir);
  },
  60_000,
);
