/**
 * Event times, as ISO-8601 in UTC or Unix seconds, converted to instants exact to the nanosecond. Pure. `FORMS` is the one
 * table of how they are written, read, described and ordered.
 */
import type { EventTimeType } from '../groups/describe.js';

export type { EventTimeType };

export const NANOS_PER_SECOND = 1_000_000_000n;
const NANOS_PER_MILLISECOND = 1_000_000n;
const SECONDS_PER_DAY = 86_400;

/** 0000-01-01T00:00:00Z, the earliest event time, in nanoseconds since 1970. */
export const FIRST_INSTANT = -62_167_219_200n * NANOS_PER_SECOND;
/** 9999-12-31T23:59:59.999999999Z, the latest event time. */
export const LAST_INSTANT = 253_402_300_800n * NANOS_PER_SECOND - 1n;

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(?:\d{3}|\d{6}|\d{9}))?Z$/;
/** Index of the fractional digits, if any. */
const FRACTION_AT = '2026-01-31T12:00:00.'.length;
const ZERO = '0'.charCodeAt(0);
const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,9}))?$/;
/** No valid instant has more integer digits, so longer numbers are rejected before they become a BigInt. */
const MAX_WHOLE_DIGITS = 12;
/** Days from 0000-12-31 to 1970-01-01. */
const DAYS_BEFORE_1970 = 719_163;
const DAYS_BEFORE_MONTH = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

interface Form {
  /** A description, to follow "is not". */
  expected: string;
  /** Nanoseconds since 1970; undefined where the text is not of this form. */
  parse(text: string): bigint | undefined;
  /** Whether `parse` would return an event time; called for every record, so it may be cheaper. */
  fits(text: string): boolean;
  /** The exact text of an instant. */
  format(instant: bigint): string;
  /** The latest event time. */
  last: bigint;
  /** The smallest step to a later one that the service is sure to see. */
  step(instant: bigint): bigint;
  /** Whether the text begins with its day, so that texts of different days are in order. */
  beginsWithDay: boolean;
  /** SQL of the sort key: the value of a quoted column as something that sorts like instants. */
  key(column: string): string;
  /** The SQL literal of an instant, comparable with the key. */
  keyLiteral(instant: bigint): string;
  /** The instant of a key as Athena prints it. */
  parseKey(text: string): bigint | undefined;
}

/** The forms of event times, by the type of their feature: whatever depends on the form is here. */
const FORMS: Record<EventTimeType, Form> = {
  String: {
    expected: 'an event time (ISO-8601 in UTC, such as 2026-01-31T12:00:00Z or 2026-01-31T12:00:00.123Z)',
    parse: parseIso,
    fits: isIso,
    format: formatIso,
    last: LAST_INSTANT,
    step: () => 1n,
    beginsWithDay: true,
    // As text, `…00.500Z` sorts before `…00Z`; this key of fixed width (19 + 1 + 9 characters) sorts as instants over the
    // years 0000–9999. (`from_iso8601_timestamp` only keeps milliseconds, and one bad value fails the whole query.)
    key: (column) =>
      `rpad(CASE WHEN strpos(${column}, '.') > 0 THEN replace(${column}, 'Z', '') ELSE replace(${column}, 'Z', '.') END, 29, '0')`,
    keyLiteral(instant) {
      const [seconds, fraction = ''] = formatIso(instant).replace('Z', '').split('.');
      return `'${seconds}.${fraction.padEnd(9, '0')}'`;
    },
    parseKey: (text) => parseEventTime(`${text}Z`, 'String'),
  },
  Fractional: {
    expected: 'an event time (Unix seconds such as 1767225600.5)',
    parse: parseUnixSeconds,
    fits: (text) => parseEventTime(text, 'Fractional') !== undefined,
    format: formatUnixSeconds,
    // A millisecond earlier, since the last nanosecond would round to the year 10000.
    last: LAST_INSTANT - (NANOS_PER_MILLISECOND - 1n),
    step: doubleStep,
    beginsWithDay: false,
    key: (column) => column,
    keyLiteral: (instant) => `CAST('${formatUnixSeconds(instant)}' AS double)`,
    parseKey: (text) => parseEventTime(text, 'Fractional'),
  },
};

/** How an event time is described, ordered and compared in SQL. */
export const eventTimeForm = (type: EventTimeType): Form => FORMS[type];

/**
 * Parses an event time like the service: `yyyy-MM-dd'T'HH:mm:ssZ` with 0, 3, 6 or 9 fractional digits for String;
 * decimal or scientific Unix seconds for Fractional, truncated to nanoseconds.
 * @returns nanoseconds since 1970; undefined where the text is not an event time between the years 0000 and 9999
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-quotas.html
 */
export function parseEventTime(text: string, type: EventTimeType): bigint | undefined {
  const instant = FORMS[type].parse(text);
  return instant !== undefined && instant >= FIRST_INSTANT && instant <= LAST_INSTANT ? instant : undefined;
}

/**
 * Formats an instant exactly: ISO-8601 with the fewest of 0, 3 or 9 fractional digits, or plain Unix seconds.
 * @param instant nanoseconds since 1970, within the years 0000 to 9999
 */
export function formatEventTime(instant: bigint, type: EventTimeType): string {
  return FORMS[type].format(instant);
}

/** The current time as an event time, to the millisecond. */
export function nowAs(type: EventTimeType, now: Date): string {
  return formatEventTime(BigInt(now.getTime()) * NANOS_PER_MILLISECOND, type);
}

/**
 * The next later event time: by a nanosecond, or for Fractional by the precision of a double, as which the service may
 * store it.
 * @param by a larger step, in nanoseconds
 * @returns undefined where the text is not an event time, or the last one there is
 */
export function laterEventTime(text: string, type: EventTimeType, by = 0n): string | undefined {
  const instant = parseEventTime(text, type);
  const { last, step, format } = FORMS[type];
  if (instant === undefined || instant >= last) return undefined;
  const least = step(instant);
  const later = instant + (by > least ? by : least);
  return format(later > last ? last : later);
}

/** Two ulps of the double nearest to the instant, in nanoseconds: after a round trip, at least one remains. */
function doubleStep(instant: bigint): bigint {
  const seconds = Math.abs(Number(instant) / Number(NANOS_PER_SECOND));
  const ulp = 2 ** (Math.floor(Math.log2(Math.max(seconds, 1))) - 52);
  return BigInt(Math.ceil(2 * ulp * Number(NANOS_PER_SECOND))) + 1n;
}

/**
 * Compares event times as instants, whatever their precision: negative if `left` is earlier. Invalid ones come first.
 */
export function compareEventTimes(left: string, right: string, type: EventTimeType): number {
  if (left === right) return 0;
  const [a, b] = [left, right].map((text) => parseEventTime(text, type) ?? FIRST_INSTANT - 1n) as [bigint, bigint];
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Validates an event time; cheaper than parsing, for every record. */
export function isEventTime(text: string, type: EventTimeType): boolean {
  return FORMS[type].fits(text);
}

/** Parses digits known to be there. */
function digitsAt(text: string, at: number, length: number): number {
  let number = 0;
  for (let index = at; index < at + length; index += 1) number = number * 10 + text.charCodeAt(index) - ZERO;
  return number;
}

const yearOf = (text: string) => digitsAt(text, 0, 4);

/** The pattern alone would accept a 13th month. */
function isIso(text: string): boolean {
  if (!ISO.test(text)) return false;
  const [month, day] = [digitsAt(text, 5, 2), digitsAt(text, 8, 2)];
  if (month < 1 || month > 12 || day < 1) return false;
  if (digitsAt(text, 11, 2) > 23 || digitsAt(text, 14, 2) > 59 || digitsAt(text, 17, 2) > 59) return false;
  return day <= DAYS_IN_MONTH[month - 1]! || (month === 2 && day === 29 && isLeap(yearOf(text)));
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function parseIso(text: string): bigint | undefined {
  if (!isIso(text)) return undefined;
  const days = daysSince1970(yearOf(text), digitsAt(text, 5, 2), digitsAt(text, 8, 2));
  const seconds =
    days * SECONDS_PER_DAY + digitsAt(text, 11, 2) * 3600 + digitsAt(text, 14, 2) * 60 + digitsAt(text, 17, 2);
  return BigInt(seconds) * NANOS_PER_SECOND + BigInt(text.slice(FRACTION_AT, -1).padEnd(9, '0'));
}

/** Computed here because `Date.UTC` maps the years 0 to 99 to 1900 to 1999. */
function daysSince1970(year: number, month: number, day: number): number {
  const before = year - 1;
  const leapDays = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400);
  const leapDay = month > 2 && isLeap(year) ? 1 : 0;
  return before * 365 + leapDays + DAYS_BEFORE_MONTH[month - 1]! + leapDay + day - DAYS_BEFORE_1970;
}

function parseUnixSeconds(text: string): bigint | undefined {
  const [, sign, whole = '', fraction = '', exponent = '0'] = DECIMAL.exec(text) ?? [];
  if (sign === undefined || whole + fraction === '') return undefined;
  const digits = (whole + fraction).replace(/^0+/, '');
  if (digits === '') return 0n;
  const decimals = fraction.length - Number(exponent);
  if (digits.length - decimals > MAX_WHOLE_DIGITS) return undefined;
  const magnitude = scaleToNanos(digits, 9 - decimals);
  return sign === '-' ? -magnitude : magnitude;
}

/** digits × 10^power, truncated to an integer. */
function scaleToNanos(digits: string, power: number): bigint {
  if (power >= 0) return BigInt(digits.padEnd(digits.length + power, '0'));
  return BigInt(digits.slice(0, Math.max(0, digits.length + power)) || '0');
}

function formatIso(instant: bigint): string {
  const sinceFirst = instant - FIRST_INSTANT;
  const nanos = sinceFirst % NANOS_PER_SECOND;
  const seconds = Number((instant - nanos) / NANOS_PER_SECOND);
  const toTheSecond = new Date(seconds * 1000).toISOString().slice(0, 19);
  if (nanos === 0n) return `${toTheSecond}Z`;
  const digits = nanos.toString().padStart(9, '0');
  return `${toTheSecond}.${digits.endsWith('000000') ? digits.slice(0, 3) : digits}Z`;
}

function formatUnixSeconds(instant: bigint): string {
  const magnitude = instant < 0n ? -instant : instant;
  const fraction = (magnitude % NANOS_PER_SECOND).toString().padStart(9, '0').replace(/0+$/, '');
  return `${instant < 0n ? '-' : ''}${magnitude / NANOS_PER_SECOND}${fraction && `.${fraction}`}`;
}
