/** The folder of an embedded store: recognised by what the store wrote, and nothing else is ever touched. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { StopSignal } from '../../src/host.js';
import { run, temporaryFolder } from '../support/run.js';

const MARKER = 'sagemaker-fs-store.json';
const SCHEMA = join(import.meta.dirname, '..', 'support', 'schema.json');
const LONG_AGO = new Date('2001-01-01T00:00:00Z');

/** Every path below a folder, with its size. */
async function contents(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(paths.sort().map(async (path) => `${path} ${(await readFile(path)).length}`));
}

const reset = (dir: string) => run(['local', 'reset', '--local-dir', dir, '--force']);
const list = (dir: string) => run(['list', '--local', '--local-dir', dir, '-o', 'json']);

async function filledStore() {
  const dir = join(await temporaryFolder(), 'store');
  const local = ['--local', '--local-dir', dir];
  expect(await run(['create', 'people', '--schema-file', SCHEMA, ...local])).toMatchObject({ code: 0 });
  expect(await run(['put', 'people', '--record', '{"id":"1"}', ...local])).toMatchObject({ code: 0 });
  return { dir, local };
}

describe('a folder that is not a store', () => {
  it.each([
    ['a home with a folder called state', ['.local/state/', '.local/bin/tool'], '.local'],
    ['a project with files of the names of a store', ['s3-temp/a.csv', 's3/b', 'tmp/scratch-c/d', 'package.json'], '.'],
    ['only names of a store, but not its state', ['s3-temp/a.csv', 'tmp/scratch-c/d'], '.'],
    ['a state that lmdb did not write', ['state/data.mdb', 'state/lock.mdb', 's3/b'], '.'],
    ['a marker that the store did not write', [MARKER, 'state/data.mdb'], '.'],
  ])('is refused by every command, untouched: %s', async (_what, paths, at) => {
    const root = await temporaryFolder();
    for (const path of paths) {
      await mkdir(join(root, path.endsWith('/') ? path : join(path, '..')), { recursive: true });
      if (path.endsWith('/')) continue;
      await writeFile(join(root, path), 'mine');
      await utimes(join(root, path), LONG_AGO, LONG_AGO);
    }
    const before = await contents(root);
    const dir = join(root, at);
    for (const argv of [
      ['local', 'reset', '--force'],
      ['list'],
      ['clear', 'g', '--force'],
      ['local', 'serve', '--port', '0'],
    ]) {
      const local = argv[0] === 'local' ? [] : ['--local'];
      const { code, stdout, stderr } = await run([...argv, ...local, '--local-dir', dir]);
      expect({ argv, code, stdout }).toEqual({ argv, code: 6, stdout: '' });
      expect(stderr).toMatch(/^sagemaker-fs: \S+ is not an embedded store \(.+\): nothing was changed; .+\.\n$/);
    }
    expect(await contents(root)).toEqual(before);
  });

  it('is refused when it is a file, or a link to a store when that is to be removed', async () => {
    const { dir } = await filledStore();
    const link = `${dir}-link`;
    await symlink(dir, link);
    expect(await reset(link)).toMatchObject({ code: 6, stderr: expect.stringContaining('is a symbolic link') });
    expect(JSON.parse((await list(link)).stdout)).toHaveLength(1);
    expect(await reset(join(dir, MARKER))).toMatchObject({ code: 6 });
  });
});

describe('a store', () => {
  it('is removed with its folder, and made anew', async () => {
    const { dir } = await filledStore();
    expect(await reset(dir)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(`Removed the embedded store in ${dir}.\n`),
    });
    await expect(stat(dir)).rejects.toThrow('ENOENT');
    expect(await reset(dir)).toMatchObject({ code: 0, stderr: `There is no embedded store in ${dir}.\n` });
    expect(await list(dir)).toMatchObject({ code: 0, stdout: '[]\n' });
  });

  it.each([['notes.txt'], ['s3-temp/mine.csv'], ['tmp/scratch-mine/notes.txt'], ['state/notes.txt']])(
    'keeps %s, which someone put into it, and is not removed',
    async (path) => {
      const { dir } = await filledStore();
      await mkdir(join(dir, path, '..'), { recursive: true });
      await writeFile(join(dir, path), 'mine');
      await utimes(join(dir, path), LONG_AGO, LONG_AGO);
      await utimes(join(dir, path, '..'), LONG_AGO, LONG_AGO);
      expect(JSON.parse((await list(dir)).stdout)).toHaveLength(1);
      expect(await reset(dir)).toMatchObject({ code: 6, stderr: expect.stringContaining("is not the store's") });
      expect(await readFile(join(dir, path), 'utf8')).toBe('mine');
      expect(JSON.parse((await list(dir)).stdout)).toHaveLength(1);
    },
  );

  it('does not follow a link in place of one of its folders', async () => {
    const { dir } = await filledStore();
    const elsewhere = await temporaryFolder();
    await rm(join(dir, 's3-temp'), { recursive: true });
    await symlink(elsewhere, join(dir, 's3-temp'));
    expect(await list(dir)).toMatchObject({ code: 6 });
    expect(await reset(dir)).toMatchObject({ code: 6 });
  });

  it('without its marker is not known for one', async () => {
    const { dir } = await filledStore();
    await rm(join(dir, MARKER));
    const told = expect.stringContaining(`there is no ${MARKER} in it`);
    expect(await list(dir)).toMatchObject({ code: 6, stderr: told });
    expect(await reset(dir)).toMatchObject({ code: 6, stderr: told });
  });

  it('of a newer version is refused', async () => {
    const { dir } = await filledStore();
    const marker = JSON.parse(await readFile(join(dir, MARKER), 'utf8')) as object;
    await writeFile(join(dir, MARKER), JSON.stringify({ ...marker, format: 99 }));
    const told = expect.stringContaining('was written by a newer sagemaker-fs (format 99, this version reads 1)');
    expect(await list(dir)).toMatchObject({ code: 6, stderr: told });
    expect(await reset(dir)).toMatchObject({ code: 6, stderr: told });
  });

  it('is not removed while a process has it open, this one or another; then it is', async () => {
    let stop: (signal: StopSignal) => void = () => {};
    const { dir } = await filledStore();
    const server = run(['local', 'serve', '--port', '0', '--local-dir', dir], { interrupt: (send) => (stop = send) });
    await vi.waitUntil(async () => (await readdir(dir)).includes('open'), { timeout: 20_000 });
    expect(await reset(dir)).toMatchObject({ code: 6, stderr: expect.stringContaining('is in use') });
    expect(JSON.parse((await list(dir)).stdout)).toHaveLength(1);
    stop('SIGTERM');
    await server;

    const script = `const env = require('lmdb').open({ path: process.argv[1], pageSize: 8192, maxDbs: 32 });
      env.useReadTransaction(); console.log('open'); setInterval(() => {}, 1000)`;
    const other = spawn(process.execPath, ['-e', script, join(dir, 'open')], { cwd: join(import.meta.dirname, '..') });
    onTestFinished(() => void other.kill('SIGKILL'));
    await once(other.stdout, 'data');
    expect(await reset(dir)).toMatchObject({ code: 6, stderr: expect.stringContaining('is in use') });
    other.kill('SIGKILL');
    await once(other, 'exit');
    expect(JSON.parse((await list(dir)).stdout)).toHaveLength(1);
    expect(await reset(dir)).toMatchObject({ code: 0 });
  });

  it('half removed says so, and a second reset ends it', async () => {
    const { dir } = await filledStore();
    const marker = JSON.parse(await readFile(join(dir, MARKER), 'utf8')) as object;
    await writeFile(join(dir, MARKER), JSON.stringify({ ...marker, resetting: true }));
    await rename(join(dir, 's3'), `${dir}-s3`);
    expect(await list(dir)).toMatchObject({
      code: 6,
      stderr: expect.stringContaining('run `sagemaker-fs local reset`'),
    });
    expect(await reset(dir)).toMatchObject({ code: 0 });
  });

  it('can be read by its owner alone', async () => {
    const { dir, local } = await filledStore();
    expect(await run(['migrate', 'people', 'people', '--dry-run', ...local])).toBeDefined();
    const entries = await readdir(dir, { recursive: true, withFileTypes: true });
    const open = await Promise.all(
      entries.map(async (entry) => {
        const path = join(entry.parentPath, entry.name);
        return [path, (await stat(path)).mode & 0o077] as const;
      }),
    );
    expect(open.filter(([, others]) => others !== 0)).toEqual([]);
  });
});
