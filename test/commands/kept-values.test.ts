/** Values and identifiers that must not turn silently into others. */
import { DuckDBInstance } from '@duckdb/node-api';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openRowWriter } from '../../src/files/row-writer.js';
import { localStore } from '../support/run.js';

const TIME = '2026-01-31T12:00:00Z';

async function group(definitions: Record<string, string>, ...more: string[]) {
  const store = await localStore();
  const write = (name: string, content: string) => writeFile(join(store.dir, name), content);
  const features = Object.entries(definitions).map(([FeatureName, FeatureType]) => ({ FeatureName, FeatureType }));
  await write('schema.json', JSON.stringify(features));
  expect(await store.run(['create', 'g', '--schema-file', 'schema.json', ...more])).toMatchObject({ code: 0 });
  return {
    ...store,
    write,
    put: (...argv: string[]) => store.run(['bulk-put', 'g', ...argv]),
    get: async (id: string) => JSON.parse((await store.run(['get', 'g', id])).stdout || 'null') as unknown,
    errors: async (name: string) =>
      (await readFile(join(store.dir, name), 'utf8'))
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
    async parquet(name: string, select: string) {
      const connection = await (await DuckDBInstance.create()).connect();
      await connection.run(`copy (${select}) to '${join(store.dir, name)}' (format parquet)`);
      connection.closeSync();
    },
  };
}

const NAMES = Object.getOwnPropertyNames(Object.prototype);
const FEATURES = { id: 'String', event_time: 'String', age: 'Integral', score: 'Fractional', city: 'String' };

describe('columns named like members of every object', () => {
  it.each(['csv', 'json', 'jsonl', 'parquet'] as const)('are columns like any other in %s', async (format) => {
    const { dir, put, get, run } = await group(FEATURES);
    const columns = ['id', 'event_time', ...NAMES].map((name) => ({ name, kind: 'text' as const }));
    const cells = columns.map(({ name }) => [name, name === 'id' ? 'a' : name === 'event_time' ? TIME : `<${name}>`]);
    const absent = Object.fromEntries([
      ['id', 'b'],
      ['event_time', TIME],
    ]) as Record<string, string>;
    const writer = await openRowWriter(join(dir, `in.${format}`), {
      columns,
      result: () => Promise.reject(new Error('stdout')),
      s3: () => Promise.reject(new Error('S3')),
    });
    await writer.write([Object.fromEntries(cells) as Record<string, string>, absent]);
    await writer.end();
    for (const name of NAMES) {
      const done = await put(`in.${format}`, '--map', `${name}=city`, '--ignore-unknown');
      expect(done).toMatchObject({ code: 0 });
      expect(await get('a')).toEqual({ id: 'a', event_time: TIME, city: `<${name}>` });
      expect(await get('b')).toEqual({ id: 'b', event_time: TIME });
    }
    const guess = await run(['create', 'h', '--infer', `in.${format}`, '--dry-run']);
    expect(guess.stderr + guess.stdout).toContain('__proto__');
  });

  it('do not stand in for an identifier that is missing', async () => {
    const { write, run } = await group(
      { constructor: 'String', event_time: 'String' },
      '--record-identifier-name',
      'constructor',
    );
    await write('ids.jsonl', '{"constructor":"a"}\n{"age":"7"}\n');
    const { code, stderr } = await run(['bulk-get', 'g', 'ids.jsonl']);
    expect(code).toBe(4);
    expect(stderr).toContain('line 2: The record identifier constructor is missing.');
  });
});

describe('Parquet', () => {
  it('no whole number, and no identifier, is made of a number that may have been rounded', async () => {
    const { put, get, parquet } = await group(FEATURES);
    await parquet(
      'in.parquet',
      `select *, '${TIME}' event_time from (values ('a', 9007199254740993::double, 1e20::double),
       ('b', 7::double, 1e20::double)) as t(id, age, score)`,
    );
    const { code, stderr } = await put('in.parquet');
    expect(code).toBe(4);
    expect(stderr).toContain('line 1, record a: Feature age: 9007199254740992 is not known to the last digit');
    expect(await get('a')).toBeNull();
    expect(await get('b')).toEqual({ id: 'b', event_time: TIME, age: '7', score: '100000000000000000000' });
  });

  it.each(['nan', '9007199254740993', '1e300'])('%s is not an identifier', async (value) => {
    const { put, parquet, run, errors } = await group(FEATURES);
    await parquet('in.parquet', `select unnest(['${value}', '7'])::double id, '${TIME}' event_time`);
    const { code, stderr } = await put('in.parquet');
    expect({ code, stderr }).toMatchObject({ code: 4, stderr: expect.stringContaining('line 1: ') as string });
    expect(await errors('in.errors.jsonl')).toMatchObject([{ line: 1, record: { id: null } }]);
    expect((await run(['bulk-get', 'g', 'in.parquet', '--errors-file', 'e'])).code).toBe(4);
  });
});

describe('rows of an offline store', () => {
  const header = 'id,event_time,age,write_time,api_invocation_time,is_deleted\n';

  it.each([[], ['--ignore-unknown'], ['--map', 'is_deleted=city']])(
    'its own columns are left out, and a deletion is not written as a record: %j',
    async (...options) => {
      const { put, write, get } = await group(FEATURES);
      await write('in.csv', `${header}a,${TIME},1,x,y,false\nb,${TIME},,x,y,true\nc,${TIME},,x,y,\nd,${TIME},,x,y,?\n`);
      const { code, stderr } = await put('in.csv', ...options);
      expect(code).toBe(4);
      expect(stderr).toContain('line 3, record b: The row marks a deletion in the offline store');
      expect(stderr).toContain('line 5, record d: Column is_deleted is neither true nor false');
      expect(await get('a')).toMatchObject({ id: 'a', event_time: TIME, age: '1' });
      expect([await get('b'), await get('d')]).toEqual([null, null]);
    },
  );
});

it('the errors file is valid input as it is, whatever options the run had', async () => {
  const { put, write, get, errors } = await group(FEATURES);
  await write('in.csv', `key,event_time,city,age,extra\na,${TIME},Bern,1,x\nb,${TIME},Genf,old,x\n`);
  const options = ['--map', 'key=id', '--map', 'city=age', '--map', 'age=city', '--ignore-unknown'];
  expect((await put('in.csv', ...options)).code).toBe(2);
  const record = { id: 'a', event_time: TIME, age: 'Bern', city: '1' };
  expect(await errors('in.errors.jsonl')).toMatchObject([{ id: 'a', record }, { id: 'b' }]);
  const text = JSON.stringify({ line: 2, code: 'X', message: 'x', attempts: 0, record: { ...record, age: '5' } });
  await write('mended.jsonl', text);
  for (const again of [[], options]) {
    expect(await put('mended.jsonl', ...again)).toMatchObject({ code: 0 });
    expect(await get('a')).toEqual({ ...record, age: '5' });
  }
});
