/** Files that are broken in every way that files are: one clear sentence, the documented exit code, and only good records written. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openLocal } from '../../src/local/index.js';
import type { Listener, Local } from '../../src/local/index.js';
import { run, temporaryFolder } from '../support/run.js';

const TIME = '2026-01-31T12:00:00Z';
const SCHEMA = { id: 'String', at: 'String', age: 'Integral', score: 'Fractional', city: 'String' };
const IS_ROOT = process.getuid?.() === 0;

interface Broken {
  file: string;
  content: string | Buffer;
  code: number;
  /** What stderr says. */
  says: RegExp;
  /** Identifiers that are in the group afterwards; none when left out. */
  written?: string[];
}

const row = (id: string, more: object = {}): string => JSON.stringify({ id, at: TIME, ...more });
const utf16 = (text: string): Buffer => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);

const BROKEN: Record<string, Broken> = {
  'a JSON array that was cut off in its second record': {
    ...{ file: 'cut.json', content: `[${row('1')},\n{"id":"2","a`, code: 2 },
    says: /cut\.json, line 2: the file ends in the middle of the record that starts on line 2\.$/m,
  },
  'a JSON array that was cut off between two records': {
    ...{ file: 'open.json', content: `[${row('1')},\n`, code: 2 },
    says: /open\.json, line 2: the file ends before its array is closed; it may have been cut off\.$/m,
  },
  'JSON lines that were cut off': {
    ...{ file: 'cut.jsonl', content: `${row('1')}\n{"id":"2",`, code: 4, written: ['1'] },
    says: /line 2: This is not valid JSON: /,
  },
  'an array of scalars': {
    ...{ file: 'scalars.json', content: '[1, 2, 3]', code: 2 },
    says: /scalars\.json, line 1: 1 is where a record should begin; JSON input is an array of objects/,
  },
  'a scalar': { file: 'scalar.json', content: '"x"', code: 2, says: /scalar\.json, line 1: " is where a record/ },
  'JSON lines that are no objects': {
    ...{ file: 'lists.jsonl', content: '[1]\n"x"\n', code: 2 },
    says: /line 1: A record must be a JSON object, not .*\n.*line 2: A record must be a JSON object/,
  },
  'a nested object': {
    ...{
      file: 'nested.jsonl',
      content: `${row('1', { city: { name: 'Bern' } })}\n${row('2')}`,
      code: 4,
      written: ['2'],
    },
    says: /line 1, record 1: .*city/,
  },
  'a ragged CSV': {
    ...{ file: 'ragged.csv', content: `id,at,age\n1,${TIME},1\n2,${TIME}\n3,${TIME},3,4\n`, code: 4, written: ['1'] },
    says: /line 3: The row has 2 cells where the header has 3\.\n.*line 4: The row has 4 cells/,
  },
  'a CSV whose quote never closes': {
    ...{ file: 'quote.csv', content: `id,at,city\n1,${TIME},Bern\n2,${TIME},"Bern\n`, code: 4, written: ['1'] },
    says: /line 3: .*quote/i,
  },
  'a header that names a column twice': {
    ...{ file: 'twice.csv', content: `id,at,id\n1,${TIME},2\n`, code: 2 },
    says: /twice\.csv: the header line names id twice\.$/m,
  },
  'a header and nothing else': { file: 'header.csv', content: 'id,at,age\n', code: 0, says: /^0 written, 0 failed/m },
  'a CSV without the identifier': {
    ...{ file: 'missing.csv', content: `at,age\n${TIME},1\n`, code: 2 },
    says: /missing\.csv does not fit feature group .*: no column holds the record identifier id\.$/m,
  },
  'a CSV with a column that the group does not have': {
    ...{ file: 'unknown.csv', content: `id,at,agee\n1,${TIME},1\n`, code: 2 },
    says: /agee.*age/,
  },
  'numbers that are none': {
    ...{ file: 'numbers.csv', code: 4, written: ['ok'] },
    content: `id,at,age,score\ninf,${TIME},,inf\nhuge,${TIME},,1e400\nlong,${TIME},9223372036854775808,\nok,${TIME},9223372036854775807,1e308\n`,
    says: /record inf: .*score.*\n.*record huge: .*score.*\n.*record long: .*age/,
  },
  'Infinity in JSON': {
    ...{
      file: 'nan.jsonl',
      content: `{"id":"1","at":"${TIME}","score":Infinity}\n${row('2')}\n`,
      code: 4,
      written: ['2'],
    },
    says: /line 1, record 1: Feature score: Infinity is not a Fractional/,
  },
  'a record of 400 KB': {
    ...{
      file: 'large.jsonl',
      content: `${row('1', { city: 'x'.repeat(400_000) })}\n${row('2')}`,
      code: 4,
      written: ['2'],
    },
    says: /line 1, record 1: The record has 400\d\d\d bytes; the service takes at most 358400 \(350 KB\)\.$/m,
  },
  'nothing at all': { file: 'empty.csv', content: '', code: 2, says: /empty\.csv is empty\.$/m },
  'white space': { file: 'blank.json', content: ' \n\n', code: 2, says: /blank\.json is empty\.$/m },
  'a .gz that is none': {
    ...{ file: 'plain.csv.gz', content: `id,at\n1,${TIME}\n`, code: 2 },
    says: /plain\.csv\.gz is named \.gz but does not hold gzip data\.$/m,
  },
  'a .gz that was cut off': {
    ...{ file: 'short.csv.gz', content: gzipSync(`id,at\n1,${TIME}\n`).subarray(0, 30), code: 2 },
    says: /short\.csv\.gz is broken gzip: .*\.$/m,
  },
  'binary that claims to be CSV': {
    ...{ file: 'binary.csv', content: Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0]), code: 2 },
    says: /binary\.csv is not text: it holds zero bytes/,
  },
  'text in another encoding': {
    ...{ file: 'latin.csv', content: Buffer.from(`id,at,city\n1,${TIME},Z\xfcrich\n`, 'latin1'), code: 2 },
    says: /latin\.csv is not UTF-8 text: save it as UTF-8\.$/m,
  },
  'an extension that cannot be read': {
    ...{ file: 'people.xlsx', content: 'PK', code: 2 },
    says: /people\.xlsx: \.xlsx files cannot be read; /,
  },
  'a Parquet file that is none': {
    file: 'people.parquet',
    content: 'PAR1',
    code: 2,
    says: /people\.parquet .*Parquet/,
  },
};

const UNUSUAL: Record<string, [file: string, content: string | Buffer]> = {
  'a byte order mark': ['bom.csv', `\ufeffid,at,city\n1,${TIME},Bern\n`],
  'Windows line ends': ['crlf.csv', `id,at,city\r\n1,${TIME},Bern\r\n`],
  'UTF-16 with a byte order mark': ['utf16.csv', utf16(`id,at,city\n1,${TIME},Bern\n`)],
  'an unknown extension': ['people.dat', `id,at,city\n1,${TIME},Bern\n`],
  'gzip that does not say so': ['people.csv', gzipSync(`id,at,city\n1,${TIME},Bern\n`)],
  'JSON lines that are called an array': ['people.json', `${row('1', { city: 'Bern' })}\n`],
  'no newline at the end': ['last.csv', `id,at,city\n1,${TIME},Bern`],
};

describe('bulk-put', () => {
  let store: string;
  let local: Local;
  let listener: Listener;
  let groups = 0;

  beforeAll(async () => {
    store = await mkdtemp(join(tmpdir(), 'sagemaker-fs-'));
    local = await openLocal({ dir: store });
    listener = await local.listen({ port: 0 });
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'a').stubEnv('AWS_SECRET_ACCESS_KEY', 'b');
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await local.close();
    await rm(store, { recursive: true, force: true });
  });

  /** A group of its own for one file. */
  async function group() {
    const dir = await temporaryFolder();
    const name = `group-${(groups += 1)}`;
    const typed = (...argv: string[]) =>
      run([...argv, '--region', 'us-east-1', '--endpoint-url', `http://127.0.0.1:${listener.port}`], { cwd: dir });
    const schema = Object.entries(SCHEMA).map(([FeatureName, FeatureType]) => ({ FeatureName, FeatureType }));
    await writeFile(join(dir, 'schema.json'), JSON.stringify(schema));
    const created = await typed('create', name, '--schema-file', 'schema.json', '--event-time-feature-name', 'at');
    expect(created).toMatchObject({ code: 0 });
    const records = () => [...local.store.online.scan(local.store.groups.find('us-east-1', name)!.id)];
    return { dir, bulkPut: (input: string) => typed('bulk-put', name, input), records };
  }

  it.each(Object.entries(BROKEN))('%s', async (_what, { file, content, code, says, written = [] }) => {
    const { dir, bulkPut, records } = await group();
    await writeFile(join(dir, file), content);
    const ran = await bulkPut(file);
    expect(ran.stderr).toMatch(says);
    expect(ran.stderr).not.toMatch(/^\s+at /m);
    expect({ code: ran.code, stdout: ran.stdout }).toEqual({ code, stdout: '' });
    expect(records().map(({ record }) => record.identifier)).toEqual(written);
  });

  it.each(Object.entries(UNUSUAL))('%s is nothing special', async (_what, [file, content]) => {
    const { dir, bulkPut, records } = await group();
    await writeFile(join(dir, file), content);
    expect(await bulkPut(file)).toMatchObject({ code: 0 });
    expect(records().map(({ record }) => record.values.map(({ ValueAsString }) => ValueAsString))).toEqual([
      ['1', TIME, 'Bern'],
    ]);
  });

  it('a directory, a missing file', async () => {
    const { dir, bulkPut } = await group();
    await mkdir(join(dir, 'folder.csv'));
    expect(await bulkPut('folder.csv')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/folder\.csv is a folder without a file to read\.\n$/) as string,
    });
    expect(await bulkPut('nowhere.csv')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/nowhere\.csv does not exist\.\n$/) as string,
    });
  });

  it.skipIf(IS_ROOT)('a file that may not be read', async () => {
    const { dir, bulkPut } = await group();
    await writeFile(join(dir, 'secret.csv'), `id,at\n1,${TIME}\n`);
    await chmod(join(dir, 'secret.csv'), 0);
    const { code, stderr } = await bulkPut('secret.csv');
    expect(stderr).toMatch(/secret\.csv cannot be opened: permission denied\.\n$/);
    expect(code).toBe(2);
  });
});
