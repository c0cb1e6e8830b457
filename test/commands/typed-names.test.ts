/** Messages name a file as it was typed, also where that is a relative path. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { expect, it } from 'vitest';
import { localStore } from '../support/run.js';

const SCHEMA = '[{"FeatureName":"id","FeatureType":"String"},{"FeatureName":"event_time","FeatureType":"String"}]';
const ROW = 'id,event_time\n1,2026-01-31T12:00:00Z\n';

/** `people` in a store, and how its folder is typed where the process works: a relative path with `./` and `..` in it. */
async function people() {
  const { dir, run } = await localStore();
  await writeFile(join(dir, 'schema.json'), SCHEMA);
  await mkdir(join(dir, 'many'));
  for (const file of ['in.csv', 'many/a.csv', 'many/b.csv']) await writeFile(join(dir, file), ROW);
  await writeFile(join(dir, 'empty.csv'), '');
  expect(await run(['create', 'people', '--schema-file', 'schema.json'])).toMatchObject({ code: 0 });
  const near = `./${relative(process.cwd(), dir)}`;
  return { dir, near, run: (...argv: string[]) => run(argv, { cwd: process.cwd() }) };
}

it('a file that cannot be read or written is named as it was typed', async () => {
  const { near, run } = await people();
  const of = (name: string) => `${near}/${name}`;
  const missing = `${of('no.csv')} does not exist.`;
  const unwritable = `${of('no/x.json')} cannot be written: the directory ${of('no')} does not exist.`;
  const cases: [string[], string][] = [
    [['bulk-put', 'people', of('no.csv')], missing],
    [['bulk-put', 'people', of('in.csv'), of('no.csv')], missing],
    [['bulk-get', 'people', of('no.csv')], missing],
    [['put', 'people', '--record', `@${of('no.csv')}`], missing],
    [['create', 'other', '--schema-file', of('no.csv')], missing],
    [['create', 'other', '--infer', of('no.csv')], missing],
    [['schema', '--infer', of('no.csv')], missing],
    [['add-features', 'people', of('no.csv')], missing],
    [['clear', 'people', '--ids-file', of('no.csv'), '--force'], missing],
    [['bulk-put', 'people', of('in.csv/x')], `${of('in.csv/x')} does not exist: a folder in its path is a file.`],
    [['bulk-put', 'people', of('z*.csv')], `No file matches ${of('z*.csv')}.`],
    [['bulk-put', 'people', of('empty.csv')], `${of('empty.csv')} is empty.`],
    [['bulk-get', 'people', of('empty.csv')], `${of('empty.csv')} is empty.`],
    [['bulk-get', 'people', of('in.csv'), '-o', of('many/../in.csv')], `${of('many/../in.csv')} is the input.`],
    [['bulk-put', 'people', of('in.csv'), '-o', of('no/x.json')], unwritable],
    [['bulk-put', 'people', of('in.csv'), '--errors-file', of('no/x.json')], unwritable],
    [
      ['bulk-put', 'people', of('in.csv'), '--errors-file', of('in.csv')],
      `${of('in.csv')} already exists: name another file, or remove it first.`,
    ],
    [['list', '--summary', of('no/x.json')], unwritable],
    [['export', 'people', of('no/x.json')], unwritable],
    [['export', 'people', of('in.csv')], `${of('in.csv')} already exists: add --overwrite to replace it.`],
    [
      ['export', 'people', of('many'), '--split', '3', '--format', 'csv'],
      `${of('many')} holds a.csv, which is not a part of an export: choose another folder.`,
    ],
    [['compare', 'people', '--differences-file', of('no/x.json')], unwritable],
  ];
  for (const [argv, said] of cases)
    expect({ argv, ...(await run(...argv)) }).toEqual({ argv, code: 2, stdout: '', stderr: `sagemaker-fs: ${said}\n` });
});

it('a bad row is told with the file as it was typed, and a pattern may begin with ./', async () => {
  const { dir, near, run } = await people();
  await writeFile(join(dir, 'many/b.csv'), 'id,event_time\n2,yesterday\n');
  const ran = await run('bulk-put', 'people', `${near}/many/*.csv`, '--errors-file', `${near}/e.jsonl`);
  expect(ran).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('warning: b.csv, line 2, record 2: ') as string,
  });
  expect(JSON.parse(await readFile(join(dir, 'e.jsonl'), 'utf8'))).toMatchObject({ file: join(near, 'many/b.csv') });
});
