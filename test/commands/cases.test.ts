/** Files as people have them, each with the right answer beside it: test/cases/cases.json. */
import { cp, readFile, readdir } from 'node:fs/promises';
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

it.each((cases as Case[]).map((each, number) => ({ ...each, number })))('$file: $why', async (each) => {
  const group = `case-${each.number}`;
  const schema = each.schema ?? 'schema.json';
  const inMemory = ['--storage-type', 'InMemory'];
  expect(await fs(['create', group, '--schema-file', schema, ...inMemory, '--no-wait'])).toMatchObject({ code: 0 });
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
