/**
 * One column of a row group, or one of the columns that a nested one consists of: its pages, each held to what it says of
 * itself and to what the directory of the file says, → its values.
 */
import type { ColumnMetaData, DecodedArray, PageHeader, ParquetParsers, SchemaElement, SchemaTree } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { convert } from 'hyparquet/src/convert.js';
import { getMaxDefinitionLevel, getMaxRepetitionLevel, isFlatColumn } from 'hyparquet/src/schema.js';
import { crc32 } from 'node:zlib';
import { assertWhole, isCount, NotSupported } from '../parquet-damage.js';
import { bitsOf, readPacked } from './levels.js';
import { isDictionary, readPlaces, readValues } from './values.js';
import type { openCodecs } from './codecs.js';

export interface Leaf {
  /** From the root to the column. */
  path: SchemaTree[];
  element: SchemaElement;
  parsers: ParquetParsers;
  /** Whether bytes are text. */
  utf8: boolean;
  unpack: Awaited<ReturnType<typeof openCodecs>>;
}

interface Chunk {
  bytes: Uint8Array;
  metadata: Pick<ColumnMetaData, 'codec' | 'num_values' | 'type'>;
  rows: number;
}

interface Page {
  bytes: Uint8Array;
  /** Where the values begin. */
  at: number;
  definition?: Uint8Array;
  repetition?: Uint8Array;
  /** Values that are not null. */
  count: number;
}

/** What a leaf holds in a row group: all levels, and the values that are not null. Flat columns have a value or null for each row. */
export interface LeafValues {
  values: unknown[];
  /** How much of its path each value has; left out where nothing can be missing. */
  definition?: Uint8Array;
  /** 0 where a row begins; left out where nothing can be repeated. */
  repetition?: Uint8Array;
}

/** @throws Damage, NotSupported */
export function readLeaf(leaf: Leaf, { bytes, metadata, rows }: Chunk): LeafValues {
  const { path, element } = leaf;
  const { converted_type: converted, logical_type: logical } = element;
  if (converted === 'INTERVAL' || converted === 'BSON' || logical?.type === 'BSON')
    throw new NotSupported(`type ${converted ?? 'BSON'}`);
  const most = { definition: getMaxDefinitionLevel(path), repetition: getMaxRepetitionLevel(path) };
  const isFlat = isFlatColumn(path);
  const expected = Number(metadata.num_values);
  assertWhole(most.repetition > 0 || expected === rows, `it claims ${expected} values in ${rows} rows`);
  if (expected > MOST_VALUES) throw new NotSupported(`a row group of ${expected} values`);
  const decoder = { ...leaf, schemaPath: path, pathInSchema: [], type: metadata.type, codec: metadata.codec };
  const values: unknown[] = [];
  const pages: Page[] = [];
  let dictionary: DecodedArray | undefined;
  let [offset, seen] = [0, 0];
  while (seen < expected) {
    assertWhole(offset < bytes.length, `its pages hold ${seen} of ${expected} values`);
    const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset };
    const header = checkedHeader(parquetHeader(reader), bytes.length - reader.offset);
    const packed = bytes.subarray(reader.offset, reader.offset + header.compressed_page_size);
    offset = reader.offset + header.compressed_page_size;
    if (header.type === 'INDEX_PAGE') continue;
    const isTrue = header.crc === undefined || header.crc === (crc32(packed) | 0);
    assertWhole(isTrue, 'the checksum of a page is wrong');
    const of = { type: metadata.type, typeLength: element.type_length };
    if (header.type === 'DICTIONARY_PAGE') {
      assertWhole(dictionary === undefined, 'it has two dictionaries');
      const page = leaf.unpack(metadata.codec, packed, header.uncompressed_page_size);
      const count = header.dictionary_page_header!.num_values;
      dictionary = convert(readValues({ ...of, bytes: page, at: 0, count, encoding: 'PLAIN' }), decoder);
      continue;
    }
    const { num_values: count, encoding } = (header.data_page_header ?? header.data_page_header_v2)!;
    assertWhole(count <= expected - seen, `its pages hold more than ${expected} values`);
    seen += count;
    if (count === 0) continue;
    const page = readLevels({ header, packed, unpack: (from, size) => leaf.unpack(metadata.codec, from, size) }, most);
    const decoded = isDictionary(encoding)
      ? lookUp(readPlaces(page, dictionary?.length ?? 0), dictionary!)
      : convert(readValues({ ...of, ...page, encoding }), decoder);
    if (isFlat && page.definition) spread(values, { values: decoded, definition: page.definition });
    else for (let index = 0; index < decoded.length; index += 1) values.push(decoded[index]);
    if (!isFlat) pages.push({ ...page, bytes: packed });
  }
  const [definition, repetition] = [joined(pages, 'definition'), joined(pages, 'repetition')];
  if (repetition) {
    assertWhole(repetition[0] === 0, 'its first value continues a row');
    const begun = repetition.reduce((sum, level) => sum + Number(level === 0), 0);
    assertWhole(begun === rows, `its pages hold ${begun} rows of ${rows}`);
  }
  return { values, definition, repetition };
}

/** More would be a row group of gigabytes, and filling such an array takes minutes. */
const MOST_VALUES = 2 ** 27;

function joined(pages: Page[], name: 'definition' | 'repetition'): Uint8Array | undefined {
  const parts = pages.flatMap((page) => page[name] ?? []);
  return parts.length === 0 ? undefined : parts.length === 1 ? parts[0] : new Uint8Array(Buffer.concat(parts));
}

/** A header whose numbers can be true. `left` is what the chunk has behind it. */
function checkedHeader(header: PageHeader, left: number): PageHeader {
  const { type, compressed_page_size: packed, uncompressed_page_size: unpacked } = header;
  assertWhole(type !== undefined, 'a page is of an unknown kind');
  assertWhole(isCount(packed) && isCount(unpacked), 'a page has an impossible size');
  assertWhole(packed <= left, `a page of ${packed} bytes is longer than what is left of the column`);
  if (type === 'INDEX_PAGE') return header;
  const own = {
    DATA_PAGE: 'data_page_header',
    DATA_PAGE_V2: 'data_page_header_v2',
    DICTIONARY_PAGE: 'dictionary_page_header',
  };
  const values = header[own[type] as 'data_page_header'];
  assertWhole(values !== undefined && isCount(values.num_values), 'a page claims an impossible number of values');
  assertWhole(header.crc === undefined || Number.isInteger(header.crc), 'a page has an invalid checksum');
  return type === 'DATA_PAGE_V2' ? { ...header, data_page_header: undefined } : header;
}

interface PackedPage {
  header: PageHeader;
  packed: Uint8Array;
  unpack: (input: Uint8Array, length: number) => Uint8Array;
}

/** The levels of a page, and where its values are. */
function readLevels({ header, packed, unpack }: PackedPage, most: Record<'definition' | 'repetition', number>): Page {
  const second = header.type === 'DATA_PAGE_V2' ? header.data_page_header_v2 : undefined;
  const { num_values: length } = (second ?? header.data_page_header)!;
  const page: Page = { bytes: packed, at: 0, count: length };
  const read = (name: 'definition' | 'repetition', [at, end]: [number, number]) => {
    const levels = new Uint8Array(length);
    readPacked({ bytes: page.bytes, at, end, width: bitsOf(most[name]), most: most[name] }, levels);
    return levels;
  };
  if (second) {
    const [repetition, definition] = [
      second.repetition_levels_byte_length ?? 0,
      second.definition_levels_byte_length ?? 0,
    ];
    const start = repetition + definition;
    assertWhole(isCount(repetition) && isCount(definition) && start <= packed.length, 'a page has too many levels');
    assertWhole(start <= header.uncompressed_page_size, 'a page has too many levels');
    if (most.repetition > 0) page.repetition = read('repetition', [0, repetition]);
    if (most.definition > 0) page.definition = read('definition', [repetition, start]);
    const rest = packed.subarray(start);
    const isPacked = second.is_compressed !== false;
    page.bytes = isPacked ? unpack(rest, header.uncompressed_page_size - start) : rest.slice();
  } else {
    const first = header.data_page_header!;
    page.bytes = unpack(packed, header.uncompressed_page_size);
    const view = new DataView(page.bytes.buffer, page.bytes.byteOffset, page.bytes.byteLength);
    for (const name of ['repetition', 'definition'] as const) {
      if (most[name] === 0) continue;
      const encoding = first[`${name}_level_encoding`];
      if (encoding !== 'RLE') throw new NotSupported(`levels in the encoding ${encoding ?? 'of an unknown kind'}`);
      const end = page.at + 4 + view.getUint32(page.at, true);
      page[name] = read(name, [page.at + 4, end]);
      page.at = end;
    }
  }
  if (page.definition) page.count = page.definition.reduce((sum, level) => sum + Number(level === most.definition), 0);
  const nulls = second?.num_nulls;
  const isCounted = nulls === undefined || nulls === length - page.count;
  assertWhole(isCounted, `a page holds ${length - page.count} nulls, where its header says ${nulls}`);
  return page;
}

function lookUp(places: Uint32Array, dictionary: DecodedArray): unknown[] {
  const values = new Array<unknown>(places.length);
  for (let index = 0; index < places.length; index += 1) values[index] = dictionary[places[index]!];
  return values;
}

/** Adds a null wherever there is no value. */
function spread(all: unknown[], { values, definition }: { values: DecodedArray; definition: Uint8Array }): void {
  let next = 0;
  for (let index = 0; index < definition.length; index += 1) all.push(definition[index] === 1 ? values[next++] : null);
}
