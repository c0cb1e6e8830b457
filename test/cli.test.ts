import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run, temporaryFolder } from './support/run.js';

describe('sagemaker-fs', () => {
  it('prints help and the exit codes', async () => {
    const { code, stdout, stderr } = await run(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Usage: sagemaker-fs COMMAND [options]');
    expect(stdout).toMatch(/4 {8}partial failure/);
    // Commands come first, in groups.
    const headings = stdout.split('\n').filter((line) => /^[A-Z][a-z ]+:$/.test(line));
    expect(headings).toEqual(['Read:', 'Write:', 'Move:', 'Groups:', 'Tools:', 'Options:', 'Exit codes:']);
  });

  it('opens the help of each command with its commonest use', async () => {
    const { stdout } = await run(['--help']);
    const names = [...stdout.slice(0, stdout.indexOf('Options:')).matchAll(/^ {2}([a-z-]+) {2,}/gm)].map(
      ([, name]) => name!,
    );
    for (const name of names.filter((each) => each !== 'help')) {
      const [heading, first, blank, usage] = (await run([name, '--help'])).stdout.split('\n');
      expect(heading).toBe('Example:');
      expect(first).toMatch(new RegExp(`^ {2}.*sagemaker-fs ${name} `));
      expect([blank, usage?.startsWith(`Usage: sagemaker-fs ${name} `)]).toEqual(['', true]);
    }
  });

  it.each([60, 80])('keeps help within a terminal of %d columns, but for words that are longer', async (columns) => {
    const { stdout } = await run(['list', '--help'], { terminal: { columns } });
    const described = stdout.slice(stdout.indexOf('Options:'), stdout.indexOf('Examples:'));
    const tooWide = described
      .split('\n')
      .filter((line) => line.length > columns && line.trim().split(/ {2,}/).length > 1);
    expect(tooWide).toEqual([]);
  });

  it('fits a terminal of 60 columns', async () => {
    const { stdout } = await run(['--help'], { terminal: { columns: 60 } });
    expect(stdout.split('\n').filter((line) => line.length > 60)).toEqual([]);
  });

  it('prints its version', async () => {
    expect(await run(['--version'])).toEqual({ code: 0, stdout: '0.1.0\n', stderr: '' });
  });

  it('without a command prints help on stderr, exit 2', async () => {
    const { code, stdout, stderr } = await run([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Usage: sagemaker-fs');
  });

  it('suggests the command that was meant', async () => {
    const { code, stderr } = await run(['lst']);
    expect(code).toBe(2);
    expect(stderr).toContain('Did you mean list?');
  });

  it.each([
    ['an unknown option', ['list', '--nope'], /^sagemaker-fs: unknown option '--nope'/],
    ['part of the name of an option', ['bulk-put', 'g', 'f', '--workers=3'], /\(Did you mean --max-workers\?\)\nSee: /],
    ['a missing argument', ['get', 'group'], /missing required argument 'record-id'/],
    ['a bad choice', ['list', '-o', 'yaml'], /Allowed choices are table, json, jsonl, csv/],
    ['a bad number', ['local', 'serve', '--port', 'x'], /It must be a port number/],
    [
      '--local with --endpoint-url',
      ['list', '--local', '--endpoint-url', 'http://127.0.0.1:1'],
      /cannot be used together/,
    ],
    ['a bad endpoint', ['list', '--endpoint-url', 'nope'], /is not a URL/],
  ])('%s is wrong usage', async (_what, argv, words) => {
    const { code, stdout, stderr } = await run(argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(words);
  });

  it.each(['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_S3'])('says that %s is no URL, before a call', async (name) => {
    const { code, stderr } = await run(['list'], { env: { [name]: 'nope' } });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `sagemaker-fs: ${name} nope is not a URL such as http://127.0.0.1:4599.\n`,
    });
  });

  it.each([{}, { AWS_DEFAULT_REGION: 'eu-west-1' }])('passes over an empty AWS_REGION beside %j', async (env) => {
    const argv = [
      'create',
      'g',
      '--schema-file',
      'schema.json',
      '--local',
      env.AWS_DEFAULT_REGION ? '--no-wait' : '--wait',
    ];
    const cwd = await temporaryFolder();
    await cp(new URL('support/schema.json', import.meta.url), join(cwd, 'schema.json'));
    const { stdout } = await run(argv, { env: { AWS_REGION: '', ...env }, cwd });
    expect(stdout).toContain(`:${env.AWS_DEFAULT_REGION ?? 'us-east-1'}:`);
  });

  it('takes SAGEMAKER_FS_LOCAL for --local, but an endpoint that is named wins', async () => {
    const env = { SAGEMAKER_FS_LOCAL: '1' };
    expect(await run(['list', '-o', 'json'], { env, cwd: await temporaryFolder() })).toMatchObject({
      code: 0,
      stdout: '[]\n',
    });
    expect((await run(['list', '--endpoint-url', 'nope'], { env })).stderr).toContain('nope is not a URL');
  });

  it('takes global options before and after the command', async () => {
    for (const argv of [
      ['--endpoint-url', 'nope', 'list'],
      ['list', '--endpoint-url', 'nope'],
    ]) {
      expect((await run(argv)).stderr).toContain('nope is not a URL');
    }
  });
});
