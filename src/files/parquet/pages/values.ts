/**
 * The values of a page by its encoding, without one too many, one too few, or one from beyond the page. hyparquet decodes what it
 * checks by itself, or what can be checked around it.
 * https://parquet.apache.org/docs/file-format/data-pages/encodings/
 */
import type { DataReader, DecodedArray, Encoding, ParquetType } from 'hyparquet';
import { deltaBinaryUnpack } from 'hyparquet/src/delta.js';
import { byteStreamSplit } from 'hyparquet/src/encoding.js';
import { readPlain } from 'hyparquet/src/plain.js';
import { readVarInt } from 'hyparquet/src/thrift.js';
import { assertWhole, NotSupported } from '../parquet-damage.js';
import { readPacked } from './levels.js';

interface EncodedValues {
  /** Of the page, in a buffer of their own. */
  bytes: Uint8Array;
  /** Where the values begin, behind the levels. */
  at: number;
  /** Values that are there: not null. */
  count: number;
  encoding: Encoding | undefined;
  type: ParquetType;
  /** Bytes of each value, where all have the same. */
  typeLength?: number;
}

/** Whether the values are places in a dictionary. */
export const isDictionary = (encoding: Encoding | undefined): boolean =>
  encoding === 'PLAIN_DICTIONARY' || encoding === 'RLE_DICTIONARY';

/** Zeros that fastparquet leaves behind its values. */
const PADDING_BYTES = 8;
const TOO_MANY = 'a page holds more values than its header says';
const TOO_FEW = 'a page holds fewer values than its header says';

/** @throws Damage, NotSupported, and RangeError where a page ends too early */
export function readValues({ bytes, at, count, encoding, type, typeLength }: EncodedValues): DecodedArray {
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: at };
  const isAtEnd = () => assertWhole(reader.offset === bytes.length, reader.offset < bytes.length ? TOO_MANY : TOO_FEW);
  if (encoding === 'PLAIN') {
    const values = readPlain(reader, type, count, typeLength);
    const rest = bytes.subarray(reader.offset);
    if (rest.length <= PADDING_BYTES && rest.every((byte) => byte === 0)) return values;
    isAtEnd();
    return values;
  }
  if (encoding === 'RLE' && type === 'BOOLEAN') return readBooleans(reader, count);
  if (encoding === 'BYTE_STREAM_SPLIT') {
    const values = byteStreamSplit(reader, count, type, typeLength);
    isAtEnd();
    return values;
  }
  const isText = type === 'BYTE_ARRAY' || type === 'FIXED_LEN_BYTE_ARRAY';
  if (encoding === 'DELTA_BINARY_PACKED' && (type === 'INT32' || type === 'INT64')) {
    const values = readDeltas(reader, type === 'INT32' ? new Int32Array(count) : new BigInt64Array(count));
    isAtEnd();
    return values;
  }
  if (encoding === 'DELTA_LENGTH_BYTE_ARRAY' && isText) {
    return readTexts(reader, readDeltas(reader, new Int32Array(count)) as Int32Array);
  }
  if (encoding === 'DELTA_BYTE_ARRAY' && isText) {
    const shared = readDeltas(reader, new Int32Array(count)) as Int32Array;
    const ends = readTexts(reader, readDeltas(reader, new Int32Array(count)) as Int32Array);
    const texts = joinTexts(shared, ends);
    if (typeLength)
      assertWhole(
        texts.every(({ length }) => length === typeLength),
        'a value has a wrong length',
      );
    return texts;
  }
  throw new NotSupported(`${type} in the encoding ${encoding ?? 'of an unknown kind'}`);
}

/** Places in a dictionary of so many values. @throws Damage for a place that is not there */
export function readPlaces(
  { bytes, at, count }: Pick<EncodedValues, 'bytes' | 'at' | 'count'>,
  size: number,
): Uint32Array {
  const places = new Uint32Array(count);
  if (count === 0) return places;
  assertWhole(at < bytes.length, TOO_FEW);
  assertWhole(size > 0, 'a page refers to a dictionary that is empty or not there');
  readPacked({ bytes, at: at + 1, end: bytes.length, width: bytes[at]!, most: size - 1 }, places);
  return places;
}

function readBooleans({ view, offset }: DataReader, count: number): boolean[] {
  if (count === 0) return [];
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const flags = new Uint8Array(count);
  const start = offset + 4;
  readPacked({ bytes, at: start, end: start + view.getUint32(offset, true), width: 1, most: 1 }, flags);
  return Array.from(flags, Boolean);
}

/** Blocks have at least so many values, and a multiple of them. */
const SMALLEST_BLOCK = 128;
const SMALLEST_PART = 32;
const LARGEST_BLOCK = 2 ** 20;

/** Fills `values`; the reader stands behind them. */
function readDeltas(reader: DataReader, values: Int32Array | BigInt64Array): Int32Array | BigInt64Array {
  if (values.length === 0) {
    reader.offset = reader.view.byteLength;
    return values;
  }
  const header = { view: reader.view, offset: reader.offset };
  const [block, parts, count] = [readVarInt(header), readVarInt(header), readVarInt(header)];
  const isBlock = block >= SMALLEST_BLOCK && block <= LARGEST_BLOCK && block % SMALLEST_BLOCK === 0;
  assertWhole(
    isBlock && parts > 0 && (block / parts) % SMALLEST_PART === 0,
    'a page of differences has a wrong header',
  );
  assertWhole(count === values.length, count > values.length ? TOO_MANY : TOO_FEW);
  deltaBinaryUnpack(reader, values.length, values);
  assertWhole(reader.offset <= reader.view.byteLength, TOO_FEW);
  return values;
}

function readTexts(reader: DataReader, lengths: Int32Array): Uint8Array[] {
  const { view } = reader;
  return Array.from(lengths, (length, index) => {
    assertWhole(length >= 0 && reader.offset + length <= view.byteLength, TOO_FEW);
    const text = new Uint8Array(view.buffer, view.byteOffset + reader.offset, length);
    reader.offset += length;
    if (index === lengths.length - 1) assertWhole(reader.offset === view.byteLength, TOO_MANY);
    return text;
  });
}

/** Texts that begin as the one before them. */
function joinTexts(shared: Int32Array, ends: Uint8Array[]): Uint8Array[] {
  let before = new Uint8Array(0);
  return ends.map((end, index) => {
    const length = shared[index]!;
    assertWhole(length >= 0 && length <= before.length, 'a text begins as one that is shorter');
    if (length === 0) return (before = end as Uint8Array<ArrayBuffer>);
    const text = new Uint8Array(length + end.length);
    text.set(before.subarray(0, length));
    text.set(end, length);
    return (before = text);
  });
}
