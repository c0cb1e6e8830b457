import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readRows } from '../../src/files/file-handler.js';
import { openRowWriter } from '../../src/files/row-writer.js';
import { temporaryFolder } from '../support/run.js';
import type { OutputColumn, OutputRow } from '../../src/files/output-rows.js';

const nowhere = { result: () => Promise.reject(new Error('stdout')), s3: () => Promise.reject(new Error('S3')) };

async function write(path: string, columns: OutputColumn[], rows: OutputRow[]): Promise<void> {
  const writer = await openRowWriter(path, { columns, overwrite: true, ...nowhere });
  await writer.write(rows);
  await writer.end();
}

async function read(path: string, isWanted?: (column: string) => boolean) {
  const entries = [];
  for await (const entry of readRows(path, { stdin: Readable.from([]), isWanted })) entries.push(entry);
  return entries;
}

const rowsOf = async (path: string) => (await read(path)).map(({ row }) => row);

/** Runs SQL in DuckDB, an implementation of Parquet that is not ours. */
async function duckdb(sql: string): Promise<unknown[]> {
  const connection = await (await DuckDBInstance.create()).connect();
  const answer = await connection.runAndReadAll(sql);
  connection.closeSync();
  return answer.getRowObjectsJson();
}

const COLUMNS: OutputColumn[] = [
  { name: 'text', kind: 'text' },
  { name: 'integer', kind: 'integer' },
  { name: 'decimal', kind: 'decimal' },
  { name: 'texts', kind: 'text', list: true },
  { name: 'integers', kind: 'integer', list: true },
  { name: 'decimals', kind: 'decimal', list: true },
];

const ROWS: OutputRow[] = [
  {
    text: '',
    integer: '9223372036854775807',
    decimal: '1.5',
    texts: ['a', ''],
    integers: ['1', '-2'],
    decimals: ['0.1'],
  },
  { text: '\ufeffZürich 🦉\u0000\n', integer: '-9223372036854775808', decimal: '1e-7' },
  { text: '007', integer: '007', decimal: '1.50', texts: [], integers: [], decimals: [] },
  { text: 'null', integer: '-0', decimal: '-0', integers: ['01', '1'], decimals: ['25.0', '1E20', '1e400'] },
  {},
];
/** Two rows, of which one column is a page of the second version whose nulls take no byte, said to be compressed with Snappy. */
const PAGE_OF_NULLS = [
  'UEFSMRUGFSQVJFwVBBUAFQQVABUEFQASHAAAAAQBAQAAAAAAAAACAAAAAAAAABUGFQQVBFwVBBUEFQQVABUEFQARHAAAAAQAFQQZPDUA',
  'GAZzY2hlbWEVBAAVBCUCGAJpZAAVCCUCGARub25lABYEGRwZLCYAHBUEGSUGABkYAmlkFQIWBBZUFlQmCEkcFQAVABUCADwpBhkmAAQA',
  'AAAmABwVCBklBgAZGARub25lFQIWBBY0FjQmXEkcFQAVABUCADwpBhkmBAAAAAAWiAEWBCYIFogBACggcGFycXVldC1jcHAtYXJyb3cg',
  'dmVyc2lvbiAyNi4wLjEZLBwAABwAAAC5AAAAUEFSMQ==',
].join('');
const nulls = Object.fromEntries(COLUMNS.map(({ name }) => [name, null]));

describe('Parquet', () => {
  it('gives back every text as it was written, null told from empty', async () => {
    const path = join(await temporaryFolder(), 'a.parquet');
    await write(path, COLUMNS, ROWS);
    expect(await rowsOf(path)).toEqual(ROWS.map((row) => ({ ...nulls, ...row })));
  });

  it('is numbers to other readers, and whole in several row groups', async () => {
    const path = join(await temporaryFolder(), 'a.parquet');
    const rows = Array.from({ length: 50_000 }, (_, n) => ({ text: `t${n}`, integer: `${n}`, decimal: `${n}.50` }));
    await write(path, COLUMNS.slice(0, 3), rows);
    expect(
      await duckdb(`select typeof(integer) i, typeof("decimal") d, typeof(text) t, count(*) n, sum("decimal") s
      from '${path}' group by all`),
    ).toEqual([{ i: 'BIGINT', d: 'DOUBLE', t: 'VARCHAR', n: '50000', s: 1250000000 }]);
    expect(await duckdb(`select count(distinct row_group_id) n from parquet_metadata('${path}')`)).toEqual([
      { n: '5' },
    ]);
    const entries = await read(path);
    expect(entries.map(({ row }) => row)).toEqual(rows);
    expect(entries.at(-1)!.line).toBe(50_000);
  });

  it('of few words, of many, and of both in turn is the same to us and to others', async () => {
    const text = { few: fc.constantFrom('', 'a', 'Zürich', '🦉', '\uffee'), many: fc.string({ unit: 'grapheme' }) };
    const integer = {
      few: fc.constantFrom('0', '-1', '9223372036854775807'),
      many: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
    };
    const decimal = {
      few: fc.constantFrom('0', '-0.5', '1.50'),
      many: fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    };
    const row = (pool: 'few' | 'many') =>
      fc.record(
        {
          text: text[pool],
          integer: integer[pool],
          decimal: decimal[pool],
          texts: fc.array(text[pool], { maxLength: 3 }),
          integers: fc.array(integer[pool], { maxLength: 3 }),
          decimals: fc.array(decimal[pool], { maxLength: 3 }),
        },
        { requiredKeys: [] },
      );
    const part = fc
      .constantFrom('few' as const, 'many' as const)
      .chain((pool) => fc.array(row(pool), { minLength: 1, maxLength: 40 }));
    const path = join(await temporaryFolder(), 'a.parquet');
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 60 }),
        async (parts, times) => {
          const rows: OutputRow[] = parts.flatMap((each) => Array.from({ length: times }, () => each).flat());
          await write(path, COLUMNS, rows);
          expect(await rowsOf(path)).toEqual(rows.map((each) => ({ ...nulls, ...each })));
          const [theirs] = await duckdb(`select count(*) n, count(text) t, count(integer) i, count("decimal") d,
          sum(len(texts)) texts, md5(string_agg(text, ',' order by file_row_number)) md5
          from read_parquet('${path}', file_row_number = true)`);
          const present = (name: string) => rows.filter((each) => each[name] !== undefined);
          const elements = present('texts').reduce((sum, { texts }) => sum + (texts as string[]).length, 0);
          const all = present('text').map((each) => each.text as string);
          expect(theirs).toEqual({
            n: String(rows.length),
            t: String(all.length),
            i: String(present('integer').length),
            d: String(present('decimal').length),
            texts: present('texts').length > 0 ? String(elements) : null,
            md5: all.length > 0 ? createHash('md5').update(all.join()).digest('hex') : null,
          });
        },
      ),
      { numRuns: 10 },
    );
  });

  it('has bounds in the order of bytes, by which readers pass over row groups', async () => {
    const path = join(await temporaryFolder(), 'a.parquet');
    const rows: OutputRow[] = [
      { text: '\uffee', integer: '-5', decimal: '0' },
      { text: '🦉', integer: '9223372036854775807', decimal: '-1.5' },
      { text: 'z', integer: '7', decimal: '-0' },
      {},
    ];
    await write(path, COLUMNS.slice(0, 3), rows);
    const bounds = `select stats_min_value low, stats_max_value high, stats_null_count as "nulls" from parquet_metadata('${path}') order by column_id`;
    expect(await duckdb(bounds)).toEqual([
      { low: 'z', high: '🦉', nulls: '1' },
      { low: '-5', high: '9223372036854775807', nulls: '1' },
      { low: '-1.5', high: '0.0', nulls: '1' },
    ]);
    expect(await duckdb(`select integer i from '${path}' where text = '🦉'`)).toEqual([{ i: '9223372036854775807' }]);
  });

  it('is lists to other readers', async () => {
    const path = join(await temporaryFolder(), 'a.parquet');
    await write(path, COLUMNS, ROWS);
    expect(await duckdb(`select typeof(integers) t, integers, texts from '${path}' limit 3`)).toEqual([
      { t: 'BIGINT[]', integers: ['1', '-2'], texts: ['a', ''] },
      { t: 'BIGINT[]', integers: null, texts: null },
      { t: 'BIGINT[]', integers: [], texts: [] },
    ]);
  });

  it('of no row has its columns', async () => {
    const path = join(await temporaryFolder(), 'a.parquet');
    await write(path, COLUMNS, []);
    expect(await rowsOf(path)).toEqual([]);
    expect(await duckdb(`select column_name from (describe select * from '${path}')`)).toHaveLength(COLUMNS.length);
  });

  it.each(['uncompressed', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4'])(
    'of other writers is read: %s',
    async (codec) => {
      const path = join(await temporaryFolder(), 'a.parquet');
      await duckdb(`copy (select
        range::bigint * 922337203685477580 big, range::integer small, 0.1::float single, 1e300::double "double",
        (range || '.10')::decimal(18, 2) price, (range || '0000000000000000000.01')::decimal(30, 2) wide,
        range = 1 flag, timestamp '2026-01-31 12:00:00.123456' micros, timestamp_ns '2026-01-31 12:00:00.123456789' nanos,
        timestamptz '2026-01-31 12:00:00+00' zoned,
        timestamp_s '2026-01-31 12:00:00' "seconds", date '2026-01-31' "day", [1, null, range] list, null::varchar empty
      from range(2, 4)) to '${path}' (format parquet, compression ${codec})`);
      const row = (n: string) => ({
        big: (BigInt(n) * 922337203685477580n).toString(),
        small: n,
        single: '0.1',
        double: 1e300,
        price: `${n}.10`,
        wide: `${n}0000000000000000000.01`,
        flag: false,
        micros: '2026-01-31T12:00:00.123456',
        nanos: '2026-01-31T12:00:00.123456789',
        zoned: '2026-01-31T12:00:00Z',
        seconds: '2026-01-31T12:00:00',
        day: '2026-01-31',
        list: ['1', null, n],
        empty: null,
      });
      expect(await read(path)).toEqual([
        { line: 1, row: row('2') },
        { line: 2, row: row('3') },
      ]);
    },
  );

  it('a number that may have been rounded stays a number, so that nobody takes its digits for right', async () => {
    const path = join(await temporaryFolder(), 'a.parquet');
    await duckdb(`copy (select 9007199254740991::double exact, 9007199254740992::double rounded, 'nan'::double missing,
      16777215::float small, 16777216::float huge, [1, 9007199254740993]::double[] list) to '${path}' (format parquet)`);
    const row = { exact: '9007199254740991', rounded: 2 ** 53, missing: NaN, small: '16777215', huge: 2 ** 24 };
    expect(await rowsOf(path)).toEqual([{ ...row, list: ['1', 2 ** 53] }]);
  });

  it('a time of day is text; bytes that are not UTF-8 fail their row, and no other', async () => {
    const path = join(await temporaryFolder(), 'a.parquet');
    await duckdb(`copy (select * from (values
      (time '01:02:03.000004', 'ok'::blob), (time '23:00:00', '\\xC3('::blob), (null, null)) as t(clock, bytes))
      to '${path}' (format parquet)`);
    expect(await read(path)).toEqual([
      { line: 1, row: { clock: '01:02:03.000004', bytes: 'ok' } },
      { line: 2, problem: 'Column bytes: its bytes are not UTF-8 text (c328).' },
      { line: 3, row: { clock: null, bytes: null } },
    ]);
  });

  it('a time that no clock shows fails its row; a year of five digits is one', async () => {
    const path = join(await temporaryFolder(), 'a.parquet');
    const clock = { name: 'clock', type: 'INT32', converted_type: 'TIME_MILLIS', repetition_type: 'OPTIONAL' } as const;
    const day = { name: 'day', type: 'INT32', converted_type: 'DATE', repetition_type: 'REQUIRED' } as const;
    const columnData = [
      { name: 'clock', data: [-1, 1000, null, 86_400_000] },
      { name: 'day', data: [1, 2 ** 31 - 1, 3_000_000, 1] },
    ];
    const schema = [{ name: 'root', num_children: 2 }, clock, day];
    await writeFile(path, new Uint8Array(parquetWriteBuffer({ columnData, schema })));
    expect(await read(path)).toEqual([
      { line: 1, problem: 'Column clock: -1000000 ns since midnight is not a time of day.' },
      { line: 2, problem: 'Column day: its time is beyond the year 275760, the last that can be written.' },
      { line: 3, row: { clock: null, day: '+010183-09-21' } },
      { line: 4, problem: 'Column clock: 86400000000000 ns since midnight is not a time of day.' },
    ]);
  });

  it('a number that its type cannot hold fails its row', async () => {
    const path = join(await temporaryFolder(), 'a.parquet');
    const small = { name: 'small', type: 'INT32', converted_type: 'UINT_8', repetition_type: 'OPTIONAL' } as const;
    const columnData = [{ name: 'small', data: [0, 255, null, 256, -1] }];
    const schema = [{ name: 'root', num_children: 1 }, small];
    await writeFile(path, new Uint8Array(parquetWriteBuffer({ columnData, schema })));
    expect(await read(path)).toEqual([
      { line: 1, row: { small: '0' } },
      { line: 2, row: { small: '255' } },
      { line: 3, row: { small: null } },
      { line: 4, problem: 'Column small: 256 is not within its type (0 to 255).' },
      { line: 5, problem: 'Column small: -1 is not within its type (0 to 255).' },
    ]);
  });

  it('a page of nulls may be compressed to nothing', async () => {
    const path = join(await temporaryFolder(), 'a.parquet');
    await writeFile(path, Buffer.from(PAGE_OF_NULLS, 'base64'));
    expect(await rowsOf(path)).toEqual([
      { id: '1', none: null },
      { id: '2', none: null },
    ]);
  });

  it('a VARIANT is refused, where it is wanted', async () => {
    const path = join(await temporaryFolder(), 'a.parquet');
    await writeFile(
      path,
      new Uint8Array(
        parquetWriteBuffer({
          columnData: [
            { name: 'id', data: ['1'], type: 'STRING' },
            { name: 'any', data: [{ a: 1 }], type: 'VARIANT' },
          ],
        }),
      ),
    );
    await expect(read(path)).rejects.toThrow(/a\.parquet: column any is a VARIANT, whose values have no type: cast /);
    expect(await read(path, (column) => column === 'id')).toMatchObject([{ row: { id: '1', any: null } }]);
  });

  it('a column that is left out need not be readable', async () => {
    const path = join(await temporaryFolder(), 'a.parquet');
    await duckdb(`copy (select 1 id, interval 1 hour gap) to '${path}' (format parquet)`);
    expect(await read(path, (column) => column !== 'gap')).toEqual([{ line: 1, row: { id: '1', gap: null } }]);
    await expect(read(path)).rejects.toThrow(
      /a\.parquet: column gap cannot be read: type INTERVAL is not supported\. Write the file in another way\.$/,
    );
  });

  it.each([
    ['', /a\.parquet is empty\.$/],
    ['PAR1', /a\.parquet is not a Parquet file, or is damaged\.$/],
    ['id,name\n1,2\n', /a\.parquet is not a Parquet file, or is damaged\.$/],
    ['PARE   PARE', /a\.parquet is encrypted Parquet, which cannot be read: decrypt it first\.$/],
  ])('that is none is refused: %j', async (content, message) => {
    const path = join(await temporaryFolder(), 'a.parquet');
    await writeFile(path, content);
    await expect(read(path)).rejects.toThrow(message);
  });
});
