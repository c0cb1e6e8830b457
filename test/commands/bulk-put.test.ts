import { createReadStream, existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import * as zlib from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openLocal } from '../../src/local/index.js';
import { localStore, run, temporaryFolder, type RunOptions } from '../support/run.js';

const ROLE = 'arn:aws:iam::000000000000:role/feature-store';
const TIME = '2026-01-31T12:00:00Z';
const SCHEMA = { id: 'String', event_time: 'String', age: 'Integral', score: 'Fractional', city: 'String' };

type Run = (argv: string[], options?: RunOptions) => ReturnType<typeof run>;

/** `people` in an embedded store, files beside it, and what its records are. */
async function people(store: { dir: string; run: Run }, ...more: string[]) {
  const write = (name: string, content: string | Buffer) => writeFile(join(store.dir, name), content);
  const definitions = Object.entries(SCHEMA).map(([FeatureName, FeatureType]) => ({ FeatureName, FeatureType }));
  await write('schema.json', JSON.stringify(definitions));
  const created = await store.run(['create', 'people', '--schema-file', 'schema.json', ...more]);
  expect(created).toMatchObject({ code: 0 });
  return {
    ...store,
    write,
    bulkPut: (...argv: string[]) => store.run(['bulk-put', 'people', ...argv]),
    get: async (id: string) => JSON.parse((await store.run(['get', 'people', id])).stdout || 'null') as unknown,
    lines: async (name: string) =>
      (await readFile(join(store.dir, name), 'utf8'))
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
    files: () => readdir(store.dir),
  };
}

const group = async (...more: string[]) => people(await localStore(), ...more);

/** The same over HTTP, with faults that can be set while it runs. */
async function servedGroup() {
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
  const { groups, online } = embedded.store;
  const isBegun = () => !online.scan(groups.find('us-east-1', 'people')!.id)[Symbol.iterator]().next().done;
  return { ...(await people({ dir, run: served })), faults: embedded.faults, isBegun };
}

const csv = (rows: number, from = 0) =>
  'id,event_time,age,score,city\n' +
  Array.from({ length: rows }, (_, index) => `p${from + index},${TIME},${index},0.5,Zürich\n`).join('');

describe('bulk-put', () => {
  it('writes every record of a CSV file, and tells how it went', async () => {
    const { bulkPut, write, get, files } = await group();
    await write('people.csv', csv(260));
    const { code, stdout, stderr } = await bulkPut('people.csv');
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toMatch(
      /^260 written, 0 failed in \d+\.\d+ s( \([\d,]+ records\/s\))?, ≈ 260 write units → people\n$/,
    );
    expect(await get('p259')).toEqual({ id: 'p259', event_time: TIME, age: '259', score: '0.5', city: 'Zürich' });
    expect((await files()).filter((name) => name.includes('errors'))).toEqual([]);
  });

  it.each([
    ['people.json', `[{"id":"1","event_time":"${TIME}","age":9223372036854775807,"score":1.50,"city":null}]`],
    ['people.jsonl', `{"id":"1","event_time":"${TIME}","age":9223372036854775807,"score":1.50}\n`],
    ['people.ndjson.gz', zlib.gzipSync(`{"id":"1","event_time":"${TIME}","age":9223372036854775807,"score":1.50}\n`)],
    ['people.csv', `id,event_time,age,score,city\r\n1,${TIME},9223372036854775807,1.50,\r\n`],
  ])('%s: every digit is kept, null is left out', async (name, content) => {
    const { bulkPut, write, get } = await group();
    await write(name, content);
    expect((await bulkPut(name)).code).toBe(0);
    expect(await get('1')).toEqual({ id: '1', event_time: TIME, age: '9223372036854775807', score: '1.50' });
  });

  it('reads stdin', async () => {
    const { run, get } = await group();
    expect((await run(['bulk-put', 'people', '-'], { stdin: csv(3) })).code).toBe(0);
    const stdin = Readable.from([`{"id":"x","event_time":"${TIME}"}`]);
    expect((await run(['bulk-put', 'people', '-', '--format', 'jsonl'], { stdin })).code).toBe(0);
    expect([await get('p2'), await get('x')]).toMatchObject([{ age: '2' }, { id: 'x' }]);
  });

  it('reads Parquet from stdin, and leaves nothing of it behind', async () => {
    const { run, write, get, dir } = await group();
    await write('people.csv', csv(3));
    await run(['bulk-put', 'people', 'people.csv']);
    await run(['bulk-get', 'people', '-', '-o', 'people.parquet'], { stdin: 'p0\np2\n' });
    await run(['delete-record', 'people', 'p0', 'p2', '--hard', '--force']);
    const temporary = await temporaryFolder();
    vi.stubEnv('TMPDIR', temporary);
    onTestFinished(() => void vi.unstubAllEnvs());
    const parquet = createReadStream(join(dir, 'people.parquet'), { highWaterMark: 100 });
    const argv = ['bulk-put', 'people', '-', '--format', 'parquet'];
    expect(await run(argv, { stdin: parquet })).toMatchObject({ code: 0, stderr: expect.stringMatching(/^2 written/) });
    expect([await get('p0'), await get('p2')]).toMatchObject([{ age: '0' }, { age: '2' }]);
    const cut = (await readFile(join(dir, 'people.parquet'))).subarray(0, 300);
    expect(await run(argv, { stdin: cut })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('stdin is not a Parquet'),
    });
    expect(await run(argv, { stdin: '' })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('stdin is empty'),
    });
    expect(await readdir(temporary)).toEqual([]);
  });

  it('the latest event time wins, wherever it stands', async () => {
    const { bulkPut, write, get } = await group();
    const versions = [3, 9, 1, 7].map((second) => `a,2026-01-01T00:00:0${second}Z,${second},,\n`);
    const others = csv(300).split('\n').slice(1).join('\n');
    await write(
      'people.csv',
      `id,event_time,age,score,city\n${versions.slice(0, 2).join('')}${others}${versions.slice(2).join('')}`,
    );
    expect((await bulkPut('people.csv')).code).toBe(0);
    expect(await get('a')).toMatchObject({ age: '9' });
  });

  it('columns are renamed, unknown ones left out, missing event times filled, when that is asked for', async () => {
    const { run, write, get } = await group();
    await write('people.csv', 'key,age,shoe\n1,31,42\n2,32,43\n');
    const argv = ['bulk-put', 'people', 'people.csv', '--map', 'key=id', '--ignore-unknown', '--fill-event-time'];
    const { code, stderr } = await run(argv, { now: () => new Date('2126-03-04T05:06:07.089Z') });
    expect(code).toBe(0);
    expect(stderr.match(/Column shoe is not a feature of people, and is left out\./g)).toHaveLength(1);
    expect(await get('2')).toEqual({ id: '2', event_time: '2126-03-04T05:06:07.089Z', age: '32' });
  });
});

describe('a table without rows', () => {
  const columns = (...names: string[]) => names.map((name) => ({ name, data: [], type: 'STRING' as const }));
  const WRONG = ['foo', 'bar'];
  const RIGHT = ['id', 'event_time', 'age'];
  const tables = (names: string[]): [string, string | Buffer][] => [
    ['rows.csv', `${names.join(',')}\n`],
    ['rows.tsv', names.join('\t')],
    ['rows.csv.gz', zlib.gzipSync(`${names.join(',')}\r\n`)],
    ['rows.parquet', Buffer.from(parquetWriteBuffer({ columnData: columns(...names) }))],
  ];

  it.each(tables(WRONG))('is judged by its columns, as with rows: %s', async (name, content) => {
    const { bulkPut, write, files } = await group();
    await write(name, content);
    for (const more of [[], ['--dry-run']]) {
      const { code, stdout, stderr } = await bulkPut(name, ...more);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toBe(
        `sagemaker-fs: ${name} does not fit feature group people: foo, bar are not features; no column holds the record identifier id; no column holds the event time event_time (--fill-event-time gives all records that of the start of the run). --ignore-unknown leaves out what is not a feature.\n`,
      );
    }
    expect((await files()).sort()).toEqual([name, 'schema.json', 'store'].sort());
  });

  it.each([...tables(RIGHT), ['index.csv', `,${RIGHT.join(',')}\n`] as [string, string]])(
    'is no mistake where they fit: %s',
    async (name, content) => {
      const { bulkPut, write } = await group();
      await write(name, content);
      const { code, stderr } = await bulkPut(name);
      expect(stderr).toMatch(/^0 written, 0 failed/);
      expect(code).toBe(0);
    },
  );

  it('has the columns of its folder, and the rows beside it are written', async () => {
    const { bulkPut, write, dir, get } = await group();
    for (const city of ['Bern', 'Rome']) await mkdir(join(dir, `in/id=${city}`), { recursive: true });
    await write('in/id=Bern/a.csv', 'event_time,age\n');
    await write('in/id=Rome/b.csv', `event_time,age\n${TIME},3\n`);
    expect((await bulkPut('in')).code).toBe(0);
    expect(await get('Rome')).toMatchObject({ age: '3' });
  });
});

it('a row without an event time is told what fills it', async () => {
  const { bulkPut, write, get } = await group();
  await write('people.csv', `id,event_time\n1,${TIME}\n2,\n`);
  const { code, stderr } = await bulkPut('people.csv');
  expect(code).toBe(4);
  expect(stderr).toContain(
    'line 3, record 2: The event time event_time is missing (--fill-event-time gives such records that of the start of the run).\n',
  );
  expect((await bulkPut('people.errors.jsonl', '--fill-event-time')).code).toBe(0);
  expect(await get('2')).toMatchObject({ id: '2' });
});

describe('bad rows', () => {
  const BAD = `id,event_time,age,score,city\n1,${TIME},31,,\n2,${TIME},old,,\n3,yesterday,33,1e400,\n,${TIME},34,,\n5,${TIME},35\n6,${TIME},36,,"x"\n`;

  it('fail alone: line, feature, value and expected type on stderr and in the errors file, exit 4', async () => {
    const { bulkPut, write, get, lines } = await group();
    await write('people.csv', BAD);
    const { code, stderr } = await bulkPut('people.csv');
    expect(code).toBe(4);
    expect(stderr).toContain(
      'line 3, record 2: Feature age: "old" is not an Integral (a whole number from -2^63 to 2^63-1).\n',
    );
    expect(stderr).toContain('line 6: The row has 3 cells where the header has 5.\n');
    expect(stderr).toMatch(
      /2 written, 4 failed .*\n.*4 records failed: fix them in people\.errors\.jsonl, then:\n {2}sagemaker-fs bulk-put people people\.errors\.jsonl .*\n$/,
    );
    expect(await lines('people.errors.jsonl')).toMatchObject([
      {
        line: 3,
        id: '2',
        code: 'ValidationError',
        attempts: 0,
        record: { id: '2', event_time: TIME, age: 'old', score: null },
      },
      {
        line: 4,
        id: '3',
        message: expect.stringMatching(/"yesterday" is not an event time.*"1e400" is not a Fractional/) as string,
      },
      { line: 5, message: 'The record identifier id is missing.' },
      { line: 6, message: 'The row has 3 cells where the header has 5.' },
    ]);
    expect(await get('6')).toMatchObject({ age: '36', city: 'x' });
  });

  it('the errors file, once corrected, finishes the job; a second run does not overwrite it', async () => {
    const { bulkPut, write, get, files, dir } = await group();
    await write('people.csv', `id,event_time,age,score,city\n1,${TIME},old,,\n2,${TIME},2,,\n`);
    expect((await bulkPut('people.csv')).code).toBe(4);
    expect((await bulkPut('people.csv')).code).toBe(4);
    expect(await files()).toEqual(expect.arrayContaining(['people.errors.jsonl', 'people.errors-2.jsonl']));
    const errors = await readFile(join(dir, 'people.errors.jsonl'), 'utf8');
    await write('people.errors.jsonl', errors.replace('"age":"old"', '"age":31'));
    expect((await bulkPut('people.errors.jsonl')).code).toBe(0);
    expect(await get('1')).toEqual({ id: '1', event_time: TIME, age: '31' });
  });

  it('a few of one kind are shown, and how many more there are', async () => {
    const { bulkPut, write, lines } = await group();
    await write('people.csv', `id,event_time,age\n${`1,${TIME},x\n`.repeat(30)}2,${TIME},2\n`);
    const { code, stderr } = await bulkPut('people.csv');
    expect(code).toBe(4);
    expect(stderr.match(/^warning: line /gm)).toHaveLength(3);
    expect(stderr).toContain('warning: 27 more records failed as line 2, record 1 did.\n');
    expect(await lines('people.errors.jsonl')).toHaveLength(30);
  });

  it('--max-errors stops the run', async () => {
    const { bulkPut, write } = await group();
    await write('people.csv', `id,event_time,age\n2,${TIME},2\n${`1,${TIME},x\n`.repeat(30)}`);
    const { code, stderr } = await bulkPut('people.csv', '--max-errors', '3', '--errors-file', 'bad.jsonl');
    expect(code).toBe(4);
    expect(stderr).toMatch(/Stopped: \d+ records failed \(--max-errors 3\): fix them in bad\.jsonl, then:\n.*\n$/);
  });

  it('and nothing else: exit 2, nothing sent', async () => {
    const { bulkPut, write, files } = await group();
    await write('people.csv', 'id,agee\n1,2\n');
    const { code, stderr } = await bulkPut('people.csv');
    expect(code).toBe(2);
    expect(stderr).toContain(
      'does not fit feature group people: agee → age (did you mean that?); no column holds the event time event_time',
    );
    expect(stderr).toMatch(/Add --map agee=age\.\n$/);
    await write('twice.csv', `id,event_time,agee,aged,q\n1,${TIME},2,3,4\n`);
    expect((await bulkPut('twice.csv')).stderr).toContain(
      ': agee → age (did you mean that?); aged, q are not features.',
    );
    expect(await files()).not.toContain('people.errors.jsonl');
  });

  it('of a folder names the file that it is in', async () => {
    const { bulkPut, write, dir } = await group();
    await mkdir(join(dir, 'days'));
    await write('days/a.csv', `id,event_time\n1,${TIME}\n`);
    await write('days/b.csv', `event_time,id,extra\n${TIME},2,x\n`);
    const { code, stderr } = await bulkPut('days');
    expect(code).toBe(2);
    expect(stderr).toMatch(/: days\/b\.csv does not fit feature group people: extra is not a feature\./);
  });
});

describe('broken input ends in one sentence', () => {
  it.each<[string, string | Buffer, number, RegExp]>([
    ['none.csv', '', 2, /none\.csv is empty\.\n$/],
    [
      'cut.json',
      `[{"id":"1","event_time":"${TIME}"},\n{"id":`,
      2,
      /line 2: the file ends in the middle of the record that starts on line 2\.\n$/,
    ],
    ['cut.jsonl', `{"id":"1","event_time":"${TIME}"}\n{"id":`, 4, /line 2: This is not valid JSON: .*\n/],
    ['twice.csv', 'id,id\n1,2\n', 2, /the header line names id twice\.\n$/],
    ['wrong.csv.gz', 'id,age\n', 2, /is named \.gz but does not hold gzip data\.\n$/],
    [
      'big.jsonl',
      JSON.stringify({ id: '1', event_time: TIME, city: 'x'.repeat(400_000) }),
      2,
      /The record has 4000\d\d bytes; the service takes at most 358400 \(350 KB\)\.\n/,
    ],
    ['latin.csv', Buffer.from('id,city\n1,Z\xfcrich\n', 'latin1'), 2, /is not UTF-8 text/],
    ['people.parquet', 'PAR1', 2, /people\.parquet is not a Parquet file, or is damaged/],
  ])('%s', async (name, ...[content, exitCode, message]) => {
    const { bulkPut, write } = await group();
    await write(name, content);
    const { code, stdout, stderr } = await bulkPut(name);
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: exitCode, stdout: '' });
  });

  it('a directory, a missing file, a missing group', async () => {
    const { bulkPut, run, dir } = await group();
    await mkdir(join(dir, 'folder'));
    expect(await bulkPut('folder')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/folder is a folder without a file to read\.\n$/) as string,
    });
    expect(await bulkPut('nowhere.csv')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/nowhere\.csv does not exist\.\n$/) as string,
    });
    expect(await run(['bulk-put', 'peple', 'x.csv'])).toMatchObject({ code: 3 });
  });

  it('options that cannot be', async () => {
    const { bulkPut, write } = await group();
    await write('people.csv', csv(1));
    expect(await bulkPut('people.csv', '--map', 'x=nope')).toMatchObject({ code: 2 });
    expect(await bulkPut('people.csv', '--map', 'x')).toMatchObject({ code: 2 });
    expect(await bulkPut('people.csv', '--format', 'xml')).toMatchObject({ code: 2 });
    expect(await bulkPut('people.csv', '--target-stores', 'offline')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('has no offline store') as string,
    });
    await write('report.json', '{}');
    if (!('createZstdCompress' in zlib)) {
      const refused = await bulkPut('people.csv', '-o', 'report.json.zst');
      expect(refused.stderr).toMatch(/^sagemaker-fs: .*report\.json\.zst: writing \.zst takes Node 22\.15 or later/);
    }
    expect(await bulkPut('people.csv', '-o', 'report.json')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('add --overwrite') as string,
    });
  });
});

describe('--dry-run', () => {
  it('checks everything, estimates, and sends nothing', async () => {
    const { bulkPut, write, get } = await group();
    await write('people.csv', csv(100));
    const { code, stdout } = await bulkPut('people.csv', '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^records {2}100, \d+ bytes on average\ncalls {4}4 of up to 25 records \(BatchWriteRecord\)\ntime .*\ncost {5}≈ \$0\.00013 for 100 write units, [^]*\n$/,
    );
    expect(await get('p1')).toBeNull();
  });

  it('finds what is wrong, without leaving a file that nobody asked for', async () => {
    const { bulkPut, write, files } = await group();
    await write('people.csv', `id,event_time,age\n1,${TIME},x\n2,${TIME},2\n`);
    const { code, stderr } = await bulkPut('people.csv', '--dry-run');
    expect(code).toBe(4);
    expect(stderr).toContain('line 2, record 1: Feature age: "x" is not an Integral');
    expect(stderr).toContain('1 valid, 1 failed');
    expect((await files()).filter((name) => name.includes('errors'))).toEqual([]);
  });
});

it('--summary and --output-file keep the figures as JSON', async () => {
  const { bulkPut, write, dir } = await group();
  await write('people.csv', csv(7) + 'bad\n');
  expect((await bulkPut('people.csv', '--summary', join(dir, 'summary.json'), '-o', 'report.json')).code).toBe(4);
  const [summary, report] = await Promise.all(
    ['summary.json', 'report.json'].map(async (name) => JSON.parse(await readFile(join(dir, name), 'utf8')) as object),
  );
  expect(summary).toMatchObject({ command: 'bulk-put', ok: 7, failed: 1, skipped: 0, retried: 0 });
  expect(report).toMatchObject({
    group: 'people',
    dryRun: false,
    ok: 7,
    failed: 1,
    errorsFile: join(dir, 'people.errors.jsonl'),
  });
});

it('an offline-only group takes records as well', async () => {
  const { bulkPut, write } = await group(
    '--no-online-store',
    '--s3-uri',
    's3://features/store',
    '--execution-role-arn',
    ROLE,
  );
  await write('people.csv', csv(30));
  expect(await bulkPut('people.csv')).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('30 written') as string,
  });
  expect(await bulkPut('people.csv', '--ttl', '3d')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--ttl') as string,
  });
});

describe('a service that has a bad day', () => {
  it('throttling and errors: every record arrives, none is failed, the summary counts the retries', async () => {
    const { bulkPut, write, get, faults } = await servedGroup();
    await write('people.csv', csv(1000));
    Object.assign(faults, { errorRate: 0.3, throttlePerSecond: 40 });
    const { code, stderr } = await bulkPut('people.csv');
    Object.assign(faults, { errorRate: 0, throttlePerSecond: 0 });
    expect(stderr).toMatch(/1,000 written, 0 failed, [1-9][\d,]* retried/);
    expect(code).toBe(0);
    expect(await get('p999')).toMatchObject({ age: '999' });
  });

  it('BatchWriteRecord is denied: PutRecord does the job, with one note', async () => {
    const { bulkPut, write, get, faults } = await servedGroup();
    faults.deny = ['sagemaker:BatchWriteRecord'];
    await write('people.csv', csv(120));
    const { code, stderr } = await bulkPut('people.csv');
    expect(code).toBe(0);
    expect(stderr.match(/using PutRecord instead/g)).toHaveLength(1);
    expect(await get('p119')).toMatchObject({ age: '119' });
  });

  it('PutRecord is denied as well: exit 1, the IAM action is named, no record is blamed', async () => {
    const { bulkPut, write, dir, faults } = await servedGroup();
    faults.deny = ['sagemaker:BatchWriteRecord', 'sagemaker:PutRecord'];
    await write('people.csv', csv(120));
    const { code, stderr } = await bulkPut('people.csv');
    expect(code).toBe(1);
    expect(stderr).toMatch(/Access denied: this needs the IAM action sagemaker:PutRecord\./);
    expect(existsSync(join(dir, 'people.errors.jsonl'))).toBe(false);
  });

  it('patience spent: exit 5', async () => {
    const { bulkPut, write, faults, isBegun } = await servedGroup();
    await write('people.csv', csv(1000));
    const running = bulkPut('people.csv', '--retry-for', '1s', '--tps', '10');
    await vi.waitUntil(isBegun, { timeout: 20_000 });
    faults.errorRate = 1;
    const { code, stderr } = await running;
    expect(stderr).toMatch(
      /Gave up after 1 s in which BatchWriteRecord did not succeed .* trying again later may help\.\n$/,
    );
    expect(code).toBe(5);
  });

  it('an input that breaks off later: exit 1, and how many records are written', async () => {
    const { bulkPut, write } = await servedGroup();
    const record = (index: number) => JSON.stringify({ id: `p${index}`, event_time: TIME, city: 'x'.repeat(1000) });
    await write('cut.json', `[${Array.from({ length: 3000 }, (_, index) => record(index)).join(',\n')},\n{"id"`);
    const { code, stderr } = await bulkPut('cut.json');
    expect(stderr).toMatch(
      /line 3001: the file ends in the middle of the record .* The [\d,]+ records before that are written\.\n$/,
    );
    expect(code).toBe(1);
  });
});

it('Ctrl-C stops reading, finishes what is in flight, tells the summary and exits 130', async () => {
  const { run, isBegun } = await servedGroup();
  let send: (signal: 'SIGINT') => void = () => {};
  const stdin = new Readable({ read() {} });
  stdin.push(csv(500));
  const running = run(['bulk-put', 'people', '-'], { stdin, interrupt: (sender) => (send = sender) });
  await vi.waitUntil(isBegun, { timeout: 20_000 });
  send('SIGINT');
  const { code, stderr } = await running;
  expect(code).toBe(130);
  expect(stderr).toMatch(/[1-9]\d* written, 0 failed.*\nsagemaker-fs: Interrupted\.\n$/);
});
