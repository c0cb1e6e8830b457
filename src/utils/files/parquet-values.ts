/** Values of Parquet ⇄ cells: integers with every digit, doubles in their shortest form, times as ISO-8601. Pure. */
import type { SchemaElement } from 'hyparquet';
import type { Cell } from '../json.js';

const MAX_INT64 = 2n ** 63n - 1n;
const NANOS_PER = { milli: 1_000_000n, micro: 1_000n, nano: 1n } as const;
const NANOS_PER_SECOND = 1_000_000_000n;
const MS_PER_DAY = 86_400_000;

/** Names without a byte order mark lose nothing, but a value may begin with one. */
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const textOf = (bytes: Uint8Array | undefined) => bytes && utf8.decode(bytes);

/** For hyparquet, which would make dates and parsed JSON of them. */
export const PARSERS = {
  timestampFromMilliseconds: (ticks: bigint) => isoTime(ticks, NANOS_PER.milli),
  timestampFromMicroseconds: (ticks: bigint) => isoTime(ticks, NANOS_PER.micro),
  timestampFromNanoseconds: (ticks: bigint) => isoTime(ticks, NANOS_PER.nano),
  dateFromDays: (days: number) =>
    days === undefined ? undefined : new Date(days * MS_PER_DAY).toISOString().slice(0, 10),
  stringFromBytes: textOf,
  jsonFromBytes: textOf,
};

/** With 0, 3, 6 or 9 digits of a second, as the service takes them. */
function isoTime(ticks: bigint | undefined, nanosPerTick: bigint): string | undefined {
  if (ticks === undefined || ticks === null) return undefined;
  const nanos = BigInt(ticks) * nanosPerTick;
  const rest = ((nanos % NANOS_PER_SECOND) + NANOS_PER_SECOND) % NANOS_PER_SECOND;
  const second = new Date(Number((nanos - rest) / NANOS_PER_MS)).toISOString().slice(0, 19);
  const digits = rest
    .toString()
    .padStart(9, '0')
    .replace(/(?:000)+$/, '');
  return `${second}${digits && `.${digits}`}Z`;
}
const NANOS_PER_MS = 1_000_000n;

/** The cell of a value, by the column that it stands in. */
export function cellReader({ type, converted_type: converted, scale = 0 }: SchemaElement): (value: unknown) => Cell {
  const toCell = (value: unknown): Cell => {
    if (value === null || value === undefined) return null;
    if (typeof value === 'number') return type === 'FLOAT' ? shortestFloat(value) : String(value);
    if (typeof value === 'bigint') return value.toString();
    if (typeof value === 'string' || typeof value === 'boolean') return value;
    if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
    if (Array.isArray(value)) return value.map(toCell);
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, toCell(member)]));
  };
  if (converted !== 'DECIMAL') return toCell;
  return (value) => (value === null || value === undefined ? null : decimal(unscaled(value), scale));
}

/** A 32-bit float, such as pandas writes, has the fewest digits that give it back. */
function shortestFloat(value: number): string {
  for (let digits = 1; digits < 9; digits += 1) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(value);
}

/** The integer that a decimal is stored as: a number, or big-endian two's complement. */
function unscaled(value: unknown): bigint {
  if (!(value instanceof Uint8Array)) return BigInt(value as number | bigint);
  return BigInt.asIntN(value.length * 8, BigInt(`0x${Buffer.from(value).toString('hex')}`));
}

function decimal(value: bigint, scale: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
  const sign = value < 0n ? '-' : '';
  return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** The number that a text stands for, null where an INT64 or a DOUBLE holds none, and whether it reads back the same. */
export function numberOf(text: string, kind: 'integer' | 'decimal'): { value: bigint | number | null; same: boolean } {
  if (kind === 'integer') {
    const value = /^-?\d{1,19}$/.test(text) ? BigInt(text) : undefined;
    if (value === undefined || value > MAX_INT64 || value < -MAX_INT64 - 1n) return { value: null, same: false };
    return { value, same: value.toString() === text };
  }
  const value = text.trim() === '' ? NaN : Number(text);
  if (!Number.isFinite(value)) return { value: null, same: false };
  return { value, same: String(value) === text };
}
