/** What an errors file is called, where nobody has named one. */
import { expect, it } from 'vitest';
import { besideInput, freeErrorsFile } from '../../../src/feature-store/bulk/errors-file.js';

it.each([
  ['customers.csv.gz', 'customers'],
  ['s3://bucket/in/customers.parquet', 'customers'],
  ['-', 'stdin'],
  ['many/*.csv', 'many'],
  ['many/**/*.csv.gz', 'many'],
  ['many/', 'many'],
  ['many/day-*.csv', 'day'],
  ['many/day_2026-??-*.jsonl', 'day_2026'],
  ['s3://bucket/many/*.csv', 'many'],
  ['*.csv', 'work'],
  ['/*.csv', 'records'],
  ['.hidden.csv', '.hidden'],
])('%s → %s.errors.jsonl', (input, stem) => {
  expect(freeErrorsFile(besideInput('/home/you/work', input), () => false)).toBe(`/home/you/work/${stem}.errors.jsonl`);
});
