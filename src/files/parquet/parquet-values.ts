/** Values of Parquet ⇄ cells: integers with every digit, doubles in their shortest form, times as ISO-8601. Pure. */
import type { SchemaElement } from 'hyparquet';
import { codeOf } from '../../errors.js';
import { isInt64, type Cell } from '../../utils/json.js';
import { isDecimal } from './parquet-types.js';

const NANOS_PER = { milli: 1_000_000n, micro: 1_000n, nano: 1n } as const;
const NANOS_PER_SECOND = 1_000_000_000n;
const NANOS_PER_DAY = 86_400n * NANOS_PER_SECOND;
const MS_PER_DAY = 86_400_000;

/** A value that cannot become a cell; its message says why. */
export class BadValue extends Error {}

/** Names without a byte order mark lose nothing, but a value may begin with one. */
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });

/** Bytes that are not UTF-8 stay bytes: a dictionary may hold some that no row uses. */
function textOf(bytes: Uint8Array | undefined): string | Uint8Array | undefined {
  try {
    return bytes && utf8.decode(bytes);
  } catch (error) {
    if (codeOf(error) !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw error;
    return bytes;
  }
}

/** For hyparquet, which would make dates and parsed JSON of them. */
export const PARSERS = {
  timestampFromMilliseconds: (ticks: bigint) => isoTime(ticks, NANOS_PER.milli),
  timestampFromMicroseconds: (ticks: bigint) => isoTime(ticks, NANOS_PER.micro),
  timestampFromNanoseconds: (ticks: bigint) => isoTime(ticks, NANOS_PER.nano),
  dateFromDays: (days: number) =>
    days === undefined ? undefined : (isoOf(days * MS_PER_DAY)?.replace(/T.*/, '') ?? TOO_FAR),
  // The library takes for text whatever its parsers return.
  stringFromBytes: textOf as (bytes: Uint8Array | undefined) => string,
  jsonFromBytes: textOf,
};

/** With 0, 3, 6 or 9 digits of a second, as the service takes them. */
function isoTime(ticks: bigint | undefined, nanosPerTick: bigint): string | typeof TOO_FAR | undefined {
  if (ticks === undefined || ticks === null) return undefined;
  const nanos = BigInt(ticks) * nanosPerTick;
  const rest = ((nanos % NANOS_PER_SECOND) + NANOS_PER_SECOND) % NANOS_PER_SECOND;
  return isoOf(Number((nanos - rest) / NANOS_PER_MS))?.replace('.000Z', `${fractionOf(rest)}Z`) ?? TOO_FAR;
}

/** A year of more than four digits has a sign and six of them, as in ISO 8601. Undefined beyond what a Date can hold. */
const isoOf = (ms: number): string | undefined => (Math.abs(ms) > MAX_MS ? undefined : new Date(ms).toISOString());
const MAX_MS = 8.64e15;
/** In the place of a time: the error of a parser would end the whole file. */
const TOO_FAR = Symbol('a time that is too far away');
const NANOS_PER_MS = 1_000_000n;

/** Nanoseconds of a second as `.123`, `.123456`, `.123456789` or nothing. */
function fractionOf(nanos: bigint): string {
  const digits = nanos
    .toString()
    .padStart(9, '0')
    .replace(/(?:000)+$/, '');
  return digits && `.${digits}`;
}

/** Whole numbers beyond these may be another one that was rounded, by the type that they are stored as. */
const EXACT_BELOW: Partial<Record<string, number>> = { FLOAT: 2 ** 24, FLOAT16: 2 ** 11 };
const DOUBLE_EXACT_BELOW = 2 ** 53;

/** The cell of a value, by the leaf that it lies in. The reader throws BadValue. */
export function cellReader(element: SchemaElement): (value: unknown) => Cell {
  const { type, converted_type: converted, logical_type: logical, scale = 0 } = element;
  const exactBelow = EXACT_BELOW[logical?.type ?? ''] ?? EXACT_BELOW[type ?? ''] ?? DOUBLE_EXACT_BELOW;
  const toNumber = (value: number): Cell => {
    const text = type === 'FLOAT' ? shortestFloat(value) : String(value);
    return Math.abs(value) < exactBelow ? text : Number(text);
  };
  // A time that is nobody's in particular must not become one of UTC.
  const isNaive = logical?.type === 'TIMESTAMP' && !logical.isAdjustedToUTC;
  const toCell = (value: unknown): Cell => {
    if (value === null || value === undefined) return null;
    if (value === TOO_FAR) throw new BadValue('its time is beyond the year 275760, the last that can be written.');
    if (isNaive && typeof value === 'string') return value.replace(/Z$/, '');
    if (typeof value === 'number') return toNumber(value);
    if (typeof value === 'bigint') return value.toString();
    if (typeof value === 'string' || typeof value === 'boolean') return value;
    if (value instanceof Uint8Array) return bytesCell(value, element);
    // A shape on the map, which the library reads from its bytes.
    if (Array.isArray(value)) return value.map(toCell);
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, toCell(member)]));
  };
  const range =
    NARROW[
      logical?.type === 'INTEGER' ? `${logical.isSigned ? 'INT' : 'UINT'}_${logical.bitWidth}` : (converted ?? '')
    ];
  if (range) return orNull((value) => narrow(value as number, range));
  const nanosPerTick =
    TICKS_OF_DAY[converted ?? ''] ?? (logical?.type === 'TIME' ? TICKS_OF_DAY[logical.unit] : undefined);
  if (nanosPerTick !== undefined) return orNull((value) => timeOfDay(BigInt(value as number | bigint) * nanosPerTick));
  return isDecimal(element) ? orNull((value) => decimal(unscaled(value), scale)) : toCell;
}

/** Null stays null. */
const orNull =
  (toCell: (value: unknown) => Cell) =>
  (value: unknown): Cell =>
    value === null || value === undefined ? null : toCell(value);

/** Stored as 32 bits, of which these use fewer. */
const NARROW: Partial<Record<string, [number, number]>> = {
  ...{ INT_8: [-(2 ** 7), 2 ** 7 - 1], INT_16: [-(2 ** 15), 2 ** 15 - 1] },
  ...{ UINT_8: [0, 2 ** 8 - 1], UINT_16: [0, 2 ** 16 - 1] },
};

function narrow(value: number, [least, most]: [number, number]): string {
  if (value < least || value > most) throw new BadValue(`${value} is not within its type (${least} to ${most}).`);
  return String(value);
}

function bytesCell(bytes: Uint8Array, { type, converted_type: converted, logical_type: logical }: SchemaElement): Cell {
  const isText = type === 'BYTE_ARRAY' || converted === 'UTF8' || logical?.type === 'STRING';
  if (isText)
    throw new BadValue(`its bytes are not UTF-8 text (${Buffer.from(bytes.subarray(0, 16)).toString('hex')}).`);
  return Buffer.from(bytes).toString('base64');
}

/** Nanoseconds of a tick, by the name of the type or of its unit. */
const TICKS_OF_DAY: Partial<Record<string, bigint>> = {
  TIME_MILLIS: NANOS_PER.milli,
  TIME_MICROS: NANOS_PER.micro,
  MILLIS: NANOS_PER.milli,
  MICROS: NANOS_PER.micro,
  NANOS: NANOS_PER.nano,
};

/** `01:02:03.000004`: nanoseconds since midnight, with 0, 3, 6 or 9 digits of a second. */
function timeOfDay(nanos: bigint): string {
  if (nanos < 0n || nanos >= NANOS_PER_DAY) throw new BadValue(`${nanos} ns since midnight is not a time of day.`);
  const seconds = Number(nanos / NANOS_PER_SECOND);
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const clock = [hours, minutes, rest].map((part) => String(part).padStart(2, '0')).join(':');
  return clock + fractionOf(nanos % NANOS_PER_SECOND);
}

/** All fewer digits survive as many, but in the smallest floats. */
const FLOAT_DIGITS = 6;
const SMALLEST_NORMAL_FLOAT = 2 ** -126;

/** A 32-bit float, such as pandas writes, has the fewest digits that give it back; nine always do. */
function shortestFloat(value: number): string {
  for (let digits = Math.abs(value) < SMALLEST_NORMAL_FLOAT ? 1 : FLOAT_DIGITS; digits <= 9; digits += 1) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(value);
}

/** The integer that a decimal is stored as: a number, or big-endian two's complement. */
function unscaled(value: unknown): bigint {
  if (!(value instanceof Uint8Array)) return BigInt(value as number | bigint);
  if (value.length === 0) throw new BadValue('a decimal without bytes is not a number.');
  return BigInt.asIntN(value.length * 8, BigInt(`0x${Buffer.from(value).toString('hex')}`));
}

function decimal(value: bigint, scale: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
  const sign = value < 0n ? '-' : '';
  return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/**
 * The numbers that most texts are: so few digits that a double tells each from all others, and written as JavaScript writes them.
 * Known by their looks, they need not be written again to be compared.
 */
const MAX_PLAIN_CHARACTERS = 15;
const PLAIN = {
  integer: /^(?:0|-?[1-9]\d*)$/,
  decimal: /^(?!-0$)-?(?:[1-9]\d*|0(?!\.0{6}))(?:\.\d*[1-9])?$/,
};

/** The number that a text stands for, null where an INT64 or a DOUBLE holds none, and whether it reads back the same. */
export function numberOf(text: string, kind: 'integer' | 'decimal'): { value: bigint | number | null; same: boolean } {
  if (text.length <= MAX_PLAIN_CHARACTERS && PLAIN[kind].test(text)) {
    return { value: Number(text), same: true };
  }
  if (kind === 'integer') {
    const value = /^-?\d{1,19}$/.test(text) ? BigInt(text) : undefined;
    if (value === undefined || !isInt64(value)) return { value: null, same: false };
    return { value, same: value.toString() === text };
  }
  const value = text.trim() === '' ? NaN : Number(text);
  if (!Number.isFinite(value)) return { value: null, same: false };
  // What may have been rounded would come back as a number, which is not taken for exact.
  return { value, same: Math.abs(value) < DOUBLE_EXACT_BELOW && String(value) === text };
}
