import { existsSync } from 'node:fs';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import * as zlib from 'node:zlib';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openLocal } from '../../src/local/index.js';
import { localStore, run, temporaryFolder, type RunOptions } from '../support/run.js';

const ROLE = 'arn:aws:iam::000000000000:role/feature-store';
const TIME = '2026-01-31T12:00:00Z';
const SCHEMA = { person: 'String', at: 'String', age: 'Integral', score: 'Fractional', city: 'String' };

type Run = (argv: string[], options?: RunOptions) => ReturnType<typeof run>;

/** `people` with the records p0 … p{count - 1}, and files beside it. */
async function people(store: { dir: string; run: Run }, count = 3) {
  const write = (name: string, content: string | Buffer) => writeFile(join(store.dir, name), content);
  const definitions = Object.entries(SCHEMA).map(([FeatureName, FeatureType]) => ({ FeatureName, FeatureType }));
  await write('schema.json', JSON.stringify(definitions));
  const roles = ['--record-identifier-name', 'person', '--event-time-feature-name', 'at'];
  expect(await store.run(['create', 'people', '--schema-file', 'schema.json', ...roles])).toMatchObject({ code: 0 });
  const rows = Array.from({ length: count }, (_, n) => `p${n},${TIME},${n},0.50,Zürich\n`);
  await write('people.csv', `person,at,age,score,city\n${rows.join('')}`);
  if (count > 0) expect(await store.run(['bulk-put', 'people', 'people.csv'])).toMatchObject({ code: 0 });
  const text = (name: string) => readFile(join(store.dir, name), 'utf8');
  return {
    ...store,
    write,
    text,
    read: (name: string) => readFile(join(store.dir, name)),
    files: () => readdir(store.dir),
    bulkGet: (argv: string[], options?: RunOptions) => store.run(['bulk-get', 'people', ...argv], options),
  };
}

const group = async (count?: number) => people(await localStore(), count);

async function servedGroup(count?: number) {
  const dir = await temporaryFolder();
  const embedded = await openLocal({ dir: join(dir, 'store') });
  const listening = await embedded.listen({ port: 0 });
  onTestFinished(async () => {
    await listening.close();
    await embedded.close();
  });
  // The SDK looks for credentials in the real environment.
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'a').stubEnv('AWS_SECRET_ACCESS_KEY', 'b');
  onTestFinished(() => void vi.unstubAllEnvs());
  const env = { AWS_REGION: 'us-east-1' };
  const served: Run = (argv, options) =>
    run([...argv, '--endpoint-url', `http://127.0.0.1:${listening.port}`], { cwd: dir, env, ...options });
  return { ...(await people({ dir, run: served }, count)), faults: embedded.faults };
}

const person = (n: number) => ({ person: `p${n}`, at: TIME, age: String(n), score: '0.50', city: 'Zürich' });

describe('bulk-get', () => {
  it('prints the records as a JSON array, in the order of the input and as often as asked for', async () => {
    const { bulkGet, write } = await group();
    await write('ids.txt', 'p2\np0\np2\n');
    const { code, stdout, stderr } = await bulkGet(['ids.txt']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual([person(2), person(0), person(2)]);
    expect(stderr).toMatch(/^3 read, 0 failed in /);
  });

  it.each([
    ['ids.csv', 'city,person\nx,p1\ny,p0\n'],
    ['ids.csv', 'id,city\np1,\np0,\n'],
    ['ids.csv', 'record_id,id\np1,0\np0,0\n'],
    ['ids.csv', 'whatever\r\np1\r\np0\r\n'],
    ['ids.json', '["p1",\n "p0"]'],
    ['ids.json', '[{"person":"p1"},{"person":"p0"}]'],
    ['ids.jsonl', '"p1"\n"p0"\n'],
    ['ids.jsonl', '{"id":"p1"}\n{"id":"p0"}\n'],
    ['ids', 'p1\r\n\r\np0'],
    ['ids', 'person\np1\np0\n'],
    ['ids', '\ufeff["p1","p0"]'],
    ['ids.txt.gz', gzipSync('p1\np0\n')],
    ['ids.txt', '"p1"\r\n"p0"\r\n'],
  ])('finds the identifiers in %s: %j', async (name, content) => {
    const { bulkGet, write } = await group();
    await write(name, content);
    const { code, stdout } = await bulkGet([name]);
    expect({ code, records: JSON.parse(stdout) as unknown }).toEqual({ code: 0, records: [person(1), person(0)] });
  });

  it('says which column it took, where that may have been an identifier', async () => {
    const { bulkGet, write } = await group();
    await write('ids.csv', 'p1\np0\n');
    const { stderr, stdout } = await bulkGet(['ids.csv']);
    expect(JSON.parse(stdout)).toEqual([person(0)]);
    expect(stderr).toMatch(
      /^The only column of .*ids\.csv, "p1", is taken to hold the identifiers\. If that name is an identifier itself, the file/,
    );
  });

  it.runIf('createZstdCompress' in zlib)('writes Zstandard where Node can', async () => {
    const { bulkGet, run } = await group();
    await bulkGet(['-', '-o', 'out.csv.zst'], { stdin: 'p0\np1\n' });
    expect((await run(['bulk-put', 'people', 'out.csv.zst'])).stderr).toContain('2 written, 0 failed');
  });

  it.skipIf('createZstdCompress' in zlib)('refuses to write Zstandard where Node cannot', async () => {
    const { bulkGet } = await group();
    for (const argv of [
      ['-o', 'out.csv.zst'],
      ['-o', 'out.csv', '--missing-file', 'missing.txt.zst'],
    ]) {
      const { code, stderr } = await bulkGet(['-', ...argv], { stdin: 'p0\n' });
      expect({ code, lines: stderr.trim().split('\n').length }).toEqual({ code: 2, lines: 1 });
      expect(stderr).toContain('zst: writing .zst takes Node 22.15 or later, and this one is older; name it .gz, or ');
    }
  });

  it('refuses an errors file that is named as if it were zipped', async () => {
    const { bulkGet } = await group();
    const { code, stderr } = await bulkGet(['-', '--errors-file', 'e.jsonl.gz'], { stdin: 'p0\n' });
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('are not compressed: leave .gz out of the name.'),
    });
  });

  it('takes identifiers that are JSON numbers for their text', async () => {
    const { bulkGet } = await group();
    const { stderr } = await bulkGet(['-'], { stdin: '[007, 9007199254740993,1.50]' });
    expect(stderr).toContain('line 1: This is not valid JSON');
    expect(stderr).toContain('2 without a record: "9007199254740993", "1.50"');
  });

  it('reads the identifiers from stdin', async () => {
    const { bulkGet } = await group();
    expect(JSON.parse((await bulkGet(['-'], { stdin: 'p1' })).stdout)).toEqual([person(1)]);
  });

  it('prints an empty array where no record is found, and exits 0', async () => {
    const { bulkGet } = await group();
    expect(await bulkGet(['-'], { stdin: 'nobody\n' })).toMatchObject({ code: 0, stdout: '[]\n' });
  });

  it('counts the identifiers without a record, names ten, keeps them all and can exit 3', async () => {
    const { bulkGet, text } = await group();
    const stdin = `p0\n${Array.from({ length: 12 }, (_, n) => `x${n}\n`).join('')}`;
    const { code, stdout, stderr } = await bulkGet(['-', '--fail-on-missing', '--missing-file', 'missing.txt'], {
      stdin,
    });
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toEqual([person(0)]);
    expect(stderr).toMatch(/12 without a record: "x0", .*"x9" and 2 more; see .*missing\.txt\./);
    expect(stderr).toMatch(/12 identifiers have no record in the online store of people\.$/m);
    expect((await text('missing.txt')).split('\n')).toEqual([...Array.from({ length: 12 }, (_, n) => `x${n}`), '']);
  });

  it.each([
    ['out.json', `[\n${JSON.stringify(person(0))},\n${JSON.stringify(person(1))}\n]\n`],
    ['out.jsonl', `${JSON.stringify(person(0))}\n${JSON.stringify(person(1))}\n`],
    ['out.csv', `person,at,age,score,city\np0,${TIME},0,0.50,Zürich\np1,${TIME},1,0.50,Zürich\n`],
    ['out', `[\n${JSON.stringify(person(0))},\n${JSON.stringify(person(1))}\n]\n`],
  ])('writes %s', async (name, content) => {
    const { bulkGet, text, read } = await group();
    expect(await bulkGet(['-', '-o', name], { stdin: 'p0\np1\n' })).toMatchObject({ code: 0, stdout: '' });
    expect(await text(name)).toBe(content);
    await bulkGet(['-', '-o', `${name}.gz`], { stdin: 'p0\np1\n' });
    expect(gunzipSync(await read(`${name}.gz`)).toString()).toBe(content);
  });

  it('replaces an existing file only with --overwrite, and leaves no temporary one', async () => {
    const { bulkGet, write, text, files } = await group();
    await write('out.json', 'precious');
    const refused = await bulkGet(['-', '-o', 'out.json'], { stdin: 'p0' });
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('already exists: add --overwrite') });
    expect(await text('out.json')).toBe('precious');
    expect(await bulkGet(['-', '-o', 'out.json', '--overwrite'], { stdin: 'p0' })).toMatchObject({ code: 0 });
    expect(JSON.parse(await text('out.json'))).toEqual([person(0)]);
    expect((await files()).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('writes to a device as it is', async () => {
    const { bulkGet } = await group();
    expect(await bulkGet(['-', '-o', '/dev/null'], { stdin: 'p0' })).toMatchObject({ code: 0 });
    expect(existsSync('/dev/null')).toBe(true);
  });

  it('leaves no file behind when it fails', async () => {
    const { bulkGet, files } = await group();
    const { code, stderr } = await bulkGet(['ids.json', '-o', 'out.json', '--missing-file', 'm.txt']);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('ids.json does not exist') });
    expect((await files()).filter((name) => /out|m\.txt/.test(name))).toEqual([]);
  });

  it('says that the folder of its output does not exist', async () => {
    const { bulkGet } = await group();
    const { code, stderr } = await bulkGet(['-', '-o', 'nowhere/out.json'], { stdin: 'p0' });
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringMatching(/nowhere does not exist\.$/m) });
  });

  it('stops on Ctrl-C with exit 130 and leaves no output', async () => {
    const { bulkGet, files } = await group();
    const stdin = new PassThrough();
    stdin.write('p0\n');
    let send: (signal: 'SIGINT') => void = () => {};
    const running = bulkGet(['-', '-o', 'out.json'], { stdin, interrupt: (sender) => (send = sender) });
    await vi.waitUntil(() => stdin.readableLength === 0, { timeout: 20_000 });
    send('SIGINT');
    expect(await running).toMatchObject({ code: 130 });
    expect((await files()).filter((name) => name.startsWith('out'))).toEqual([]);
  });

  it('reads only the features asked for, which are the columns of CSV', async () => {
    const { bulkGet } = await group();
    const { stdout } = await bulkGet(['-', '--feature-names', 'city,person', '--format', 'csv'], { stdin: 'p1' });
    expect(stdout).toBe('person,at,city\np1,2026-01-31T12:00:00Z,Zürich\n');
    const unknown = await bulkGet(['-', '--feature-names', 'town'], { stdin: 'p1' });
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('no feature town') });
  });

  it('sets the event time to now with --current-time, and numbers with --typed', async () => {
    const { bulkGet } = await group();
    const now = () => new Date('2027-11-01T10:00:00Z');
    const { stdout } = await bulkGet(['-', '-c', '--typed'], { stdin: 'p1', now });
    expect(JSON.parse(stdout)).toEqual([{ ...person(1), at: '2027-11-01T10:00:00Z', age: 1, score: 0.5 }]);
  });

  it('fails for what is no identifier, and reads the others', async () => {
    const { bulkGet, write, files } = await group();
    await write(
      'ids.jsonl',
      '{"person":"p0"}\n{"person":null}\n{"city":"x","age":"1"}\n{"person":["p1"]}\n{"person":NaN}\n',
    );
    await write('long.txt', `p1\n${'x'.repeat(2049)}\n`);
    const { code, stdout, stderr } = await bulkGet(['ids.jsonl']);
    expect(code).toBe(4);
    expect(JSON.parse(stdout)).toEqual([person(0)]);
    expect(stderr).toContain('line 2: The record identifier person is missing.');
    expect(stderr).toContain('line 3: The record identifier person is missing.');
    expect(stderr).toContain('line 4: Feature person: ["p1"] is not a String (text that UTF-8 can hold).');
    expect(stderr).toContain('line 5: The record identifier person is NaN.');
    const long = await bulkGet(['long.txt']);
    expect(long).toMatchObject({ code: 4, stdout: expect.stringContaining('p1') as string });
    expect(long.stderr).toContain(
      'line 2: The record identifier person has 2049 bytes; the service takes at most 2048.',
    );
    expect(await files()).toContain('ids.errors.jsonl');
  });

  it.each([
    ['{"id":"p1"}\n{"age":"p2"}\n{"record_id":"p0"}\n', 'record_id'],
    ['{"age":"p2"}\n{"id":"p1"}\n', 'id'],
    ['{"id":"p0"}\n{"person":"p1"}\n', 'person'],
  ])('decides once which column holds the identifiers: %s', async (content, column) => {
    const { bulkGet, write } = await group();
    await write('ids.jsonl', content);
    const { code, stdout, stderr } = await bulkGet(['ids.jsonl']);
    expect(code).toBe(4);
    expect(JSON.parse(stdout)).toEqual([person(column === 'record_id' ? 0 : 1)]);
    expect(stderr).toContain(`The record identifier ${column} is missing.`);
  });

  it('takes each line of a .txt for an identifier, commas, brackets and all', async () => {
    const { bulkGet, write } = await group();
    await write('ids.txt', 'person\np1,p2\n["p0"]\np0\n');
    const { stdout, stderr } = await bulkGet(['ids.txt']);
    expect(JSON.parse(stdout)).toEqual([person(0)]);
    expect(stderr).toContain('3 without a record: "person", "p1,p2", "[\\"p0\\"]"');
  });

  it('asks for nothing, and leaves no output, where no row holds an identifier', async () => {
    const { bulkGet, write, files } = await group();
    await write('orders.csv', 'city,age\nBern,1\nGenf,2\n');
    const { code, stderr } = await bulkGet(['orders.csv', '-o', 'out.json']);
    const message =
      'orders.csv: no column holds the identifiers: none is called person, record_id or id; the columns are city, age.';
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
    expect(await files()).not.toContain('out.json');
    await write('empty.jsonl', '{}\n');
    expect((await bulkGet(['empty.jsonl'])).stderr).toContain('; the first rows are empty objects.');
    await write('heads.csv', 'city,age\n');
    expect(await bulkGet(['heads.csv'])).toMatchObject({ code: 2, stdout: '' });
    await write('one.csv', 'p1\n');
    expect((await bulkGet(['one.csv'])).stderr).toContain('or id; the columns are p1.');
    await write('none.csv', 'age,person\n');
    expect(await bulkGet(['none.csv'])).toMatchObject({ code: 0, stdout: '[]\n' });
    await write('other.csv', 'age;person\n1;p1\n');
    expect(await bulkGet(['other.csv', '--delimiter', ';'])).toMatchObject({ code: 0 });
  });

  it('takes the name of a format for a slip, and not for a file', async () => {
    const { bulkGet, files } = await group();
    const { code, stderr } = await bulkGet(['-', '-o', 'csv'], { stdin: 'p1' });
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('For a file of that name, write ./csv'),
    });
    expect(await bulkGet(['-', '-o', './csv', '--format', 'csv'], { stdin: 'p1' })).toMatchObject({ code: 0 });
    expect(await files()).toContain('csv');
  });

  it('refuses a group without an online store', async () => {
    const { run: runLocal, bulkGet } = await group(0);
    const archive = [
      'create',
      'archive',
      '--schema-file',
      'schema.json',
      '--no-online-store',
      '--s3-uri',
      's3://bucket/p',
    ];
    const names = ['--record-identifier-name', 'person', '--event-time-feature-name', 'at'];
    expect(await runLocal([...archive, ...names, '--execution-role-arn', ROLE])).toMatchObject({ code: 0 });
    const refused = await runLocal(['bulk-get', 'archive', '-'], { stdin: 'a' });
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('archive has no online store') });
    expect(refused.stderr).toContain('\n  sagemaker-fs export archive archive.jsonl');
    expect(await runLocal(['get', 'archive', 'a'])).toMatchObject({ code: 2, stdout: '', stderr: refused.stderr });
    expect(await bulkGet(['-'], { stdin: 'a' })).toMatchObject({ code: 0 });
  });

  it('asks for hundreds at a time, and keeps their order', async () => {
    const { bulkGet } = await group(731);
    const ids = Array.from({ length: 2000 }, (_, n) => `p${(n * 7) % 731}`);
    const { stdout } = await bulkGet(['-', '--max-workers', '3', '--batch-size', '150'], {
      stdin: JSON.stringify(ids),
    });
    expect((JSON.parse(stdout) as { person: string }[]).map((row) => row.person)).toEqual(ids);
  });

  it('waits out throttling and failing calls: every record arrives', async () => {
    const { bulkGet, faults } = await servedGroup(300);
    Object.assign(faults, { throttlePerSecond: 200, errorRate: 0.2 });
    const ids = Array.from({ length: 1200 }, (_, n) => `p${n % 300}`);
    const { code, stdout, stderr } = await bulkGet(['-', '--batch-size', '20'], { stdin: JSON.stringify(ids) });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^1,200 read, 0 failed, [1-9]\d* retried/m);
    expect((JSON.parse(stdout) as { person: string }[]).map((row) => row.person)).toEqual(ids);
  });

  it('goes on with GetRecord where BatchGetRecord is denied, with one note', async () => {
    const { bulkGet, faults } = await servedGroup(5);
    faults.deny = ['sagemaker:BatchGetRecord'];
    const { code, stdout, stderr } = await bulkGet(['-'], { stdin: 'p0\nnobody\np4\n' });
    expect({ code, rows: JSON.parse(stdout) as unknown }).toEqual({ code: 0, rows: [person(0), person(4)] });
    expect(stderr.match(/using GetRecord instead/g)).toHaveLength(1);
  });
});
