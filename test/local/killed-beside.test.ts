/** A process that dies in the middle of its writes takes nobody with it: who shares the folder goes on writing. */
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { SageMakerFeatureStoreRuntimeClient } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { build } from 'esbuild';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openLocal } from '../../src/local/index.js';
import type { Local } from '../../src/local/index.js';
import { createGroup, writeAll } from '../support/groups.js';

const ROUNDS = 6;
const TIME = '2026-01-02T00:00:00Z';
/** Some pages for each record: lmdb ends a large transaction in another way than a small one. */
const MANY_PAGES = 'x'.repeat(30_000);

/** Inside node_modules, so that the bundle finds the packages that it leaves out. */
const BUNDLE = join(import.meta.dirname, `../../node_modules/.cache/killed-beside-${process.pid}.mjs`);

let dir: string;
let local: Local;
let runtime: SageMakerFeatureStoreRuntimeClient;

beforeAll(async () => {
  await build({
    ...{ entryPoints: [join(import.meta.dirname, '../support/record-writer.ts')], outfile: BUNDLE },
    ...{ bundle: true, packages: 'external', format: 'esm', platform: 'node', target: 'node20' },
  });
  dir = await mkdtemp(join(tmpdir(), 'sagemaker-fs-'));
  local = await openLocal({ dir });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const options = { region: 'us-east-1', credentials, requestHandler: local.requestHandler, maxAttempts: 1 };
  await createGroup(new SageMakerClient(options), 'shared');
  runtime = new SageMakerFeatureStoreRuntimeClient(options);
});
afterAll(async () => {
  await local.close();
  await rm(dir, { recursive: true, force: true });
  await rm(BUNDLE, { force: true });
});

/** Kills a process that writes soon after so many records, at any moment of a commit; returns those it had acknowledged. */
async function killAfter(prefix: string, records: number): Promise<string[]> {
  const writer = spawn(process.execPath, ['--no-warnings', BUNDLE, dir, 'shared', prefix], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(writer, 'close');
  let text = '';
  for await (const chunk of writer.stdout) {
    text += String(chunk);
    if (text.split('\n').length > records) setTimeout(() => writer.kill('SIGKILL'), records % 5);
  }
  await closed;
  return text.split('\n').slice(0, -1);
}

test('goes on writing after each of many kills', { timeout: 60_000 }, async () => {
  const written: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    written.push(...(await killAfter(`${round}-killed-`, 20 + round)));
    const records = Array.from({ length: 25 }, (_, n) => ({ id: `${round}-${n}`, at: TIME, name: MANY_PAGES }));
    await writeAll(runtime, 'shared', records);
    written.push(...records.map(({ id }) => id));
  }
  const { groups, online } = local.store;
  const { id: group } = groups.find('us-east-1', 'shared')!;
  expect(written.filter((id) => !online.get(group, id))).toEqual([]);
});
