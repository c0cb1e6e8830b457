import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openFailures } from '../../../src/feature-store/bulk/failures.js';
import { freeErrorsFile, unwrapFailure } from '../../../src/feature-store/bulk/errors-file.js';

const failure = { line: 417, id: '7', code: 'ValidationError', message: 'No.', attempts: 1, record: { id: '7' } };

it('the file is there with the first failure, and each line of it is the record again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'failures-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'errors.jsonl');
  const told: string[] = [];
  const failures = openFailures(file, { output: { warn: (line: string) => told.push(line) } } as never);
  expect(existsSync(file)).toBe(false);
  failures.add(failure);
  expect(await readFile(file, 'utf8')).toBe(`${JSON.stringify(failure)}\n`);
  for (let more = 0; more < 20; more += 1) failures.add(failure);
  expect(await failures.close()).toBe(file);
  expect(failures.count()).toBe(21);
  expect(told).toEqual([
    ...Array.from({ length: 3 }, () => 'line 417, record 7: No.'),
    '18 more records failed as line 417, record 7 did.',
  ]);
});

it('near-equal failures are one kind: its first few are told, and how many more there are', async () => {
  const told: string[] = [];
  const failures = openFailures(undefined, { output: { warn: (line: string) => told.push(line) } } as never);
  for (let line = 2; line < 7; line += 1) failures.add({ ...failure, line, id: `${line}`, message: `Age: "${line}x" is no number.` }); // prettier-ignore
  for (let kind = 0; kind < 12; kind += 1) failures.add({ ...failure, message: `Reason ${'abcdefghijkl'[kind]}.` });
  await failures.close();
  expect(told.slice(2, 4)).toEqual(['line 4, record 4: Age: "4x" is no number.', 'line 417, record 7: Reason a.']);
  expect(told.slice(-2)).toEqual([
    '2 more records failed as line 2, record 2 did.',
    '3 more records failed for other reasons, which are not shown.',
  ]);
});

it('without a failure there is no file', async () => {
  expect(await openFailures('/nowhere/errors.jsonl', {} as never).close()).toBeUndefined();
});

it('a line of an errors file is the record in it', () => {
  expect(unwrapFailure(failure as never)).toEqual({ row: { id: '7' }, origin: { file: undefined, line: 417 } });
  const row = { id: '7', code: 'x', message: 'y' };
  expect(unwrapFailure(row)).toEqual({ row });
});

it('a line that holds no record is the failure that it was, however often it is fed', () => {
  const line = { file: 'people.csv', line: '3', code: 'x', message: 'Cut off.', attempts: '0', raw: '{"id"' };
  expect(unwrapFailure(line)).toEqual({ failure: { ...line, line: 3, attempts: 0 } });
});

it('an errors file of an earlier run is never replaced', () => {
  const there = new Set(['people.errors.jsonl', 'people.errors-2.jsonl']);
  expect(freeErrorsFile('people.csv.gz', (path) => there.has(path))).toBe('people.errors-3.jsonl');
  expect(freeErrorsFile('people.errors-2.jsonl', (path) => there.has(path))).toBe('people.errors-3.jsonl');
  expect(freeErrorsFile('stdin', () => false)).toBe('stdin.errors.jsonl');
});
