import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLocal } from '../../src/local/index.js';
import type { Local } from '../../src/local/index.js';
import { createGroup } from '../support/groups.js';

/** Inside node_modules, so that the bundle finds the packages that it leaves out. */
const BUNDLE = join(import.meta.dirname, `../../node_modules/.cache/writer-${process.pid}.mjs`);

describe('a folder shared by several processes', { timeout: 60_000 }, () => {
  let dir: string;
  let local: Local;

  beforeAll(async () => {
    await build({
      ...{ entryPoints: [join(import.meta.dirname, '../support/record-writer.ts')], outfile: BUNDLE },
      ...{ bundle: true, packages: 'external', format: 'esm', platform: 'node', target: 'node20' },
    });
    dir = await mkdtemp(join(tmpdir(), 'sagemaker-fs-'));
    local = await openLocal({ dir });
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const client = new SageMakerClient({ region: 'us-east-1', credentials, requestHandler: local.requestHandler });
    await createGroup(client, 'shared');
  });
  afterAll(async () => {
    await local.close();
    await rm(dir, { recursive: true, force: true });
    await rm(BUNDLE, { force: true });
  });

  const write = (prefix: string, count?: number) =>
    spawn(process.execPath, ['--no-warnings', BUNDLE, dir, 'shared', prefix, String(count ?? '')].filter(Boolean), {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  const kept = (): string[] => {
    local.store.env.resetReadTxn();
    const { id } = local.store.groups.find('us-east-1', 'shared')!;
    return [...local.store.online.scan(id)].map(({ record }) => record.identifier);
  };

  it('holds what each of them wrote', async () => {
    const [left, right] = await Promise.all([linesOf(write('left-', 100)), linesOf(write('right-', 100))]);
    expect(left).toHaveLength(100);
    expect(right).toHaveLength(100);
    expect(kept()).toEqual(expect.arrayContaining([...left, ...right]));
  });

  it('has lost nothing that was acknowledged before a kill', async () => {
    const writer = write('killed-');
    const acknowledged = linesOf(writer);
    await seen(writer, 50);
    writer.kill('SIGKILL');
    const ids = await acknowledged;
    expect(ids.length).toBeGreaterThanOrEqual(50);
    expect(kept()).toEqual(expect.arrayContaining(ids));
    // What came online and what waits for the offline store came there together.
    expect(kept()).toHaveLength([...local.store.env.openDB({ name: 'offline-rows' }).getKeys()].length);
  });
});

/** The whole lines that a process has written when it ends. */
async function linesOf(child: ChildProcess): Promise<string[]> {
  let text = '';
  for await (const chunk of child.stdout!) text += String(chunk);
  return text.split('\n').slice(0, -1);
}

/** Resolves when a process has written so many lines. */
function seen(child: ChildProcess, count: number): Promise<void> {
  let lines = 0;
  return new Promise((resolve) => {
    child.stdout!.on('data', (chunk: Buffer) => {
      lines += String(chunk).split('\n').length - 1;
      if (lines >= count) resolve();
    });
  });
}
