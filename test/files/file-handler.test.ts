import fc from 'fast-check';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandError, EXIT } from '../../src/errors.js';
import { readRowBatches, readRows } from '../../src/files/file-handler.js';
import { TEXT_FORMATS } from '../../src/files/text-formats.js';
import type { Format } from '../../src/files/formats.js';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'files-'))));
afterAll(() => rm(folder, { recursive: true }));

async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const value of values) collected.push(value);
  return collected;
}

/** The entries of stdin that arrives in pieces of `size` bytes. */
async function read(
  content: string | Buffer,
  { size = 65_536, ...options }: { format?: Format; delimiter?: string; size?: number } = {},
) {
  const bytes = Buffer.from(content as Buffer);
  const pieces: Buffer[] = [];
  for (let start = 0; start < bytes.length; start += size) pieces.push(bytes.subarray(start, start + size));
  return collect(readRows('-', { ...options, stdin: Readable.from(pieces) }));
}

const rowsOf = async (...args: Parameters<typeof read>) => (await read(...args)).map(({ row }) => row);

/** Writes a file, reads it. */
async function readFile(name: string, content: string | Buffer) {
  const path = join(folder, name);
  await writeFile(path, content);
  return collect(readRows(path, { stdin: Readable.from([]) }));
}

describe('CSV', () => {
  it('cells are text; nothing is null, a pair of quotes is empty', async () => {
    expect(await rowsOf('id,a,b,c\n007,,"",1e5\n8,"","",\n9,,,"x"\n')).toEqual([
      { id: '007', a: null, b: '', c: '1e5' },
      { id: '8', a: '', b: '', c: null },
      { id: '9', a: null, b: null, c: 'x' },
    ]);
  });

  it('quotes hold commas, quotes and newlines; lines are counted as an editor does', async () => {
    expect(await read('id,note\r\n1,"a,b"\r\n2,"say ""hi"""\r\n3,"one\r\ntwo\n\nthree"\r\n\r\n4,x\r\n')).toEqual([
      { line: 2, row: { id: '1', note: 'a,b' } },
      { line: 3, row: { id: '2', note: 'say "hi"' } },
      { line: 4, row: { id: '3', note: 'one\r\ntwo\n\nthree' } },
      { line: 9, row: { id: '4', note: 'x' } },
    ]);
  });

  it('a value may hold a zero', async () => {
    expect(await rowsOf('id,note\n1,\u0000\n')).toEqual([{ id: '1', note: '\u0000' }]);
  });

  it('a byte order mark and a missing last newline are nothing special', async () => {
    expect(await rowsOf('\ufeffid,note\n1,"ü"')).toEqual([{ id: '1', note: 'ü' }]);
    expect(await rowsOf(Buffer.from('\ufeffid,note\r\n1,ü\r\n', 'utf16le'), { size: 5 })).toEqual([
      { id: '1', note: 'ü' },
    ]);
  });

  it('a row of another length is a problem of its own line', async () => {
    expect(await read('id,a\n1,2\n3\n4,5,6\n"7","8","9"\n0,1\n')).toEqual([
      { line: 2, row: { id: '1', a: '2' } },
      { line: 3, problem: 'The row has 1 cell where the header has 2.' },
      { line: 4, problem: 'The row has 3 cells where the header has 2.' },
      { line: 5, problem: 'The row has 3 cells where the header has 2.' },
      { line: 6, row: { id: '0', a: '1' } },
    ]);
  });

  it('a quote within an unquoted cell is text', async () => {
    expect(await rowsOf('id,a\n1,5" pipe\n2,say ""hi""\n3,"x"\n')).toEqual([
      { id: '1', a: '5" pipe' },
      { id: '2', a: 'say ""hi""' },
      { id: '3', a: 'x' },
    ]);
  });

  it('a carriage return ends a line, however often, or stands between quotes; elsewhere it is a problem of its row', async () => {
    const loose = 'The row holds a carriage return outside of quotes; give all lines of the file the same end.';
    expect(await read('id,a\n1,x\r\r\n2,"y\rz"\r\n3,x\ry\n4,"x",z\ry\n5,"z"\r\r\n')).toEqual([
      { line: 2, row: { id: '1', a: 'x' } },
      { line: 3, row: { id: '2', a: 'y\rz' } },
      { line: 4, problem: loose },
      { line: 5, problem: loose },
      { line: 6, row: { id: '5', a: 'z' } },
    ]);
    await expect(read('id,a\rb\n1,2\n')).rejects.toThrow(`stdin, line 1: ${loose}`);
  });

  it('the line that tells Excel the delimiter is no header', async () => {
    expect(await read('sep=;\r\nid;city\r\n1;"a;b"\r\n2;"\r\n', { format: 'csv' })).toMatchObject([
      { line: 3, row: { id: '1', city: 'a;b' } },
      { line: 4, problem: expect.any(String) as string },
    ]);
    expect(await read('sep=;\nid|city\n1|a\n', { format: 'csv', delimiter: '|' })).toEqual([
      { line: 3, row: { id: '1', city: 'a' } },
    ]);
    expect(await read('sep=\n1\n', { format: 'csv' })).toEqual([{ line: 2, row: { 'sep=': '1' } }]);
  });

  it('a header of one column may hold any delimiter but its own between quotes', async () => {
    expect(await rowsOf('"Last, first"\n"Doe, Ann"\n', { format: 'csv' })).toEqual([{ 'Last, first': 'Doe, Ann' }]);
  });

  it.each([';', '|', '\t', '^'])('cells may be separated by %j', async (delimiter) => {
    const text = 'id,a,b\n1,,""\n2,"x,y",z\n'.replaceAll(',', delimiter);
    const rows = collect(readRows('-', { stdin: Readable.from([text]), format: 'csv', delimiter }));
    expect((await rows).map(({ row }) => row)).toEqual([
      { id: '1', a: null, b: '' },
      { id: '2', a: `x${delimiter}y`, b: 'z' },
    ]);
  });

  it('a stray quote costs its own line, not those behind it', async () => {
    const entries = await read('id,a\n1,x\n2,"5" pipe\n3,y\n4,"z"\n5,"open\n6,w\n7,"v"\n');
    expect(entries.filter(({ problem }) => problem).map(({ line }) => line)).toEqual([3, 6]);
    expect(entries.filter(({ row }) => row).map(({ row }) => row!.id)).toEqual(['1', '3', '4', '6', '7']);
    const never = await read('id,a\n1,"never\n2,x\n3,y\n');
    expect(never[0]).toEqual({ line: 2, problem: 'The quote that is opened here is never closed.' });
    expect(never.slice(1).map(({ row }) => row!.id)).toEqual(['2', '3']);
  });

  it.each([
    ['id,id\n1,2\n', 'stdin: the header line names id twice.'],
    ['id,,b\n1,2,3\n', 'stdin: column 2 has no name in the header line.'],
    [
      'id;a\n1;2\n',
      "stdin: the header line is one cell (id;a), with a comma as the delimiter: is it another? Add --delimiter ';'.",
    ],
    [
      '\ufeff"id";"a";b\n1;2;3\n',
      `stdin: the header line is one cell ("id";"a";b), with a comma as the delimiter: is it another? Add --delimiter ';'.`,
    ],
    ['"id"|a\n1|2\n', /Add --delimiter '\|'\.$/],
    ['"id"x,a\n1,2\n', /^stdin, line 1: .* text follows the closing quote/],
    ['"id,a\n', /^stdin, line 1: /],
  ])('%j: %s', async (content, message) => expect(read(content)).rejects.toThrow(message));

  it('written and read again, every row is the same, wherever the chunks break', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.stringMatching(/^[",\r\n a]{0,6}$/),
      fc.constantFrom('', '""', '"', '\r', '\n', '\r\n', ',', ' ', '\u2028', '😀', '[1,"a"]'),
    );
    const names = fc.uniqueArray(fc.stringMatching(/^[a-zA-Z0-9]([-_]?[a-zA-Z0-9]){0,5}$/), {
      minLength: 2,
      maxLength: 5,
    });
    const tables = names.chain((columns) => {
      const row = fc
        .tuple(...columns.map(() => fc.option(text)))
        .map((cells) => Object.fromEntries(columns.map((name, index) => [name, cells[index]!])));
      return fc.record({
        columns: fc.constant(columns),
        rows: fc.array(row, { maxLength: 8 }),
        size: fc.integer({ min: 1, max: 64 }),
      });
    });
    await fc.assert(
      fc.asyncProperty(tables, async ({ columns, rows, size }) => {
        const writer = TEXT_FORMATS.csv.write(columns);
        const csv = writer.begin() + writer.rows(rows);
        expect(await rowsOf(csv, { size, format: 'csv' })).toEqual(rows);
      }),
      { numRuns: 500 },
    );
  });
});

describe('JSON', () => {
  it('numbers keep their digits, null is null', async () => {
    expect(await rowsOf('[{"id":9223372036854775807,"a":1.50,"b":null,"c":true,"d":["x",1e3]}]')).toEqual([
      { id: '9223372036854775807', a: '1.50', b: null, c: true, d: ['x', '1e3'] },
    ]);
  });

  it('an array may be broken into lines in any way; each record knows the line that it starts on', async () => {
    expect(await read('[\n  {\n    "id": "]}"\n  },{"id":"2"}\n,\n{"id":"\\\\\\""}]\n')).toEqual([
      { line: 2, row: { id: ']}' } },
      { line: 4, row: { id: '2' } },
      { line: 6, row: { id: '\\"' } },
    ]);
    expect(await read('[]')).toEqual([]);
  });

  it('objects one after another are as good: JSON lines named .json, or printed by jq', async () => {
    expect(await readFile('lines.json', '{"id":"1"}\n{"id":"2"}\n{\n "id":"3"}')).toEqual([
      { line: 1, row: { id: '1' } },
      { line: 2, row: { id: '2' } },
      { line: 3, row: { id: '3' } },
    ]);
  });

  it('a line that is no object is a problem; the others are read', async () => {
    expect(await read('{"id":"}{"} {"id":{}}{"id":"2"}\n{"id":1}{"id"\n', { format: 'jsonl' })).toMatchObject([
      { line: 1, row: { id: '}{' } },
      { line: 1, row: { id: {} } },
      { line: 1, row: { id: '2' } },
      { line: 2, problem: expect.stringContaining('not valid JSON') as string },
    ]);
    expect(await read('{"id":"1"}\n\n{"id":\n[1]\n7\r\n{"id":"2"}\r\n', { format: 'jsonl' })).toEqual([
      { line: 1, row: { id: '1' } },
      { line: 3, problem: expect.stringMatching(/^This is not valid JSON: .+\.$/) as string },
      { line: 4, problem: 'A record must be a JSON object, not an array.' },
      { line: 5, problem: expect.any(String) as string },
      { line: 6, row: { id: '2' } },
    ]);
    const [pretty] = await read('{\n  "id": 1\n}\n', { format: 'jsonl' });
    expect(pretty?.problem).toBe(
      'The record continues on the next line, but JSON lines has one record per line: name the file .json.',
    );
  });

  it('an element that does not parse is a problem', async () => {
    expect(await read('[{"id":"1"},{"id":nope},["x"],{"id":"2"}]')).toEqual([
      { line: 1, row: { id: '1' } },
      { line: 1, problem: expect.stringMatching(/^This is not valid JSON/) as string },
      { line: 1, problem: 'A record must be a JSON object, not an array.' },
      { line: 1, row: { id: '2' } },
    ]);
  });

  it.each([
    ['[{"id":"1"},\n{"id":', 'stdin, line 2: the file ends in the middle of the record that starts on line 2.'],
    ['[{"id":"1"}', 'stdin, line 1: the file ends before its array is closed; it may have been cut off.'],
    ['[{"id":"1"}{"id":"2"}]', 'stdin, line 1: a comma is missing between two records.'],
    ['[{"id":"1"}]\nx', 'stdin, line 2: x comes after the end of the array.'],
    ['[\n1]', /^stdin, line 2: 1 is where a record should begin/],
  ])('%j: %s', async (content, message) => expect(read(content)).rejects.toThrow(message));

  it('both forms read back what was written, wherever the chunks break', async () => {
    const cell = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string(),
      fc.boolean(),
      fc.constant(null),
      fc.array(fc.string()),
    );
    const rows = fc.array(fc.dictionary(fc.string(), cell, { noNullPrototype: true }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(
        rows,
        fc.integer({ min: 1, max: 48 }),
        fc.constantFrom(undefined, 2),
        async (written, size, indent) => {
          const expected = JSON.parse(JSON.stringify(written)) as unknown;
          expect(await rowsOf(JSON.stringify(written, null, indent), { size })).toEqual(expected);
          expect(await rowsOf(written.map((row) => JSON.stringify(row, null, indent)).join('\n'), { size })).toEqual(
            expected,
          );
          expect(await rowsOf(written.map((row) => JSON.stringify(row)).join('\n'), { size, format: 'jsonl' })).toEqual(
            expected,
          );
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('files', () => {
  it('are unzipped when they are gzip', async () => {
    expect(await readFile('a.csv.gz', gzipSync('id,a\n1,2\n'))).toEqual([{ line: 2, row: { id: '1', a: '2' } }]);
    expect(await readFile('a.jsonl', gzipSync('{"id":"1"}'))).toHaveLength(1);
  });

  it.each<[string, string | Buffer, string | RegExp]>([
    ['empty.csv', '', / is empty\.$/],
    ['blank.json', ' \n\t\n', / is empty\.$/],
    ['broken.csv.gz', gzipSync('id,a\n1,2\n'.repeat(1000)).subarray(0, 40), / is broken gzip: .*\.$/],
    ['garbled.csv.gz', Buffer.concat([gzipSync('id').subarray(0, 10), Buffer.alloc(20, 7)]), / is broken gzip: /],
    ['plain.csv.gz', 'id,a\n1,2\n', / is named \.gz but does not hold gzip data\.$/],
    ['latin1.csv', Buffer.from('id,a\n1,Z\xfcrich\n', 'latin1'), / is not UTF-8 text: save it as UTF-8\.$/],
    [
      'utf16.csv',
      Buffer.from('id,a\n1,2\n', 'utf16le'),
      / is not text: it holds zero bytes \(UTF-16 needs a byte order mark\)\.$/,
    ],
    ['a.parquet', 'PAR1', / is not a Parquet file, or is damaged\.$/],
    ['parquet.csv', 'PAR1xxxx', / is Parquet: add --format parquet/],
  ])('%s is refused in one sentence', async (name, content, message) => {
    await expect(readFile(name, content)).rejects.toMatchObject({
      message: expect.stringMatching(message) as string,
      exitCode: 2,
    });
  });

  it.each([
    ['plain', Buffer.from('id,a\n1,2\n')],
    ['gzip', gzipSync('id,a\n1,2\n').subarray(0, 20)],
    ['Zstandard', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x04])],
  ])('what breaks off the reading of %s is told as it is, and not as what is wrong with the file', async (_, begun) => {
    const gaveUp = new CommandError('Gave up after 300 s.', EXIT.UNAVAILABLE);
    const pieces = [() => Promise.resolve(begun), () => Promise.reject(gaveUp)];
    async function* breaking(): AsyncGenerator<Buffer> {
      for (const piece of pieces) yield await piece();
    }
    await expect(collect(readRows('-', { stdin: Readable.from(breaking()) }))).rejects.toBe(gaveUp);
  });

  it('a folder and a pattern are their files in order, with what the folders say', async () => {
    const root = join(folder, 'out');
    await mkdir(join(root, 'city=Z%C3%BCrich'), { recursive: true });
    await mkdir(join(root, 'city=__HIVE_DEFAULT_PARTITION__'));
    await writeFile(join(root, '_SUCCESS'), '');
    await writeFile(join(root, 'city=Z%C3%BCrich', '.part-0.csv.crc'), 'crc');
    await writeFile(join(root, 'city=Z%C3%BCrich', 'part-0.csv'), 'id\n1\n');
    await writeFile(join(root, 'city=Z%C3%BCrich', 'part-1.csv'), '');
    await writeFile(join(root, 'city=__HIVE_DEFAULT_PARTITION__', 'part-0'), '{"id":"2"}{"id":"3","city":"x"}');
    const options = { stdin: Readable.from([]), isPathColumn: () => true };
    const all = [
      { line: 2, row: { id: '1', city: 'Zürich' } },
      { line: 1, row: { id: '2', city: null } },
      { line: 1, row: { id: '3', city: 'x' } },
    ];
    expect(await collect(readRows(root, options))).toEqual(all);
    expect(await collect(readRows(join(root, '**/part-?'), options))).toEqual(all.slice(1));
    expect(await collect(readRows(join(root, '*/*.{csv,tsv}'), options))).toEqual(all.slice(0, 1));
    await expect(collect(readRows(join(root, '*.csv'), options))).rejects.toThrow('No file matches');
    await writeFile(join(root, 'a.xlsx'), 'x');
    expect(await collect(readRows(root, { ...options, ignoreUnreadable: true }))).toEqual(all);
    const unread = { line: 1, problem: expect.stringContaining('a.xlsx was not read') as string };
    expect(await collect(readRows(root, options))).toEqual([...all, unread]);
  });

  it('a folder without files, and a file that is not there', async () => {
    const options = { stdin: Readable.from([]) };
    await mkdir(join(folder, 'empty'));
    const empty = collect(readRows(join(folder, 'empty'), options));
    await expect(empty).rejects.toThrow('empty is a folder without a file to read.');
    await expect(collect(readRows(join(folder, 'none.csv'), options))).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });

  it('an aborted read ends, even when the pipe stays silent', async () => {
    const stopping = new AbortController();
    const silent = new Readable({ read() {} });
    silent.push('id,a\n1,2\n');
    const entries = [];
    for await (const batch of readRowBatches('-', { stdin: silent, signal: stopping.signal })) {
      entries.push(...batch);
      setTimeout(() => stopping.abort(), 5);
    }
    expect(entries).toHaveLength(1);
  });
});
