/** Structs, maps and lists in Parquet: what lies in them is read as it is in a column of its own. */
import { DuckDBInstance } from '@duckdb/node-api';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readRows } from '../../src/files/file-handler.js';
import { temporaryFolder } from '../support/run.js';

async function read(path: string) {
  const rows = [];
  for await (const row of readRows(path, { stdin: Readable.from([]) })) rows.push(row);
  return rows;
}

async function duckdb(sql: string): Promise<void> {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  await connection.run(sql);
  connection.disconnectSync();
  instance.closeSync();
}

/** Written by pyarrow, without its own schema. */
const NESTED = new URL('../cases/nested.parquet', import.meta.url).pathname;

const FULL = {
  price: '1.23',
  at: '2026-01-31T12:00:00.500',
  utc: '2026-01-31T12:00:00.500Z',
  clock: '01:02:03.000004',
  day: '2026-01-31',
  small: '0.1',
};
const EMPTY = Object.fromEntries(Object.keys(FULL).map((name) => [name, null]));

describe('nested Parquet', () => {
  it('has decimals, times and naive timestamps as a plain column has them, and null told from empty', async () => {
    expect((await read(NESTED)).map(({ row }) => row)).toEqual([
      {
        id: '1',
        one: FULL,
        many: [FULL, null, EMPTY],
        named: { a: '-0.01', b: null },
        at: { '2026-01-31T12:00:00.500': FULL, '1969-01-01T00:00:00': null },
        grid: [['1.000', null], [], null, ['-99999999999999999999999999999999999.999']],
      },
      { id: '2', one: null, many: null, named: null, at: null, grid: null },
      { id: '3', one: EMPTY, many: [], named: {}, at: {}, grid: [] },
    ]);
  });

  it('a value in a struct that is no text fails its row, and no other', async () => {
    const path = join(await temporaryFolder(), 'a.parquet');
    await duckdb(`copy (select range id, [{a: case when range = 1 then '\\xFF'::blob else 'x'::blob end, b: range}] many
      from range(3)) to '${path}' (format parquet)`);
    expect(await read(path)).toEqual([
      { line: 1, row: { id: '0', many: [{ a: 'x', b: '0' }] } },
      { line: 2, problem: 'Column many: its bytes are not UTF-8 text (ff).' },
      { line: 3, row: { id: '2', many: [{ a: 'x', b: '2' }] } },
    ]);
  });

  it('a float has the fewest digits that give it back, nine where it takes as many', async () => {
    const path = join(await temporaryFolder(), 'a.parquet');
    await duckdb(`copy (select -117.806496::float single) to '${path}' (format parquet)`);
    expect(await read(path)).toEqual([{ line: 1, row: { single: '-117.806496' } }]);
  });
});
