/** Files as people have them, each with the right answer beside it: test/cases/cases.json. */
import {
  PutRecordCommand,
  SageMakerFeatureStoreRuntimeClient,
  type FeatureValue,
} from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { cp, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import cases from '../cases/cases.json' with { type: 'json' };
import { openLocal } from '../../src/local/index.js';
import { run } from '../support/run.js';

interface Case {
  file: string;
  why: string;
  args?: string[];
  /** Of the group; schema.json where it is left out. */
  schema?: string;
  /** Instead: feature → the type that `--infer` must find, ` list` behind it for a list. */
  infer?: Record<string, string>;
  exit: number;
  /** What bulk-get must give back. */
  records?: Record<string, string | string[]>[];
  /** Lines that must fail. */
  failed_lines?: number[];
  /** Texts that stderr must hold. */
  message?: string[];
}

const CASES = join(import.meta.dirname, '..', 'cases');
let dir: string;
let port: number;
let close: () => Promise<void>;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cases-'));
  await cp(CASES, dir, { recursive: true });
  const embedded = await openLocal({ dir: join(dir, '.store') });
  const listening = await embedded.listen({ port: 0 });
  port = listening.port;
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'a').stubEnv('AWS_SECRET_ACCESS_KEY', 'b');
  close = async () => {
    await listening.close();
    await embedded.close();
    vi.unstubAllEnvs();
    await rm(dir, { recursive: true, force: true });
  };
});
afterAll(() => close());

const fs = (argv: string[], stdin?: string) =>
  run([...argv, '--endpoint-url', `http://127.0.0.1:${port}`], { cwd: dir, env: { AWS_REGION: 'us-east-1' }, stdin });

it('several inputs and a quoted pattern are read one after another', async () => {
  expect(await fs(['create', 'several', '--schema-file', 'schema.json', '--no-wait'])).toMatchObject({ code: 0 });
  const { code, stderr } = await fs(['bulk-put', 'several', 'spark-folder/**/*.csv', 'bad-quote.csv', 'tabs.tsv']);
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('5 written') as string });
  const wrong = await fs(['bulk-put', 'several', 'not-whole.csv', 'tabs.tsv', '--errors-file', 'several.errors.jsonl']);
  expect(wrong.stderr).toContain('not-whole.csv, line 2, record a: Feature age');
});

it('a run of which all rows fail for one reason stops', async () => {
  const rows = Array.from({ length: 20_000 }, (_, n) => `p${n},2026-01-01T00:00:00Z,old${n}\n`).join('');
  const { code, stderr } = await fs(
    ['bulk-put', 'several', '-', '--errors-file', 'same.jsonl'],
    `id,event_time,age\n${rows}`,
  );
  expect(code).toBe(2);
  expect(stderr).toContain('Stopped: the first 10,000 rows of stdin all failed for the same reason');
});

it('records go in and out as AWS prints them, from files with a byte order mark', async () => {
  const record = [
    { FeatureName: 'id', ValueAsString: 'aws' },
    { FeatureName: 'event_time', ValueAsString: '2026-01-01T00:00:00Z' },
    { FeatureName: 'age', ValueAsString: '7' },
  ];
  await writeFile(join(dir, 'record.json'), Buffer.from(`\ufeff${JSON.stringify({ Record: record })}`, 'utf16le'));
  expect(await fs(['put', 'several', '--record', '@record.json'])).toMatchObject({ code: 0 });
  expect(JSON.parse((await fs(['get', 'several', 'aws', '-o', 'aws'])).stdout)).toEqual({ Record: record });
});

it('create --infer shows its guess, and refuses what no feature can be', async () => {
  const infer = (text: string) => fs(['create', 'guess', '--infer', '-', '--dry-run'], text);
  const frame = ',id,event_time,age,tall\n0,a,2026-01-01T00:00:00Z,31.0,True\n1,b,2026-01-01T00:00:00Z,NaN,\n';
  const { code, stdout, stderr } = await infer(frame);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(JSON.parse(stdout)).toMatchObject({
    FeatureDefinitions: [
      { FeatureName: 'id', FeatureType: 'String' },
      { FeatureName: 'event_time', FeatureType: 'String' },
      { FeatureName: 'age', FeatureType: 'Fractional' },
      { FeatureName: 'tall', FeatureType: 'String' },
    ],
  });
  expect(stderr).toMatch(/^age +Fractional +decimal numbers \(line 2\) +31\.0$/m);
  expect(await infer('id,event_time,Ship Mode,Age,age\na,b,c,1,2\n')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/Ship Mode → Ship-Mode, Age and age differ in case only/) as string,
  });
  expect(await infer('id,event_time,\u00e9,e\u0301\na,b,c,1\n')).toMatchObject({
    stderr: expect.stringContaining(': \u00e9 → e, e\u0301 → e-2.') as string,
  });
  expect(await infer('{"id":"a","event_time":"b","at":{"x":1}}')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('stdin, line 1: at holds an object') as string,
  });
});

/**
 * One data frame by `to_csv()`, `to_json(orient='records', lines=True)` and `to_parquet()`, and what `ingest()` of AWS's SDK for
 * Python sends of it (sagemaker-python-sdk, IngestionManagerPandas): `str()` of each value that is not missing.
 */
it.each([
  ['frame.csv', []],
  ['frame.jsonl', ['--event-time-unit', 'ms']],
  ['frame.parquet', []],
  ['sdk.json', []],
])("%s becomes the records that AWS's SDK would have written of the frame", async (file, args) => {
  const group = file.replace('.', '-');
  expect(await fs(['create', group, '--schema-file', 'frame/schema.json', '--no-wait'])).toMatchObject({ code: 0 });
  expect(await fs(['bulk-put', group, `frame/${file}`, ...args])).toMatchObject({ code: 0 });
  const sdk = JSON.parse(await readFile(join(CASES, 'frame', 'sdk.json'), 'utf8')) as FeatureValue[][];
  const sent = sdk.map((record) =>
    Object.fromEntries(record.map(({ FeatureName, ValueAsString }) => [FeatureName!, ValueAsString!] as const)),
  );
  const got = await fs(['bulk-get', group, '-', '--format', 'json'], JSON.stringify(sent.map(({ id }) => id)));
  const records = JSON.parse(got.stdout) as Record<string, string>[];
  expect(records.map(withNumbers)).toEqual(sent.map(accepted).map(withNumbers));
});

it.each([
  ['event_time', '2026-01-01 00:00:00+01:00'],
  ['age', '31.0'],
  ['member', 'True'],
])("%s %s, as AWS's SDK sends it, is refused by the service", async (feature, text) => {
  const FeatureGroupName = `refuses-${feature.replace('_', '-')}`;
  const create = ['create', FeatureGroupName, '--schema-file', 'frame/schema.json', '--no-wait'];
  expect(await fs(create)).toMatchObject({ code: 0 });
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const endpoint = `http://127.0.0.1:${port}`;
  const runtime = new SageMakerFeatureStoreRuntimeClient({ endpoint, region: 'us-east-1', credentials });
  const row = { id: 'a', event_time: '2026-01-01T00:00:00Z', [feature]: text };
  const Record = Object.entries(row).map(([FeatureName, ValueAsString]) => ({ FeatureName, ValueAsString }));
  await expect(runtime.send(new PutRecordCommand({ FeatureGroupName, Record }))).rejects.toThrow(feature);
});

/** What the service takes in place of what it refuses: times of Python, whole floats and booleans in Integral features. */
function accepted(record: Record<string, string>): Record<string, string> {
  const { event_time: time, age, member, ...same } = record;
  return {
    ...same,
    event_time: new Date(time!.replace(' ', 'T')).toISOString().replace('.000Z', 'Z'),
    ...(age && { age: String(Number(age)) }),
    ...(member && { member: member === 'True' ? '1' : '0' }),
  };
}

/** A number has many texts, and each of the files has another: `1e-07`, `1e-7`, `0.0000001`. */
const withNumbers = (record: Record<string, string>) =>
  record.score === undefined ? record : { ...record, score: Number(record.score) };

it.each((cases as Case[]).map((each, number) => ({ ...each, number })))('$file: $why', async (each) => {
  const group = `case-${each.number}`;
  const from = each.infer ? ['--infer', each.file] : ['--schema-file', each.schema ?? 'schema.json'];
  const created = await fs(['create', group, ...from, '--storage-type', 'InMemory', '--no-wait']);
  expect(created).toMatchObject({ code: 0 });
  if (each.infer) expect(typesOf((await fs(['schema', group, '-o', 'json'])).stdout)).toEqual(each.infer);
  const errorsFile = `${group}.errors.jsonl`;
  const { code, stderr } = await fs(['bulk-put', group, each.file, '--errors-file', errorsFile, ...(each.args ?? [])]);
  for (const text of each.message ?? []) expect(stderr).toContain(text);
  expect({ code, stderr }).toMatchObject({ code: each.exit });
  const failed = (await readdir(dir)).includes(errorsFile) ? await readFile(join(dir, errorsFile), 'utf8') : '';
  const lines = failed.split('\n').filter(Boolean);
  expect(lines.map((line) => (JSON.parse(line) as { line: number }).line)).toEqual(each.failed_lines ?? []);
  const records = each.records ?? [];
  const got = await fs(['bulk-get', group, '-', '--format', 'json'], JSON.stringify(records.map(({ id }) => id)));
  expect(JSON.parse(got.stdout)).toEqual(records);
});

interface SchemaFile {
  FeatureDefinitions: { FeatureName: string; FeatureType: string; CollectionType?: string }[];
}

function typesOf(schema: string): Record<string, string> {
  const { FeatureDefinitions } = JSON.parse(schema) as SchemaFile;
  return Object.fromEntries(
    FeatureDefinitions.map((feature) => [
      feature.FeatureName,
      feature.FeatureType + (feature.CollectionType ? ` ${feature.CollectionType.toLowerCase()}` : ''),
    ]),
  );
}
