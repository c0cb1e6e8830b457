/**
 * Small numbers in runs and packs of eight: levels, and places in a dictionary.
 * https://parquet.apache.org/docs/file-format/data-pages/encodings/#RLE
 */
import { assertWhole } from '../parquet-damage.js';

interface Packed {
  bytes: Uint8Array;
  /** From here, up to and without there. */
  at: number;
  end: number;
  /** Bits of each number. */
  width: number;
  /** The largest that makes sense. */
  most: number;
}

/** Bits that `most` takes. */
export const bitsOf = (most: number): number => 32 - Math.clz32(most);

/** The widest numbers that the quick way of unpacking can hold beside the byte that it reads. */
const WIDEST_QUICK = 24;

/** Fills `numbers`. @throws Damage where there are too few or too many, or one is too large */
export function readPacked({ bytes, at, end, width, most }: Packed, numbers: Uint8Array | Uint32Array): void {
  assertWhole(width <= 32 && end <= bytes.length, 'the numbers of a page are too wide');
  const { length } = numbers;
  let seen = 0;
  while (seen < length) {
    let [header, shift, byte] = [0, 0, 0x80];
    for (; byte >= 0x80; shift += 7) {
      assertWhole(at < end && shift <= 28, 'a page ends in the middle of its numbers');
      byte = bytes[at++]!;
      header += (byte & 0x7f) * 2 ** shift;
    }
    const isPacked = (header & 1) === 1;
    const count = Math.floor(header / 2);
    if (isPacked) {
      // Packs may be filled up at the end.
      const left = Math.min(count * 8, length - seen);
      assertWhole(count * width <= end - at, 'a page ends in the middle of its numbers');
      if (width <= WIDEST_QUICK) unpack({ bytes, at, width, most }, numbers, [seen, seen + left]);
      else unpackWide({ bytes, at, width, most }, numbers, [seen, seen + left]);
      at += count * width;
      seen += left;
    } else {
      assertWhole(count <= length - seen, 'a page holds more numbers than its header says');
      let value = 0;
      for (let bits = 0; bits < width; bits += 8) {
        assertWhole(at < end, 'a page ends in the middle of its numbers');
        value += bytes[at++]! * 2 ** bits;
      }
      assertWhole(value <= most, `a page holds ${value}, where ${most} is the most`);
      numbers.fill(value, seen, seen + count);
      seen += count;
    }
  }
}

type Pack = Pick<Packed, 'bytes' | 'at' | 'width' | 'most'>;

function unpack(
  { bytes, at, width, most }: Pack,
  numbers: Uint8Array | Uint32Array,
  [from, to]: [number, number],
): void {
  const mask = 2 ** width - 1;
  let [held, bits] = [0, 0];
  for (let index = from; index < to; index += 1) {
    for (; bits < width; bits += 8) held |= bytes[at++]! << bits;
    const value = held & mask;
    if (value > most) assertWhole(false, `a page holds ${value}, where ${most} is the most`);
    numbers[index] = value;
    held >>>= width;
    bits -= width;
  }
}

/** With arithmetic that does not end at 32 bits. */
function unpackWide(
  { bytes, at, width, most }: Pack,
  numbers: Uint8Array | Uint32Array,
  [from, to]: [number, number],
): void {
  let [held, bits] = [0, 0];
  for (let index = from; index < to; index += 1) {
    for (; bits < width; bits += 8) held += bytes[at++]! * 2 ** bits;
    const value = held % 2 ** width;
    assertWhole(value <= most, `a page holds ${value}, where ${most} is the most`);
    numbers[index] = value;
    held = Math.floor(held / 2 ** width);
    bits -= width;
  }
}
