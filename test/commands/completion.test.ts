import { execFile } from 'node:child_process';
import { chmod, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { run } from '../support/run.js';
import { storeWithGroups } from '../support/sample-groups.js';

/** What is offered behind a line; the embedded store is named by the line itself, as a person would. */
async function offered(store: Awaited<ReturnType<typeof storeWithGroups>>, ...typed: string[]) {
  const line = ['--local', '--local-dir', join(store.dir, 'store'), ...typed];
  const { stdout } = await run(['completion', 'words', '--', ...line], { env: { HOME: store.dir }, cwd: store.dir });
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((each) => each.split('\t')[0]);
}

describe('completion', () => {
  it('offers commands, options, choices and feature groups where each may stand', async () => {
    const store = await storeWithGroups();
    await store.create('customers');
    await store.create('clicks');
    expect(await offered(store, 'mig')).toEqual(['migrate']);
    expect(await offered(store, 'local', '')).toEqual(expect.arrayContaining(['serve', 'demo', 'reset']));
    expect(await offered(store, 'list', '--so')).toEqual(['--sort-by']);
    expect(await offered(store, 'list', '--prof')).toEqual(['--profile']);
    expect(await offered(store, 'list', '--sort-by', '')).toEqual(['Name', 'CreationTime']);
    expect(await offered(store, 'get', 'c')).toEqual(['clicks', 'customers']);
    expect(await offered(store, 'migrate', 'clicks', 'cu')).toEqual(['customers']);
    expect(await offered(store, 'compare', 'clicks', 'cu')).toEqual(['customers']);
    expect(await offered(store, 'create', 'new', '--like', 'cl')).toEqual(['clicks']);
    // A file, or free text, is the shell's.
    expect(await offered(store, 'bulk-put', 'clicks', 'c')).toEqual([]);
    expect(await offered(store, 'get', '--profile', 'c')).toEqual([]);
  });

  it('keeps names for a minute, in a file of the account and for its owner alone', async () => {
    const store = await storeWithGroups();
    await store.create('customers');
    expect(await offered(store, 'get', '')).toEqual(['customers']);
    await store.create('clicks');
    expect(await offered(store, 'get', '')).toEqual(['customers']);
    const [file, ...others] = await readdir(join(store.dir, '.cache/sagemaker-fs'));
    expect(others).toEqual([]);
    await writeFile(join(store.dir, '.cache/sagemaker-fs', file!), 'not JSON');
    expect(await offered(store, 'get', '')).toEqual(['clicks', 'customers']);
  });

  it('says nothing where the names cannot be had', async () => {
    const store = await storeWithGroups();
    const unreachable = ['--endpoint-url', 'http://127.0.0.1:9', '--region', 'us-east-1', 'get', ''];
    const env = { AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x', AWS_MAX_ATTEMPTS: '1' };
    expect(await run(['completion', 'words', '--', ...unreachable], { env, cwd: store.dir })).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
  });

  it('prints scripts that the shells take', async () => {
    const { run, dir } = await storeWithGroups();
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { code, stdout } = await run(['completion', shell]);
      expect({ code, asks: stdout.includes('sagemaker-fs completion words --') }).toEqual({ code: 0, asks: true });
    }
    // In a real bash, with a command of that name that answers as ours does.
    await writeFile(join(dir, 'sagemaker-fs'), '#!/bin/sh\nprintf "migrate\\tcopy\\n%s\\n" "$*"\n');
    await chmod(join(dir, 'sagemaker-fs'), 0o755);
    await writeFile(join(dir, 'completion.bash'), (await run(['completion', 'bash'])).stdout);
    const typed = 'COMP_WORDS=(sagemaker-fs mig); COMP_CWORD=1; _sagemaker_fs; printf "%s|" "${COMPREPLY[@]}"';
    const { stdout } = await promisify(execFile)('bash', [
      '-c',
      `PATH=${dir}:$PATH; . ${dir}/completion.bash; ${typed}`,
    ]);
    expect(stdout).toBe('migrate|completion words -- mig|');
  });
});
