/** Lossless conversions of values, counted over a run. Pure. */
import type { Cell } from '../../utils/json.js';
import { count } from '../../utils/quantities.js';
import type { FeatureDefinition } from '../groups/describe.js';
import { FITS } from './rules.js';
import { readTime, writeTime, type TimeProblem, type TimeReading } from './zoned-time.js';
import type { EventTimeType } from './event-time.js';

export interface ConversionOptions extends TimeReading {
  /** Words for a missing value in every feature, including String. */
  nullValues?: string[];
  /** Disables conversions. */
  strict?: boolean;
}

/** The conversions of a run, with counts. */
export type Conversions = ReturnType<typeof openConversions>;

/** Conversions listed in the summary. */
const MAX_LISTED = 8;

export function openConversions(options: ConversionOptions = {}) {
  const nulls = new Set(options.nullValues);
  const counts = new Map<string, { text: string; records: number }>();
  let pending: [string, string][] = [];
  return {
    ...options,
    /** Whether a cell means "missing" for a feature of any type. */
    isNull: (cell: Cell) => typeof cell === 'string' && nulls.has(cell),
    /** Records a conversion in the current row; `to` is undefined where the value is left out. */
    add(feature: string, from: string, to?: string): void {
      const text = to === undefined ? `${feature} ${from || 'empty'} left out` : `${feature} ${from} → ${to}`;
      pending.push([to === undefined ? text : `${feature} ${shapeOf(from)}`, text]);
    },
    /** Ends the current row: its conversions are counted, or dropped. */
    settle(isRecord: boolean): void {
      if (pending.length === 0) return;
      if (isRecord) for (const [kind, text] of pending) countOne(kind, text);
      pending = [];
    },
    /** `converted: age 1.0 → 1 in 1,203 records; score NaN left out in 88.`; undefined where nothing was. */
    summary(): string | undefined {
      if (counts.size === 0) return undefined;
      const all = [...counts.values()].sort((a, b) => b.records - a.records);
      const told = all.slice(0, MAX_LISTED).map(({ text, records }, index) => {
        const unit = index > 0 ? '' : records === 1 ? ' record' : ' records';
        return `${text} in ${count(records)}${unit}`;
      });
      const more = all.length > MAX_LISTED ? `; and ${count(all.length - MAX_LISTED)} other conversions` : '';
      return `converted: ${told.join('; ')}${more}.`;
    },
  };

  function countOne(kind: string, text: string): void {
    const counted = counts.get(kind);
    if (counted) counted.records += 1;
    else counts.set(kind, { text, records: 1 });
  }
}

/** Values converted for the same reason differ only in their digits. */
function shapeOf(from: string): string {
  return from.replace(/\d+/g, '0').replace(/\s+/g, ' ').slice(0, 40);
}

/** Words for a missing number or time in Python, R, SQL, Excel and others. */
const MISSING = new Set(['', 'NaN', 'nan', 'NA', '<NA>', 'NaT', 'None', 'null', 'NULL', '\\N', 'N/A', 'n/a', '#N/A']);
/** Whether a cell means a missing number. */
export const isMissingNumber = (cell: Cell): boolean =>
  cell === null || (typeof cell === 'number' ? Number.isNaN(cell) : typeof cell === 'string' && MISSING.has(cell));

const BOOLEAN = /^(?:true|false)$/i;
const FLOAT_FORM = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/;
const MAX_EXACT = BigInt(Number.MAX_SAFE_INTEGER);
/** The most digits of a 64-bit integer. */
const MAX_DIGITS = 19;
/** Numbers with the marks of a country: `0,5`, `1.234,50`, `1,234.50`, `1’234.50`. */
const WITH_MARKS = /^[+-]?(?=.*[,'’\s])\d+(?:[.,'’\s]\d{3})*(?:[.,]\d+)?$/;

/** A value for the service; null where it is left out; or a hint on the problem, to end a sentence. */
export type Converted = { text: string | null } | { hint: string };

/** Converts values of a feature that are not valid as they are. */
export type Converter = (cell: Cell) => Converted;

export function numberConverter({ type }: FeatureDefinition): Converter {
  return (cell) => {
    if (typeof cell === 'number' && Number.isNaN(cell)) return { text: null };
    if (typeof cell === 'boolean') return type === 'Integral' ? { text: cell ? '1' : '0' } : NO_HINT;
    if (typeof cell !== 'string') return NO_HINT;
    const text = cell.trim();
    if (MISSING.has(text)) return { text: null };
    if (FITS[type](text)) return { text };
    if (WITH_MARKS.test(text))
      return { hint: 'numbers take a decimal point, not a comma, and nothing between thousands' };
    if (type !== 'Integral') return NO_HINT;
    if (BOOLEAN.test(text)) return { text: text.toLowerCase() === 'true' ? '1' : '0' };
    return wholeNumber(text);
  };
}

/** `1.0`, `1e3` → an integer, if a double of that size is exact. */
function wholeNumber(text: string): Converted {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = FLOAT_FORM.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+(?=\d)/, '');
  if (digits === '' || !/[.eE]/.test(text)) return NO_HINT;
  const shift = Number(exponent) - fraction.length;
  const cut = shift < 0 ? digits.length + shift : digits.length;
  if (/[1-9]/.test(digits.slice(Math.max(0, cut)))) return { hint: 'it is not whole' };
  const magnitude = cut <= 0 ? '0' : digits.slice(0, cut) + '0'.repeat(magnitudeZeros(digits, shift));
  if (magnitude.length > MAX_DIGITS) return NO_HINT;
  if (BigInt(magnitude) > MAX_EXACT)
    return { hint: 'a floating-point number of this size is rounded; write all of its digits' };
  return { text: magnitude === '0' ? '0' : `${sign === '-' ? '-' : ''}${magnitude}` };
}

const magnitudeZeros = (digits: string, shift: number) =>
  digits === '0' ? 0 : Math.min(Math.max(0, shift), MAX_DIGITS);

const NO_HINT = { hint: '' };

/** Hints by problem: what is needed to read a time. */
export const TIME_HINTS: Record<TimeProblem, string> = {
  'no time': '',
  'no zone': 'it has no time zone; say which one it is in with --timezone, such as --timezone UTC or Europe/Zurich',
  'no unit': 'it is a number; say its unit with --event-time-unit s, ms, us or ns',
  'day or month': 'which number is the day is not guessed; write the date as 2026-01-31',
  twice: 'the clocks of that --timezone showed this time twice; give the time its offset',
  never: 'the clocks of that --timezone skipped this time',
  rounded: 'a floating-point number of this size is rounded; write all of its digits',
};

export function timeConverter(type: EventTimeType, reading: TimeReading): Converter {
  return (cell) => {
    if (cell === null || (typeof cell === 'number' && Number.isNaN(cell))) return { text: null };
    if (typeof cell === 'number') return { hint: TIME_HINTS.rounded };
    if (typeof cell !== 'string') return NO_HINT;
    const text = cell.trim();
    if (MISSING.has(text)) return { text: null };
    const time = readTime(text, reading);
    return typeof time === 'bigint' ? { text: writeTime(time, type) } : { hint: TIME_HINTS[time] };
  };
}
