/** Parses times as people write them: with or without an offset, or as a number in some unit. Pure. */
import { FIRST_INSTANT, formatEventTime, LAST_INSTANT, parseEventTime, type EventTimeType } from './event-time.js';

/** How to read a time without an offset, or a number without a unit. Never guessed. */
export interface TimeReading {
  /** An IANA name such as Europe/Zurich, or UTC. */
  timezone?: string;
  eventTimeUnit?: TimeUnit;
}

export const TIME_UNITS = ['s', 'ms', 'us', 'ns'] as const;
export type TimeUnit = (typeof TIME_UNITS)[number];

/** Why a text cannot be read as a time. */
export type TimeProblem = 'no time' | 'no zone' | 'no unit' | 'day or month' | 'twice' | 'never' | 'rounded';

const DATE_TIME =
  /^(\d{4}-\d\d-\d\d|\d{8}(?=T))(?:[T ](\d\d:?\d\d)(?::?(\d\d)(?:[.,](\d+))?)?)?\s*(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?$/i;
/** `11/26/2026`, `26.11.2026 8:30`: day and month in the order of a country. */
const LOCAL_DATE = /^\d{1,2}([/.-])\d{1,2}\1(?:\d{2}|\d{4})(?!\d)/;
const NUMBER = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:[eE]([+-]?\d{1,3}))?$/;
const POWERS: Record<TimeUnit, number> = { s: 0, ms: -3, us: -6, ns: -9 };
const NANOS_PER_MINUTE = 60_000_000_000n;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/**
 * Parses ISO-8601, also in its basic form (`20260101T000000Z`), with an offset (`Z`, `+02:00`, `-0530`, ` UTC`), a space in
 * place of `T`, and any number of fractional digits.
 * @returns nanoseconds since 1970
 */
export function readTime(text: string, { timezone, eventTimeUnit }: TimeReading): bigint | TimeProblem {
  const trimmed = text.trim();
  const number = NUMBER.exec(trimmed);
  if (number) return eventTimeUnit ? ofUnits(trimmed, eventTimeUnit) : 'no unit';
  const [whole, date, minutes = '00:00', seconds = '00', fraction = '', offset] = DATE_TIME.exec(trimmed) ?? [];
  if (whole === undefined || /[^0]/.test(fraction.slice(9)))
    return LOCAL_DATE.test(trimmed) ? 'day or month' : 'no time';
  const clock = minutes.includes(':') ? minutes : `${minutes.slice(0, 2)}:${minutes.slice(2)}`;
  const day = date!.replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3');
  const written = parseEventTime(`${day}T${clock}:${seconds}.${fraction.slice(0, 9).padEnd(9, '0')}Z`, 'String');
  if (written === undefined) return 'no time';
  if (offset !== undefined) return within(written - BigInt(minutesOf(offset)) * NANOS_PER_MINUTE);
  return timezone === undefined ? 'no zone' : inZone(written, timezone);
}

/** As `formatEventTime`, with the fewest of 0, 3, 6 or 9 fractional digits. */
export function writeTime(instant: bigint, type: EventTimeType): string {
  return formatEventTime(instant, type).replace(/(\.\d{6})000Z$/, '$1Z');
}

const within = (instant: bigint): bigint | TimeProblem =>
  instant >= FIRST_INSTANT && instant <= LAST_INSTANT ? instant : 'no time';

/** Such as `1767225600000` ms; in floating-point notation it must be small enough to be exact. */
function ofUnits(text: string, unit: TimeUnit): bigint | TimeProblem {
  const [, mantissa = '', exponent = '0'] = NUMBER.exec(text) ?? [];
  if (/[.eE]/.test(text) && Math.abs(Number(text)) > Number.MAX_SAFE_INTEGER) return 'rounded';
  return parseEventTime(`${mantissa}e${Number(exponent) + POWERS[unit]}`, 'Fractional') ?? 'no time';
}

/** `-0530` → -330; 0 for UTC by any name. */
function minutesOf(offset: string): number {
  const [, sign, hours, minutes = '0'] = /^([+-])(\d\d):?(\d\d)?$/.exec(offset) ?? [];
  if (sign === undefined) return 0;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

/** Local times that a change of the clock skips or repeats are not guessed. */
function inZone(written: bigint, timezone: string): bigint | TimeProblem {
  const ms = Number(written / 1_000_000n);
  const offsets = new Set([offsetAt(ms - DAY_MS, timezone), offsetAt(ms + DAY_MS, timezone)]);
  const right = [...offsets].filter((minutes) => offsetAt(ms - minutes * MINUTE_MS, timezone) === minutes);
  if (right.length !== 1) return right.length === 0 ? 'never' : 'twice';
  return within(written - BigInt(Math.round(right[0]! * 60)) * 1_000_000_000n);
}

const clocks = new Map<string, Intl.DateTimeFormat>();
/** Cache of offsets by zone and hour: the times in a file are often close together. */
const known = new Map<string, number>();
const MAX_KNOWN = 10_000;
const QUARTER_HOUR_MS = 15 * MINUTE_MS;

/** Offset of a zone from UTC at an instant, in minutes. */
function offsetAt(ms: number, timezone: string): number {
  const quarter = Math.floor(ms / QUARTER_HOUR_MS);
  const key = `${timezone} ${quarter}`;
  let minutes = known.get(key);
  if (minutes === undefined) {
    if (known.size > MAX_KNOWN) known.clear();
    known.set(key, (minutes = askOffset(quarter * QUARTER_HOUR_MS, timezone)));
  }
  return minutes;
}

function askOffset(ms: number, timeZone: string): number {
  let clock = clocks.get(timeZone);
  if (!clock) clocks.set(timeZone, (clock = zoneClock(timeZone)));
  const parts = Object.fromEntries(clock.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
  const shown = new Date(0);
  shown.setUTCFullYear(parts.year!, parts.month! - 1, parts.day);
  shown.setUTCHours(parts.hour!, parts.minute, parts.second, 0);
  return (shown.getTime() - ms) / MINUTE_MS;
}

/** @throws RangeError for an unknown zone */
export function zoneClock(timeZone: string): Intl.DateTimeFormat {
  const digits = 'numeric';
  const date = { year: digits, month: digits, day: digits } as const;
  return new Intl.DateTimeFormat('en-US', {
    ...{ timeZone, calendar: 'iso8601', numberingSystem: 'latn', hourCycle: 'h23' },
    ...date,
    ...{ hour: digits, minute: digits, second: digits },
  });
}
