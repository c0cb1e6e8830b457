/** Text from outside where it meets a terminal, a pipe or a full disk; and which store a command means. */
import { spawnSync } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { printable } from '../src/printable.js';
import { answerJson, openScriptedServer } from './support/scripted-server.js';
import { openThrowAway } from './support/doors.js';
import { localStore, run, temporaryFolder, typed } from './support/run.js';

const BIN = join(import.meta.dirname, '..', 'bin', 'sagemaker-fs.js');
/** Clears the screen in two ways, rings, sets the title, and turns the reading direction. */
const EVIL = '\u001b[2J\u009b2J\u0007\u001b]0;owned\u0007\u202eX';
const SHOWN = '\\u001b[2J\\u009b2J\\u0007\\u001b]0;owned\\u0007\\u202eX';
// eslint-disable-next-line no-control-regex
const DRIVES = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
/** What the tool itself writes: colours, and the live line that is drawn anew. */
// eslint-disable-next-line no-control-regex
const OURS = /\u001b\[\d+m|\r(?=[^\r\n]*\u001b\[K)|\u001b\[K/g;
const TIME = '2026-01-31T12:00:00Z';

async function group() {
  const store = await localStore();
  const definitions = ['id', 'event_time', 'note'].map((FeatureName) => ({ FeatureName, FeatureType: 'String' }));
  await writeFile(join(store.dir, 'schema.json'), JSON.stringify(definitions));
  await store.run(['create', 'notes', '--schema-file', 'schema.json']);
  return store;
}

describe('control characters', () => {
  const terminal = { columns: 80 };

  it('from a record: exact in a pipe, harmless on a terminal, and JSON means the same', async () => {
    const { run } = await group();
    const record = { id: EVIL, event_time: TIME, note: `a\n${EVIL}` };
    expect(await run(['put', 'notes', '--record', JSON.stringify(record)])).toMatchObject({ code: 0 });
    for (const argv of [
      ['get', 'notes', EVIL],
      ['bulk-get', 'notes', '-', '--format', 'json'],
    ]) {
      const stdin = `${JSON.stringify([EVIL])}`;
      const piped = await run(argv, { stdin });
      const shown = await run(argv, { stdin, terminal });
      expect(piped.stdout).toContain('\u009b2J');
      expect(shown.stdout).not.toMatch(DRIVES);
      expect([JSON.parse(piped.stdout), JSON.parse(shown.stdout)].flat()).toEqual([record, record]);
    }
    const table = await run(['get', 'notes', EVIL, '-o', 'table'], { terminal: { columns: 200 } });
    expect(table.stdout.replace(OURS, '')).not.toMatch(DRIVES);
    expect(table.stdout).toContain(`a\\n${SHOWN}`);
  });

  it('from identifiers, files and rows: each message is one line without them, on a terminal or not', async () => {
    const { run, dir } = await group();
    await writeFile(join(dir, `${EVIL}\n.jsonl`), `{"id":${JSON.stringify(EVIL)},"nöte":1}\n${EVIL}\n`);
    for (const options of [{}, { terminal: { columns: 80 } }]) {
      for (const argv of [
        ['get', 'notes', EVIL],
        ['bulk-put', 'notes', `${EVIL}\n.jsonl`],
        ['put', 'notes', '--record', JSON.stringify({ [EVIL]: 1 })],
        ['list', `--${EVIL}`],
        [`${EVIL}`],
        ['delete-record', 'notes', `${EVIL}\nsagemaker-fs: done`, '--force'],
      ]) {
        const { stderr } = await run(argv, options);
        expect(stderr.replace(OURS, '')).not.toMatch(DRIVES);
        expect(stderr).toContain('u001b');
        expect(stderr).not.toMatch(/^sagemaker-fs: done/m);
      }
    }
  });

  it('from the service: its message is one line', async () => {
    const server = await openScriptedServer((_request, response) =>
      answerJson(response, 400, { __type: 'ValidationException', message: `${EVIL}\nsagemaker-fs: done` }),
    );
    onTestFinished(() => server.close());
    const env = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', PATH: process.env.PATH };
    const endpoint = ['--endpoint-url', `http://127.0.0.1:${server.port}`, '--region', 'us-east-1'];
    const { spawn } = await import('node:child_process');
    const child = spawn(process.execPath, [BIN, 'list', ...endpoint], { env });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(code).toBe(1);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr.replace(/\n$/, '')).not.toMatch(DRIVES);
  });

  it('are not in a question either', async () => {
    const { run } = await group();
    const { stderr } = await run(['delete-record', 'notes', EVIL], { terminal, stdin: typed('no') });
    expect(stderr).toContain(SHOWN);
    expect(stderr).not.toContain(EVIL);
  });

  it('are shown as JSON escapes them', () => {
    expect(printable('a\tb\r\n\u0000\u2028')).toBe('a\\tb\\r\\n\\u0000\\u2028');
  });
});

describe('stdout that takes nothing', () => {
  const full = existsSync('/dev/full');
  it.runIf(full).each([['list', ['-o', 'json']] as const, ['--help', []] as const, ['--version', []] as const])(
    'a full disk is one sentence, exit 1 (%s)',
    async (name, more) => {
      const dir = await temporaryFolder();
      const { status, stderr } = spawnSync(process.execPath, [BIN, name, ...more, '--local-dir', dir], {
        encoding: 'utf8',
        stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
        env: { PATH: process.env.PATH },
      });
      expect({ status, stderr }).toEqual({
        status: 1,
        stderr: 'sagemaker-fs: The output could not be written to stdout: the disk is full.\n',
      });
    },
  );
});

describe('--local-dir', () => {
  it('means the embedded store, with no --local: a clear meets that one and no other', async () => {
    const { dir } = await group();
    const argv = ['clear', 'notes', '--force', '--local-dir', join(dir, 'store')];
    // Any other store would ask for a region.
    expect(await run(argv, { cwd: dir })).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('Cleared notes') as string,
    });
  });

  it('with --endpoint-url is wrong usage: they name two stores', async () => {
    const dir = await temporaryFolder();
    const argv = ['clear', 'notes', '--force', '--local-dir', dir, '--endpoint-url', 'http://127.0.0.1:1'];
    expect(await run(argv)).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'sagemaker-fs: --local-dir and --endpoint-url cannot be used together: one names the embedded store, the other a server.\n',
    });
  });
});

it('an unknown command or option ends with where the help is', async () => {
  expect((await run(['lst'])).stderr).toMatch(/\nSee: sagemaker-fs --help\n$/);
  expect((await run(['list', '--nope'])).stderr).toMatch(/\nSee: sagemaker-fs list --help\n$/);
  expect((await run(['local', 'serve', '--port', 'x'])).stderr).toMatch(/\nSee: sagemaker-fs local serve --help\n$/);
});

it.each([
  [
    'lst',
    [
      ['help', 'lst'],
      ['lst', '--help'],
    ],
  ],
  [
    'local srve',
    [
      ['local', 'help', 'srve'],
      ['local', 'srve', '--help'],
    ],
  ],
])('help for the unknown command %s says what the command itself does', async (typed, helps) => {
  const refused = await run(typed.split(' '));
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toMatch(/unknown command .*\n\(Did you mean (?:list|serve)\?\)\nSee: /);
  for (const help of helps) expect(await run(help)).toEqual(refused);
});

it('twenty calls in flight are no warning of Node across the screen', async () => {
  const local = await openThrowAway();
  onTestFinished(() => local.close());
  const { port } = await local.listen({ port: 0 });
  local.faults.latencyMs = 20;
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => void (warning.name.startsWith('MaxListeners') && warnings.push(warning));
  process.on('warning', onWarning);
  onTestFinished(() => void process.off('warning', onWarning));
  const cwd = await temporaryFolder();
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'a').stubEnv('AWS_SECRET_ACCESS_KEY', 'b');
  onTestFinished(() => void vi.unstubAllEnvs());
  const there = ['--region', 'us-east-1', '--endpoint-url', `http://127.0.0.1:${port}`];
  const typed = (...argv: string[]) => run([...argv, ...there], { cwd });
  const ids = Array.from({ length: 2000 }, (_, n) => `r${n}`);
  await writeFile(join(cwd, 'rows.csv'), `id,event_time\n${ids.map((id) => `${id},${TIME}\n`).join('')}`);
  await writeFile(join(cwd, 'ids.txt'), ids.join('\n'));
  await typed('create', 'many', '--infer', 'rows.csv');
  const written = await typed('bulk-put', 'many', 'rows.csv', '--max-workers', '20');
  expect(written, written.stderr).toMatchObject({ code: 0 });
  const read = await typed('bulk-get', 'many', 'ids.txt', '--max-workers', '20', '-o', 'out.jsonl');
  expect(read, read.stderr).toMatchObject({ code: 0 });
  expect(warnings.map(({ message }) => message)).toEqual([]);
});
