import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAthenaCsv, type AthenaRow } from '../../../src/feature-store/offline/athena-csv.js';

/** As Athena writes it: aws-behaviour 4.4. */
const write = (rows: AthenaRow[]) =>
  rows
    .map((row) => row.map((value) => (value === null ? '' : `"${value.replaceAll('"', '""')}"`)).join(',') + '\n')
    .join('');

async function parse(text: string, pieceBytes = 64): Promise<AthenaRow[]> {
  const rows: AthenaRow[] = [];
  for await (const batch of parseAthenaCsv(pieces(Buffer.from(text), pieceBytes))) rows.push(...batch);
  return rows;
}

// eslint-disable-next-line @typescript-eslint/require-await -- the parser takes what S3 streams
async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

test('null, empty text, quotes and newlines are told apart', async () => {
  const csv = '"i","d","s","q","nl","n","empty","b","a"\n"1","1.5","it\'s","a""b","x\ny",,"","true","[1, 2]"\n';
  expect(await parse(csv)).toEqual([
    ['i', 'd', 's', 'q', 'nl', 'n', 'empty', 'b', 'a'],
    ['1', '1.5', "it's", 'a"b', 'x\ny', null, '', 'true', '[1, 2]'],
  ]);
});

test('an empty line is a row of a single null', async () => {
  expect(await parse('"s"\n\n"a"\n\n')).toEqual([['s'], [null], ['a'], [null]]);
});

test('a file that ends within a row is not taken for whole', async () => {
  await expect(parse('"a","b"\n"1","2')).rejects.toThrow('ends in the middle of a row');
  await expect(parse('"a","b"\n"1","2"')).rejects.toThrow('ends in the middle of a row');
});

test('a value without quotes is not Athena’s', async () => {
  await expect(parse('"a"\n12\n')).rejects.toThrow('has an unquoted value: 12');
});

test('whatever is written comes back, cut into pieces of any size', async () => {
  const value = fc.option(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('"', '\n', ',', '\ufeff', ' ', 'é', '𝄞') }),
    ),
    { nil: null },
  );
  const table = fc
    .integer({ min: 1, max: 4 })
    .chain((width) => fc.array(fc.array(value, { minLength: width, maxLength: width }), { minLength: 1 }));
  await fc.assert(
    fc.asyncProperty(table, fc.integer({ min: 1, max: 40 }), async (rows, size) => {
      expect(await parse(write(rows), size)).toEqual(rows);
    }),
  );
});
