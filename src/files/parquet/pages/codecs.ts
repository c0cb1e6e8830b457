/**
 * Pages, unpacked: exactly as many bytes as the header of the page says, or an error. A library would leave
 * missing bytes as zeros, or allocate whatever size is claimed.
 */
import type { CompressionCodec } from 'hyparquet';
import * as zlib from 'node:zlib';
import { assertWhole, NotSupported } from '../parquet-damage.js';

/** Bytes and how many they become → these. */
type Unpack = (input: Uint8Array, length: number) => Uint8Array;

/** Bytes that one compressed byte can stand for at most. Brotli and Zstandard have no such limit: there, the output is limited. */
const MOST_OF_A_BYTE: Partial<Record<CompressionCodec, number>> = { SNAPPY: 64, GZIP: 1032, LZ4: 255, LZ4_RAW: 255 };
const HEADER_BYTES = 64;

/** Returns a way to unpack; the result has a buffer of its own, so that nobody reads beyond it. Throws Damage and NotSupported. */
export async function openCodecs() {
  const [snappy, zstd] = await Promise.all([openSnappy(), openZstd()]);
  const codecs: Partial<Record<CompressionCodec, Unpack>> = {
    UNCOMPRESSED: (input) => input.slice(),
    SNAPPY: snappy,
    GZIP: (input, length) => owned(zlib.gunzipSync(input, { maxOutputLength: Math.max(1, length) })),
    BROTLI: (input, length) => owned(zlib.brotliDecompressSync(input, { maxOutputLength: Math.max(1, length) })),
    ZSTD: zstd,
    LZ4: unpackLz4,
    LZ4_RAW: unpackLz4Block,
  };
  return (codec: CompressionCodec | undefined, input: Uint8Array, length: number): Uint8Array => {
    const unpack = codec && codecs[codec];
    if (!unpack) throw new NotSupported(`compression ${codec ?? 'of an unknown kind'}`);
    // Spark leaves a page of nulls without a single byte.
    if (input.length === 0 && length === 0) return new Uint8Array(0);
    const most = (MOST_OF_A_BYTE[codec] ?? Infinity) * (input.length + HEADER_BYTES);
    assertWhole(length <= most, `a page of ${input.length} bytes claims to hold ${length}`);
    const output = unpack(input, length);
    assertWhole(output.length === length, `a page holds ${output.length} bytes, where its header says ${length}`);
    return output;
  };
}

/** Buffers may be part of a larger piece of memory. */
const owned = (bytes: Uint8Array): Uint8Array =>
  bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);

/** The library trusts what the first bytes say, and that they are true is checked by itself at the end. */
async function openSnappy(): Promise<Unpack> {
  const { compressors } = await import('hyparquet-compressors');
  return (input, length) => {
    let [said, shift, at] = [0, 0, 0];
    for (; ; shift += 7) {
      const byte = input[at++] ?? 0x80;
      said += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
      assertWhole(shift < 28, 'a page is not compressed with Snappy, as it claims');
    }
    assertWhole(said === length, `a page holds ${said} bytes, where its header says ${length}`);
    return compressors.SNAPPY!(input, length);
  };
}

/** In Node from 22.15 and 23.8 on; the library for older ones does not notice where its output is too short. */
async function openZstd(): Promise<Unpack> {
  const { zstdDecompressSync } = zlib as { zstdDecompressSync?: (input: Uint8Array, options: object) => Uint8Array };
  if (zstdDecompressSync)
    return (input, length) => owned(zstdDecompressSync(input, { maxOutputLength: Math.max(1, length) }));
  const { Decompress, decompress } = await import('fzstd');
  return (input, length) => {
    const window = zstdWindow(input);
    assertWhole(window <= Math.max(length, MOST_ZSTD_WINDOW), 'a page is not compressed with Zstandard, as it claims');
    // The library moves the window once for each block.
    if (window > LARGE_ZSTD_WINDOW) return owned(decompress(input));
    const output = new Uint8Array(length);
    let at = 0;
    new Decompress((part) => {
      assertWhole(at + part.length <= length, `a page holds more than the ${length} bytes of its header`);
      output.set(part, at);
      at += part.length;
    }).push(input, true);
    return at === length ? output : output.slice(0, at);
  };
}

/** What `zstd` takes without being asked for more. https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.1.2 */
const MOST_ZSTD_WINDOW = 128 * 2 ** 20;
const LARGE_ZSTD_WINDOW = 8 * 2 ** 20;

/** Bytes that a frame asks for. */
function zstdWindow(input: Uint8Array): number {
  const flags = input[4] ?? 0;
  const isSingle = (flags & 0x20) !== 0;
  if (!isSingle) {
    const descriptor = input[5] ?? 0;
    return 2 ** (10 + (descriptor >> 3)) * (1 + (descriptor & 7) / 8);
  }
  const at = 5 + [0, 1, 2, 4][flags & 3]!;
  const bytes = 1 << (flags >> 6);
  let size = bytes === 2 ? 256 : 0;
  for (let index = 0; index < bytes; index += 1) size += (input[at + index] ?? 0) * 256 ** index;
  return size;
}

/** Hadoop puts lengths before each block, others do not. https://parquet.apache.org/docs/file-format/data-pages/compression/ */
function unpackLz4(input: Uint8Array, length: number): Uint8Array {
  const output = new Uint8Array(length);
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  let [at, filled] = [0, 0];
  while (at + 8 <= input.length) {
    const [unpacked, packed] = [view.getUint32(at), view.getUint32(at + 4)];
    if (packed > input.length - at - 8 || unpacked > length - filled) return unpackLz4Block(input, length);
    unpackBlock(input.subarray(at + 8, at + 8 + packed), output.subarray(filled, filled + unpacked));
    [at, filled] = [at + 8 + packed, filled + unpacked];
  }
  return at === input.length && filled === length ? output : unpackLz4Block(input, length);
}

function unpackLz4Block(input: Uint8Array, length: number): Uint8Array {
  const output = new Uint8Array(length);
  unpackBlock(input, output);
  return output;
}

const SHORTEST_MATCH = 4;
const NOT_LZ4 = 'a page is not compressed with LZ4, as it claims';

/** https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md */
function unpackBlock(input: Uint8Array, output: Uint8Array): void {
  let [at, filled] = [0, 0];
  const lengthOf = (nibble: number): number => {
    let length = nibble;
    for (let byte = nibble === 15 ? 255 : 0; byte === 255; length += byte) byte = input[at++] ?? 0;
    return length;
  };
  while (at < input.length) {
    const token = input[at++]!;
    const literals = lengthOf(token >> 4);
    assertWhole(at + literals <= input.length && filled + literals <= output.length, NOT_LZ4);
    output.set(input.subarray(at, at + literals), filled);
    [at, filled] = [at + literals, filled + literals];
    if (at === input.length) break;
    const back = input[at]! | ((input[at + 1] ?? 0) << 8);
    at += 2;
    const matched = lengthOf(token & 15) + SHORTEST_MATCH;
    assertWhole(back > 0 && back <= filled && filled + matched <= output.length, NOT_LZ4);
    for (const end = filled + matched; filled < end; filled += 1) output[filled] = output[filled - back]!;
  }
  assertWhole(filled === output.length, `a page holds ${filled} bytes, where its header says ${output.length}`);
}
