import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openLocal } from '../../src/local/index.js';
import { parseS3 } from '../../src/s3/address.js';
import { explainS3 } from '../../src/s3/errors.js';
import { s3Sink } from '../../src/s3/sink.js';
import { readRows } from '../../src/files/file-handler.js';
import { localStore } from '../support/run.js';

const TIME = '2026-01-31T12:00:00Z';

/** `people` in an embedded store, and the bucket `lake` in the same. */
async function lake() {
  const { dir, run } = await localStore();
  const local = await openLocal({ dir: join(dir, 'store') });
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const door = { region: 'us-east-1', credentials, endpoint: 'http://127.0.0.1', forcePathStyle: true };
  const s3 = new S3Client({ ...door, requestHandler: local.requestHandler });
  onTestFinished(() => local.close());
  await s3.send(new CreateBucketCommand({ Bucket: 'lake' }));
  const schema = { id: 'String', event_time: 'String', age: 'Integral' };
  const definitions = Object.entries(schema).map(([FeatureName, FeatureType]) => ({ FeatureName, FeatureType }));
  await writeFile(join(dir, 'schema.json'), JSON.stringify(definitions));
  expect(await run(['create', 'people', '--schema-file', 'schema.json'])).toMatchObject({ code: 0 });
  const get = async (uri: string) => (await s3.send(new GetObjectCommand(parseS3(uri)))).Body!.transformToByteArray();
  return {
    dir,
    run,
    s3,
    faults: local.faults,
    put: (uri: string, Body: string | Uint8Array) =>
      s3.send(new PutObjectCommand({ ...parseS3(uri), Body, ContentLength: Buffer.byteLength(Body) })),
    text: async (uri: string) => Buffer.from(await get(uri)).toString(),
    unfinished: async () => (await s3.send(new ListMultipartUploadsCommand({ Bucket: 'lake' }))).Uploads ?? [],
    bulkPut: (...argv: string[]) => run(['bulk-put', 'people', ...argv]),
    bulkGet: (stdin: string, ...argv: string[]) => run(['bulk-get', 'people', ...argv], { stdin }),
  };
}

const csv = (...ids: string[]) => `id,event_time,age\n${ids.map((id) => `${id},${TIME},1\n`).join('')}`;
const row = (id: string) => ({ id, event_time: TIME, age: '1' });

describe('s3://', () => {
  it('is written and read like a file, in every format', async () => {
    const { bulkPut, bulkGet, put, text } = await lake();
    await put('s3://lake/in/people.csv', csv('a', 'b'));
    expect(await bulkPut('s3://lake/in/people.csv')).toMatchObject({ code: 0 });
    for (const format of ['json', 'jsonl.gz', 'csv', 'parquet']) {
      const uri = `s3://lake/out/people.${format}`;
      expect(await bulkGet('b\na\n', '-', '-o', uri)).toMatchObject({ code: 0, stdout: '' });
      const back = await bulkGet('', uri);
      expect(JSON.parse(back.stdout)).toEqual([row('b'), row('a')]);
      expect(await bulkPut(uri)).toMatchObject({ code: 0, stderr: expect.stringMatching(/^2 written/) });
    }
    expect(await text('s3://lake/out/people.csv')).toBe(csv('b', 'a'));
  });

  it('holds a schema, a record and identifiers as well as a file does', async () => {
    const { run, put, text } = await lake();
    const definitions = ['id', 'event_time'].map((FeatureName) => ({ FeatureName, FeatureType: 'String' }));
    await put('s3://lake/schema.json', JSON.stringify(definitions));
    await put('s3://lake/more.json.gz', gzipSync('[{"FeatureName":"zip","FeatureType":"String"}]'));
    await put('s3://lake/record.json', `{"id":"a","event_time":"${TIME}","zip":"8001"}`);
    await put('s3://lake/ids.txt', 'a\nb\n');
    const typed = async (...argv: string[]) => expect(await run(argv)).toMatchObject({ code: 0 });
    await typed('create', 'zips', '--schema-file', 's3://lake/schema.json');
    await typed('add-features', 'zips', 's3://lake/more.json.gz');
    await typed('put', 'zips', '--record', '@s3://lake/record.json');
    await typed('bulk-get', 'zips', 's3://lake/ids.txt', '-o', 's3://lake/found.jsonl');
    expect(JSON.parse(await text('s3://lake/found.jsonl'))).toEqual({ id: 'a', event_time: TIME, zip: '8001' });
    await typed('clear', 'zips', '--ids-file', 's3://lake/ids.txt', '--force');
    await typed('create', 'guessed', '--infer', 's3://lake/found.jsonl');
    const { stdout } = await run(['schema', '--infer', 's3://lake/found.jsonl', '-o', 'json']);
    expect(stdout).toContain('"zip"');
    expect(await run(['create', 'x', '--schema-file', 's3://lake/none.json'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('s3://lake/none.json') as string,
    });
  });

  it('with a prefix is every object below it of a known format, in the order of the keys', async () => {
    const { bulkPut, bulkGet, put } = await lake();
    await put('s3://lake/in/part-2.jsonl', `${JSON.stringify(row('d'))}\n{"id":"e"}\n`);
    await put('s3://lake/in/part-1.csv.gz', gzipSync(csv('b', 'c')));
    await put('s3://lake/in/part-0.csv', csv('a'));
    await put('s3://lake/in/_SUCCESS', '');
    await put('s3://lake/in/notes.md', '# Notes');
    await put('s3://lake/in/folder/', '');
    await put('s3://lake/into.csv', csv('z'));
    const { code, stderr } = await bulkPut('s3://lake/in');
    expect({ code, stderr }).toMatchObject({ code: 4, stderr: expect.stringContaining('4 written, 2 failed') });
    // An object that is not read is named; folders and markers are no objects to read.
    expect(stderr).toContain('s3://lake/in/notes.md was not read: its name has no extension of a format');
    expect(stderr).not.toContain('folder');
    expect(stderr).toMatch(/1 record failed, and 1 file was not read: fix it in \S+, then:\n/);
    const ignoring = await bulkPut('s3://lake/in', '--ignore-unreadable');
    expect(ignoring.stderr).toContain('4 written, 1 failed');
    await put('s3://lake/in/part-2.jsonl', `${JSON.stringify(row('d'))}\n`);
    const unread = await bulkPut('s3://lake/in');
    expect(unread.code).toBe(4);
    // There is nothing to fix, and nothing to send again.
    expect(unread.stderr).toMatch(/^sagemaker-fs: 1 file was not read; see \S+\.errors-?\d*\.jsonl\.\n$/m);
    expect(stderr).toMatch(/part-2\.jsonl, line 2, record e: The event time event_time is missing/);
    const { stdout } = await bulkGet('a\nb\nc\nd\nz\n', '-', '--format', 'csv');
    expect(stdout).toBe(csv('a', 'b', 'c', 'd'));
  });

  it('with a prefix tells each bad row with its own object and its line there', async () => {
    const { dir, bulkPut, bulkGet, put } = await lake();
    await put('s3://lake/in/day=1/part.csv', `${csv('a')}b,${TIME},old\n`);
    await put(
      's3://lake/in/day=2/part.jsonl',
      `${JSON.stringify(row('c'))}\n{broken\n${JSON.stringify({ id: 'd' })}\n`,
    );
    await put('s3://lake/in/notes.md', '# Notes');
    const { code, stderr } = await bulkPut('s3://lake/in/');
    expect(code, stderr).toBe(4);
    expect(stderr).toMatch(/^warning: day=1\/part\.csv, line 3, record b: /m);
    expect(stderr).toMatch(/^warning: day=2\/part\.jsonl, line 2: /m);
    expect(stderr).toMatch(/^warning: s3:\/\/lake\/in\/notes\.md was not read/m);
    const [errorsFile] = (await readdir(dir)).filter((name) => name.includes('.errors'));
    const places = (await readFile(join(dir, errorsFile!), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { file?: string; line?: number })
      .map(({ file, line }) => [file, line]);
    expect(places).toEqual([
      ['s3://lake/in/day=1/part.csv', 3],
      ['s3://lake/in/day=2/part.jsonl', 2],
      ['s3://lake/in/day=2/part.jsonl', 3],
      ['s3://lake/in/notes.md', undefined],
    ]);
    const read = await bulkGet('', 's3://lake/in/', '--ignore-unreadable');
    expect(read.stderr).toMatch(/^warning: day=2\/part\.jsonl, line 2: /m);
  });

  it('reads objects of many ranges, and writes them in parts', async () => {
    const { s3, unfinished } = await lake();
    const uri = 's3://lake/big.csv';
    const sink = await s3Sink(s3, uri, {});
    await sink.write('id,event_time,age\n');
    const rows = 5_000;
    // Each row fills 4 KB, so that the object has three parts and ranges.
    for (let n = 0; n < rows; n += 1) await sink.write(`r${n},${TIME},"${' '.repeat(4000)}${n}"\n`);
    await sink.end();
    expect((await s3.send(new HeadObjectCommand(parseS3(uri)))).ETag).toMatch(/-3"$/);
    expect(await unfinished()).toEqual([]);
    const numbers: number[] = [];
    for await (const { row } of readRows(uri, { stdin: Readable.from([]), s3: () => Promise.resolve(s3) }))
      numbers.push(Number(row!.age));
    expect(numbers).toEqual(Array.from({ length: rows }, (_, n) => n));
  });

  it('leaves nothing behind when writing breaks off', async () => {
    const { s3, unfinished } = await lake();
    const sink = await s3Sink(s3, 's3://lake/big', {});
    await sink.write(Buffer.alloc(9 * 1024 * 1024));
    await sink.write('more');
    await sink.abort();
    expect(await unfinished()).toEqual([]);
    await expect(s3.send(new HeadObjectCommand(parseS3('s3://lake/big')))).rejects.toThrow();
  });

  it('replaces an object only with --overwrite, also one that appears meanwhile', async () => {
    const { s3, put, text, bulkGet } = await lake();
    await put('s3://lake/out.json', 'precious');
    const refused = await bulkGet('a', '-', '-o', 's3://lake/out.json');
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('s3://lake/out.json already exists') });
    expect(await text('s3://lake/out.json')).toBe('precious');
    expect(await bulkGet('a', '-', '-o', 's3://lake/out.json', '--overwrite')).toMatchObject({ code: 0 });
    expect(await text('s3://lake/out.json')).toBe('[]\n');
    const sink = await s3Sink(s3, 's3://lake/late', {});
    await put('s3://lake/late', 'precious');
    await sink.write('x');
    await expect(sink.end()).rejects.toThrow('s3://lake/late already exists: add --overwrite');
  });

  it.each([
    [['s3://nowhere/people.csv'], 2, /There is no bucket nowhere \(s3:\/\/nowhere\/people\.csv\)\.$/m],
    [['s3://lake/people.csv'], 2, /There is no object s3:\/\/lake\/people\.csv, and none below it\.$/m],
    [['s3://lake/docs/'], 2, /none below it, apart from 1 of no known format\.$/m],
    [['s3://lake/empty.csv'], 2, /s3:\/\/lake\/empty\.csv is empty\.$/m],
    [['s3://lake/empty.parquet'], 2, /s3:\/\/lake\/empty\.parquet is empty\.$/m],
    [['s3:///people.csv'], 2, /is not an S3 address such as s3:\/\/bucket\/key\.$/m],
  ])('%j is refused in one sentence', async (argv, code, message) => {
    const { bulkPut, put, dir } = await lake();
    await put('s3://lake/empty.csv', '');
    await put('s3://lake/empty.parquet', '');
    await put('s3://lake/docs/notes.md', '#');
    const ran = await bulkPut(...argv);
    expect(ran.stderr).toMatch(message);
    expect(ran).toMatchObject({ code, stdout: '' });
    expect((await readdir(dir)).filter((name) => name.includes('errors'))).toEqual([]);
  });

  it('keeps the report of a run, and replaces one only with --overwrite', async () => {
    const { bulkPut, put, text, dir } = await lake();
    await put('s3://lake/people.csv', csv('a', 'b'));
    expect(await bulkPut('s3://lake/people.csv', '-o', 's3://lake/runs/report.json')).toMatchObject({ code: 0 });
    const first = await text('s3://lake/runs/report.json');
    expect(JSON.parse(first)).toMatchObject({ group: 'people', input: 's3://lake/people.csv', ok: 2, failed: 0 });

    const again = await bulkPut('s3://lake/people.csv', '-o', 's3://lake/runs/report.json');
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('add --overwrite to replace it') });
    expect(await text('s3://lake/runs/report.json')).toBe(first);
    const dryRun = ['s3://lake/people.csv', '-o', 's3://lake/runs/report.json', '--overwrite', '--dry-run'];
    expect(await bulkPut(...dryRun)).toMatchObject({ code: 0 });
    expect(JSON.parse(await text('s3://lake/runs/report.json'))).toMatchObject({
      dryRun: true,
      estimate: { records: 2 },
    });
    expect(await bulkPut('s3://lake/people.csv', '-o', '-')).toMatchObject({ code: 2 });
    expect((await readdir(dir)).filter((name) => name.includes('report'))).toEqual([]);
  });

  it('that must not be written names the object and the bucket', async () => {
    const { bulkGet } = await lake();
    const { code, stderr } = await bulkGet('a', '-', '-o', 's3://nowhere/out.json');
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('There is no bucket nowhere') });
    expect(await bulkGet('a', '-', '-o', 's3://lake/')).toMatchObject({ code: 2 });
  });

  it('that IAM refuses names the action, and what else may be wrong', () => {
    const denied = Object.assign(new Error('Access Denied'), {
      name: 'AccessDenied',
      $metadata: { httpStatusCode: 403 },
    });
    expect((explainS3(denied, 's3://b/k', 'GetObject') as Error).message).toBe(
      'Reading s3://b/k is not allowed: it needs the IAM action s3:GetObject (without s3:ListBucket, S3 says the same of what does not exist).',
    );
    expect((explainS3(denied, 's3://b/k', 'PutObject') as Error).message).toBe(
      'Writing s3://b/k is not allowed: it needs the IAM action s3:PutObject.',
    );
  });
});
