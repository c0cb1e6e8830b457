/** What a run writes beside the store: checked before the first call, for its owner only, whole, and never another run's. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { csv, TIME, watchedGroup } from '../support/watched-group.js';
import { localStore, run, temporaryFolder } from '../support/run.js';

const lines = async (file: string) =>
  (await readFile(file, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe('a path that cannot be written is exit 2, before any call', () => {
  const nowhere = ['--endpoint-url', 'http://127.0.0.1:9', '--region', 'us-east-1'];

  it.each([
    ['bulk-put', ['--errors-file'], ['g', 'in.csv']],
    ['bulk-put', ['-o'], ['g', 'in.csv']],
    ['bulk-get', ['-o'], ['g', 'in.csv']],
    ['bulk-get', ['--missing-file'], ['g', 'in.csv']],
    ['clear', ['--errors-file'], ['g', '--force']],
    ['migrate', ['--errors-file'], ['a', 'b']],
    ...['list', 'get', 'put', 'create', 'delete-record', 'bulk-get', 'bulk-put', 'clear', 'migrate'].map(
      (name) => [name, ['--summary'], argumentsOf(name)] as [string, string[], string[]],
    ),
  ])('%s %s', async (name, option, more) => {
    const cwd = await temporaryFolder();
    await mkdir(join(cwd, 'folder'));
    for (const [path, why] of [
      ['nowhere/file.json', `the directory ${join(cwd, 'nowhere')} does not exist`],
      ['folder', 'it is a directory, not a file'],
    ] as const) {
      expect(await run([name, ...more, ...option, path, ...nowhere], { cwd })).toEqual({
        code: 2,
        stdout: '',
        stderr: expect.stringContaining(`${join(cwd, path)} cannot be written: ${why}.\n`) as string,
      });
    }
    expect(readdirSync(cwd)).toEqual(['folder']);
  });
});

function argumentsOf(name: string): string[] {
  if (name === 'clear') return ['g', '--force'];
  if (name === 'list') return [];
  if (name === 'put') return ['g', '--record', '{}'];
  if (name === 'migrate') return ['a', 'b'];
  if (name === 'create') return ['g', '--infer', 'in.csv'];
  return ['g', '1'];
}

it('--summary is kept for every command, with its exit code and what was said', async () => {
  const { run, dir } = await localStore();
  await run(['list', '--summary', 's.json']);
  expect(JSON.parse(await readFile(join(dir, 's.json'), 'utf8'))).toMatchObject({ command: 'list', exitCode: 0 });
  await run(['get', 'nobody', '1', '--summary', 's.json']);
  expect(JSON.parse(await readFile(join(dir, 's.json'), 'utf8'))).toMatchObject({
    command: 'get',
    exitCode: 3,
    message: expect.stringContaining('nobody') as string,
  });
});

describe('a checkpoint', () => {
  it('that is damaged: exit 6 with what to do; without --resume the run starts over', async () => {
    const people = await watchedGroup();
    await people.write('people.csv', csv(2000));
    await people.interruptedAfter(10, ['people.csv']);
    const [name] = await people.checkpoints();
    const file = join(people.dir, '.sagemaker-fs/bulk-put', name!);
    const whole = await readFile(file, 'utf8');
    const state = JSON.parse(whole) as { settled: number[][] };
    const damaged = [
      '',
      '{}',
      'null',
      whole.slice(0, -20),
      JSON.stringify({ ...state, settled: [[0, 2000]] }),
      JSON.stringify({ ...state, settled: 'all' }),
      JSON.stringify({ ...state, version: 2 }),
    ];
    for (const text of damaged) {
      await writeFile(file, text);
      const { code, stderr } = await people.bulkPut(['people.csv', '--resume']);
      expect({ code, stderr }).toEqual({
        code: 6,
        stderr: `sagemaker-fs: ${file} is damaged, or was left by another version of this tool: run without --resume to start over, which writes all records again.\n`,
      });
    }
    expect(await people.bulkPut(['people.csv'])).toMatchObject({ code: 0 });
    expect(people.kept()).toBe(2000);
  });

  it('that cannot be written: told once, no promise of --resume, and a complete run is a success', async () => {
    const people = await watchedGroup();
    await people.write('.sagemaker-fs', 'a file where the folder should be');
    await people.write('people.csv', csv(2000));
    const stopped = await people.interruptedAfter(10, ['people.csv']);
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).not.toMatch(/--resume$/m);
    expect(stopped.stderr.match(/no checkpoint can be written/g)).toHaveLength(1);
    expect(await people.bulkPut(['people.csv'])).toMatchObject({ code: 0 });
  });

  it.runIf(existsSync('/sys'))(
    'and no errors file in a folder that takes neither: a complete run is exit 0',
    async () => {
      const people = await watchedGroup();
      await people.write('people.csv', csv(3));
      const { code, stderr } = await people.bulkPut([join(people.dir, 'people.csv')], { cwd: '/sys' });
      expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('3 written') as string });
      expect(stderr).toMatch(/failed records will not be kept, because .*: --errors-file names another place/);
    },
  );

  it('is one run’s: another of the same input and group is refused, exit 6, and a dead one’s is taken over', async () => {
    const people = await watchedGroup();
    await people.write('people.csv', csv(2000));
    const second: ReturnType<typeof people.bulkPut>[] = [];
    people.calls.onCall = (now) => void (now === 5 && second.push(people.bulkPut(['people.csv'])));
    expect(await people.bulkPut(['people.csv', '--tps', '50'])).toMatchObject({ code: 0 });
    expect(await second[0]).toMatchObject({
      code: 6,
      stderr: expect.stringMatching(/^sagemaker-fs: Another run \(process \d+ on .*\) is doing this already: .*\n$/),
    });
    expect(people.twice()).toBe(0);
    await people.interruptedAfter(people.calls.count + 10, ['people.csv']);
    const [name] = await people.checkpoints();
    const lock = join(people.dir, '.sagemaker-fs/bulk-put', `${name}.lock`);
    await writeFile(lock, JSON.stringify({ pid: 2 ** 22 + 1, host: hostname() }));
    expect(await people.bulkPut(['people.csv', '--resume'])).toMatchObject({ code: 0 });
    expect(existsSync(join(people.dir, '.sagemaker-fs'))).toBe(false);
  });

  it('notices a change beyond the first 64 KiB of a file whose size and time are as before', async () => {
    const people = await watchedGroup();
    const text = csv(5000);
    await people.write('people.csv', text);
    const time = new Date(1_700_000_000_000);
    await utimes(join(people.dir, 'people.csv'), time, time);
    await people.interruptedAfter(10, ['people.csv']);
    await people.write('people.csv', text.replace('p4999,', 'q4999,'));
    await utimes(join(people.dir, 'people.csv'), time, time);
    expect(await people.bulkPut(['people.csv', '--resume'])).toMatchObject({ code: 6 });
  });
});

it('files are for their owner only, and so are their folders', async () => {
  const people = await watchedGroup();
  await people.write('people.csv', csv(2000).replace('p7,', ','));
  await people.interruptedAfter(10, ['people.csv']);
  const [name] = await people.checkpoints();
  const folder = join(people.dir, '.sagemaker-fs');
  const argv = ['bulk-get', 'people', '-', '-o', 'out.jsonl', '--missing-file', 'missing.txt', '--summary', 's.json'];
  await people.run(argv, { stdin: '["p0","nobody"]' });
  for (const path of [folder, join(folder, 'bulk-put')]) expect(modeOf(path)).toBe('700');
  const files = ['people.errors.jsonl', 'out.jsonl', 'missing.txt', 's.json', `.sagemaker-fs/bulk-put/${name}`];
  for (const file of files) expect([file, modeOf(join(people.dir, file))]).toEqual([file, '600']);
});

describe('the errors file', () => {
  it('of two runs at a time in one folder: each has its own', async () => {
    const people = await watchedGroup();
    const bad = (from: string) => [`id,event_time,age\n`, `${from},${TIME},1\n${from},${TIME},x\n`];
    // Both find the name free, for neither has failed yet.
    const inputs = ['a', 'b'].map((id) => ({ id, stdin: new Readable({ read() {} }) }));
    const runs = inputs.map(({ stdin }) => people.bulkPut(['-'], { stdin }));
    for (const { id, stdin } of inputs) stdin.push(bad(id)[0]);
    await vi.waitUntil(() => inputs.every(({ stdin }) => stdin.readableLength === 0), { timeout: 20_000 });
    for (const { id, stdin } of inputs) stdin.push(bad(id)[1]);
    for (const { stdin } of inputs) stdin.push(null);
    expect((await Promise.all(runs)).map(({ code }) => code)).toEqual([4, 4]);
    const kept = await Promise.all(
      ['stdin.errors.jsonl', 'stdin.errors-2.jsonl'].map((name) => lines(join(people.dir, name))),
    );
    expect(
      kept
        .flat()
        .map(({ id }) => id as string)
        .sort(),
    ).toEqual(['a', 'b']);
  });

  it('holds what could not be read as it stood, and says where each record first stood when it is fed again', async () => {
    const people = await watchedGroup();
    const errors = (name: string) => lines(join(people.dir, name));
    await people.write('people.csv', `id,event_time,age\n1,${TIME},1\n2,${TIME},old\n3,"${TIME}"\n`);
    await people.write('more.jsonl', `{"id":"4","event_time":"${TIME}"}\n{"id":"5",\n`);
    expect((await people.bulkPut(['people.csv'])).code).toBe(4);
    expect((await people.bulkPut(['more.jsonl'])).code).toBe(4);
    const first = await errors('people.errors.jsonl');
    const file = join(people.dir, 'people.csv');
    expect(first).toMatchObject([
      { file, line: 3, id: '2', record: { id: '2', age: 'old' } },
      { file, line: 4, raw: `3,"${TIME}"`, message: 'The row has 2 cells where the header has 3.' },
    ]);
    expect(await errors('more.errors.jsonl')).toMatchObject([{ line: 2, raw: '{"id":"5",' }]);

    const { stderr } = await people.bulkPut(['people.errors.jsonl']);
    expect(stderr).toContain('people.csv, line 3, record 2: Feature age: "old" is not an Integral');
    expect(stderr).toContain('people.csv, line 4: The row has 2 cells where the header has 3.\n');
    expect(await errors('people.errors-2.jsonl')).toEqual(first);
    await people.bulkPut(['people.errors-2.jsonl']);
    expect(await errors('people.errors-3.jsonl')).toEqual(first);
  });

  it('goes to S3, where an unwritable place is known before anything is sent', async () => {
    const people = await watchedGroup();
    const { objects } = people.local.store;
    await objects.createBucket('lake', 'us-east-1');
    await people.write('people.csv', csv(30).replace('p7,', ','));
    const sent = people.calls.count;
    expect(await people.bulkPut(['people.csv', '--errors-file', 's3://nowhere/errors.jsonl'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('There is no bucket nowhere') as string,
    });
    expect(people.calls.count).toBe(sent);
    const { code, stderr } = await people.bulkPut(['people.csv', '--errors-file', 's3://lake/errors.jsonl']);
    expect({ code, stderr }).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('s3://lake/errors.jsonl') as string,
    });
    expect(await people.bulkPut(['s3://lake/errors.jsonl'])).toMatchObject({
      stderr: expect.stringContaining('people.csv, line 9: The record identifier id is missing.') as string,
    });
    expect(await people.bulkPut(['people.csv', '--errors-file', 's3://lake/errors.jsonl'])).toMatchObject({ code: 2 });
  });

  it('and --max-errors: the run stops at that many, not at the end of what was read', async () => {
    const people = await watchedGroup();
    await people.write('people.csv', csv(2000).replaceAll(/(p\d+,.*),\d+/g, '$1,old'));
    const { code, stderr } = await people.bulkPut(['people.csv', '--max-errors', '3']);
    expect(code).toBe(4);
    expect(stderr).toMatch(/Stopped: 3 records failed \(--max-errors 3\)/);
    expect(await lines(join(people.dir, 'people.errors.jsonl'))).toHaveLength(3);
  });
});
