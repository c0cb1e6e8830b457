/**
 * One column of a row group: its values, how deep each is there, and the pages of both. hyparquet-writer has the same for every
 * type there is, at three times the CPU; its parts that look at no single value are used here.
 */
import type { ColumnChunk, Encoding, PageHeader } from 'hyparquet';
import { ByteWriter } from 'hyparquet-writer';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';
import { writeRleBitPackedHybrid } from 'hyparquet-writer/src/encoding.js';
import { snappyCompress } from 'hyparquet-writer/src/snappy.js';
import type { OutputColumn } from '../output-rows.js';
import { bitsOf } from './pages/levels.js';
import { openEncoder, openNumbers, type EncodedValues, type Value } from './parquet-encoder.js';

export const PHYSICAL_TYPES = { text: 'BYTE_ARRAY', integer: 'INT64', decimal: 'DOUBLE' } as const;

/** Of a row; a list may hold nulls, too. */
export type RowValue = Value | null | (Value | null)[];

/** Takes the values of a column, and appends one chunk after the other to a file. */
export function openChunk(column: OutputColumn) {
  const values = openEncoder(column.kind);
  const [definition, repetition] = [openNumbers(), openNumbers()];
  let rows = 0;

  function add(value: RowValue): void {
    rows += 1;
    if (column.list) return addList(value as (Value | null)[] | null);
    definition.push(value === null ? 0 : 1);
    if (value !== null) values.put(value as Value);
  }

  /** 0 is no list, 1 an empty one, 2 a null in it and 3 a value. */
  function addList(elements: (Value | null)[] | null): void {
    if (elements === null || elements.length === 0) {
      definition.push(elements === null ? 0 : 1);
      repetition.push(0);
      return;
    }
    elements.forEach((value, index) => {
      definition.push(value === null ? 2 : 3);
      repetition.push(index === 0 ? 0 : 1);
      if (value !== null) values.put(value);
    });
  }

  function write(out: ByteWriter): ColumnChunk {
    const chunk = writePages(out, {
      ...{ column, rows, encoded: values.take() },
      ...{ definition: definition.all(), repetition: repetition.all() },
    });
    definition.clear();
    repetition.clear();
    rows = 0;
    return chunk;
  }

  return { add, write };
}

interface Chunk {
  column: OutputColumn;
  rows: number;
  /** How much of its path each value has, by Dremel. */
  definition: Uint32Array;
  /** Of lists: 0 where a value begins a row. */
  repetition: Uint32Array;
  encoded: EncodedValues;
}

function writePages(out: ByteWriter, { column, rows, definition, repetition, encoded }: Chunk): ColumnChunk {
  const { dictionary, count } = encoded;
  const [start, nulls] = [out.offset, definition.length - count];
  const encoding: Encoding = dictionary ? 'RLE_DICTIONARY' : 'PLAIN';
  let uncompressed = 0;
  if (dictionary) {
    const header = { num_values: dictionary.words, encoding: 'PLAIN' as const };
    uncompressed += writePage(out, { type: 'DICTIONARY_PAGE', dictionary_page_header: header }, dictionary);
  }
  const dataStart = out.offset;
  const levels = new ByteWriter();
  const header = {
    num_values: definition.length,
    num_nulls: nulls,
    num_rows: rows,
    encoding,
    is_compressed: true,
    repetition_levels_byte_length: column.list ? writeRleBitPackedHybrid(levels, repetition, bitsOf(1)) : 0,
    definition_levels_byte_length: writeRleBitPackedHybrid(levels, definition, bitsOf(column.list ? 3 : 1)),
  };
  uncompressed += writePage(
    out,
    { type: 'DATA_PAGE_V2', data_page_header_v2: header },
    { levels: levels.getBytes(), page: encoded.page },
  );
  return {
    file_offset: BigInt(start),
    meta_data: {
      type: PHYSICAL_TYPES[column.kind],
      encodings: dictionary ? ['PLAIN', 'RLE', 'RLE_DICTIONARY'] : ['PLAIN', 'RLE'],
      path_in_schema: column.list ? [column.name, 'list', 'element'] : [column.name],
      codec: 'SNAPPY',
      num_values: BigInt(definition.length),
      total_uncompressed_size: BigInt(uncompressed),
      total_compressed_size: BigInt(out.offset - start),
      data_page_offset: BigInt(dataStart),
      dictionary_page_offset: dictionary && BigInt(start),
      statistics: { null_count: BigInt(nulls), ...encoded.bounds },
    },
  };
}

const NOTHING = new Uint8Array(0);

/** Returns the size before compression; levels are not compressed. */
function writePage(
  out: ByteWriter,
  header: Omit<PageHeader, 'uncompressed_page_size' | 'compressed_page_size'>,
  { levels = NOTHING, page }: { levels?: Uint8Array; page: Uint8Array },
): number {
  const compressed = snappyCompress(page);
  const start = out.offset;
  const uncompressed_page_size = levels.length + page.length;
  writePageHeader(out, { ...header, uncompressed_page_size, compressed_page_size: levels.length + compressed.length });
  const headerBytes = out.offset - start;
  out.appendBytes(levels);
  out.appendBytes(compressed);
  return headerBytes + uncompressed_page_size;
}
