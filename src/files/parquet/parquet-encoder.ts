/**
 * The values of one column of a row group, encoded as they arrive: a dictionary where that halves them, else plain. Kept as they
 * are until the group is full, they would outlive the young generation of V8, and memory would grow with the file.
 */
import type { Statistics } from 'hyparquet';
import { ByteWriter } from 'hyparquet-writer';
import { writeRleBitPackedHybrid } from 'hyparquet-writer/src/encoding.js';
import type { OutputColumn } from '../output-rows.js';
import { bitsOf } from './pages/levels.js';

/** What a column may hold: whole numbers are numbers as far as a double tells them apart. */
export type Value = string | number | bigint;

export interface EncodedValues {
  count: number;
  page: Uint8Array;
  /** Set where the page has but the places of these words. */
  dictionary?: { words: number; page: Uint8Array };
  /** But for the count of nulls. */
  bounds: Pick<Statistics, 'min_value' | 'max_value'>;
}

/** Values that are looked at before a column is given up as one of distinct values. */
const SAMPLE = 1_000;

/** One row group after the other; what `take` returns counts until the next value is put. */
export function openEncoder(kind: OutputColumn['kind']) {
  const plain = openPlain(kind);
  const isLess = kind === 'text' ? isLessText : isLessNumber;
  let places: Map<Value, number> | undefined = new Map();
  const indexes = openNumbers();
  let count = 0;
  let [min, max]: [Value | undefined, Value | undefined] = [undefined, undefined];

  function put(value: Value): void {
    count += 1;
    const known = places?.get(value);
    if (known === undefined) putNew(value);
    else indexes.push(known);
  }

  function putNew(value: Value): void {
    plain.append(value);
    if (min === undefined || isLess(value, min)) min = value;
    if (max === undefined || isLess(max, value)) max = value;
    if (!places) return;
    indexes.push(places.size);
    places.set(value, places.size);
    if (places.size > Math.max(SAMPLE, count) / 2) giveUpWords([...places.keys()]);
  }

  function giveUpWords(words: Value[]): void {
    plain.clear();
    for (const index of indexes.all()) plain.append(words[index]!);
    places = undefined;
  }

  return {
    put,
    take(): EncodedValues {
      if (places && places.size > count / 2) giveUpWords([...places.keys()]);
      const dictionary = places && count > 0 ? { words: places.size, page: plain.bytes() } : undefined;
      const page = dictionary ? packIndexes(indexes.all(), dictionary.words) : plain.bytes();
      const bounds = min === undefined ? {} : { min_value: bound(min, -0), max_value: bound(max!, 0) };
      const taken = { count, page, dictionary, bounds };
      plain.clear();
      indexes.clear();
      [places, count, min, max] = [new Map(), 0, undefined, undefined];
      return taken;
    },
  };
}

function packIndexes(indexes: Uint32Array, words: number): Uint8Array {
  const page = new ByteWriter();
  const bits = bitsOf(words - 1);
  page.appendUint8(bits);
  writeRleBitPackedHybrid(page, indexes, bits);
  return page.getBytes();
}

/** Few: a group may have thousands of columns, and each its arrays. */
const FIRST_NUMBERS = 256;

/** Numbers in one array that grows, and is used again. */
export function openNumbers() {
  let numbers = new Uint32Array(FIRST_NUMBERS);
  let length = 0;

  function push(number: number): void {
    if (length === numbers.length) {
      const larger = new Uint32Array(2 * length);
      larger.set(numbers);
      numbers = larger;
    }
    numbers[length] = number;
    length += 1;
  }

  return { push, all: () => numbers.subarray(0, length), clear: () => void (length = 0) };
}

const FIRST_BYTES = 1024;
const MAX_BYTES_PER_UNIT = 3;

/** https://parquet.apache.org/docs/file-format/data-pages/encodings/ */
function openPlain(kind: OutputColumn['kind']) {
  let page = Buffer.allocUnsafeSlow(FIRST_BYTES);
  let at = 0;

  function ensure(bytes: number): void {
    if (at + bytes <= page.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * page.length, at + bytes));
    page.copy(larger, 0, 0, at);
    page = larger;
  }

  /** Behind its length. */
  function appendText(text: string): void {
    ensure(4 + text.length * MAX_BYTES_PER_UNIT);
    const length = page.write(text, at + 4);
    at = page.writeUInt32LE(length, at) + length;
  }

  function appendNumber(value: number | bigint): void {
    ensure(8);
    at = kind === 'decimal' ? page.writeDoubleLE(value as number, at) : page.writeBigInt64LE(BigInt(value), at);
  }

  return {
    append: (kind === 'text' ? appendText : appendNumber) as (value: Value) => void,
    bytes: () => page.subarray(0, at),
    clear: () => void (at = 0),
  };
}

const isLessNumber = (left: Value, right: Value) => left < right;

/** Where both hold one of these, the order of UTF-16 may differ from that of UTF-8, which Parquet has. */
const ABOVE_OTHERS = /[\ud800-\uffff]/;

function isLessText(left: Value, right: Value): boolean {
  const isOdd = ABOVE_OTHERS.test(left as string) && ABOVE_OTHERS.test(right as string);
  return isOdd ? Buffer.compare(Buffer.from(left as string), Buffer.from(right as string)) < 0 : left < right;
}

/** By the format, a zero is the lower one as a minimum. A text is copied: a part of a file's text would keep all of that. */
function bound(value: Value, zero: number): Value {
  if (value === 0) return zero;
  return typeof value === 'string' ? Buffer.from(value).toString() : value;
}
