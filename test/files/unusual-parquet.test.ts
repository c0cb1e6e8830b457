/** Parquet that is whole, and unlike what most writers write: read as its author meant it. */
import type { FileMetaData } from 'hyparquet';
import { parquetMetadata } from 'hyparquet';
import { ByteWriter, parquetWriteBuffer } from 'hyparquet-writer';
import { writeMetadata } from 'hyparquet-writer/src/metadata.js';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readRows } from '../../src/files/file-handler.js';
import { temporaryFolder } from '../support/run.js';

const WORDS = ['a', 'b', 'a', 'b', 'a', 'a', 'b', 'b'];
const ROWS = WORDS.map((word) => ({ word }));

async function rowsOf(bytes: Uint8Array): Promise<unknown[]> {
  const path = join(await temporaryFolder(), 'a.parquet');
  await writeFile(path, bytes);
  const rows = [];
  for await (const { row, problem } of readRows(path, { stdin: Readable.from([]) })) rows.push(row ?? problem);
  return rows;
}

/** A file of one column of text, in a dictionary, whose directory is changed. */
function words(change: (metadata: FileMetaData) => void): Uint8Array {
  const columnData = [
    { name: 'word', data: WORDS, type: 'STRING', encoding: 'RLE_DICTIONARY', nullable: false },
  ] as const;
  const bytes = new Uint8Array(parquetWriteBuffer({ columnData: [...columnData] }));
  const metadata = parquetMetadata(bytes);
  change(metadata);
  const out = new ByteWriter();
  out.appendBytes(bytes.subarray(0, bytes.length - 8 - metadata.metadata_length));
  writeMetadata(out, metadata);
  out.appendBytes(new TextEncoder().encode('PAR1'));
  return out.getBytes();
}

/** What an old parquet-mr forgot to count: the header of the dictionary. */
const FORGOTTEN_BYTES = 14n;

describe('Parquet', () => {
  it('whose schema is repeated as a whole, as one writer in Go says it', async () => {
    expect(await rowsOf(words(({ schema }) => (schema[0]!.repetition_type = 'REPEATED')))).toEqual(ROWS);
  });

  it('with a row group of no rows, and a group of no columns', async () => {
    const bytes = words((metadata) => {
      const [group] = metadata.row_groups;
      const columns = group!.columns.map((column) => ({
        ...column,
        meta_data: { ...column.meta_data!, num_values: 0n },
      }));
      metadata.row_groups = [{ ...group!, num_rows: 0n, columns }, group!];
      metadata.schema[0]!.num_children = 2;
      metadata.schema.push({ name: 'nothing', repetition_type: 'OPTIONAL', num_children: 0 });
    });
    expect(await rowsOf(bytes)).toEqual(ROWS);
  });

  it('that claims no rows, and has some', async () => {
    expect(await rowsOf(words((metadata) => (metadata.num_rows = 0n)))).toEqual(ROWS);
  });

  it('whose dictionary is not counted whole, as old parquet-mr had it; from others that is damage', async () => {
    const forget = (createdBy: string) =>
      words((metadata) => {
        metadata.created_by = createdBy;
        metadata.row_groups[0]!.columns[0]!.meta_data!.total_compressed_size -= FORGOTTEN_BYTES;
      });
    expect(await rowsOf(forget('parquet-mr'))).toEqual(ROWS);
    expect(await rowsOf(forget('parquet-mr version 1.2.8 (build 1)'))).toEqual(ROWS);
    await expect(rowsOf(forget('parquet-mr version 1.13.1 (build 1)'))).rejects.toThrow(/column word .* damaged/);
    await expect(rowsOf(forget('another'))).rejects.toThrow(/column word .* damaged/);
  });

  it('whose statistics are of another size than the values', async () => {
    const day = { name: 'day', type: 'INT32', converted_type: 'DATE', repetition_type: 'REQUIRED' } as const;
    const schema = [{ name: 'root', num_children: 1 }, day];
    const bytes = Buffer.from(parquetWriteBuffer({ columnData: [{ name: 'day', data: [20_000] }], schema }));
    const end = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8);
    const footer = bytes.subarray(end, -8).toString('latin1').replaceAll('\x04\x20\x4e\0\0', '\x01\x20');
    const length = Buffer.alloc(4);
    length.writeUInt32LE(footer.length);
    expect(footer.length).toBeLessThan(bytes.length - 8 - end);
    const changed = Buffer.concat([bytes.subarray(0, end), Buffer.from(footer, 'latin1'), length, bytes.subarray(-4)]);
    expect(await rowsOf(changed)).toEqual([{ day: '2024-10-04' }]);
  });

  it.each([
    ['in another file', ({ row_groups: [group] }: FileMetaData) => (group!.columns[0]!.file_path = 'b.parquet')],
  ])('whose values are %s is refused', async (what, change) => {
    await expect(rowsOf(words(change))).rejects.toThrow(
      new RegExp(`column word cannot be read: a column ${what} is not supported\\. Write the file in another way\\.$`),
    );
  });
});
