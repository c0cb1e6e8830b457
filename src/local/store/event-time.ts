/** Event times (ISO-8601 or Unix seconds) as nanoseconds since the epoch, without loss. */

const ISO = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{3}|\d{6}|\d{9}))?Z$/;
const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/;
const MAX_DECIMAL_CHARS = 64;
const NANOS_PER_MILLI = 1_000_000n;

/** 0000-01-01T00:00:00Z, and the first instant beyond the range, 10000-01-01T00:00:00Z, in nanoseconds. */
const FIRST = -62_167_219_200_000_000_000n;
const END = 253_402_300_800_000_000_000n;

/**
 * Reads an event time as its feature's type writes it.
 * [Quotas](https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-quotas.html)
 * @returns nanoseconds since the epoch; undefined when the text is no event time.
 */
export function parseEventTime(text: string, type: string): bigint | undefined {
  return type === 'Fractional' ? parseSeconds(text) : parseIso(text);
}

/** Milliseconds since the epoch, rounded down. */
export const millisecondsOf = (nanos: bigint): number => {
  const millis = nanos / NANOS_PER_MILLI;
  return Number(nanos < millis * NANOS_PER_MILLI ? millis - 1n : millis);
};

function parseIso(text: string): bigint | undefined {
  const [, dateTime, fraction = ''] = ISO.exec(text) ?? [];
  if (dateTime === undefined) return undefined;
  const instant = new Date(`${dateTime}Z`);
  // JavaScript accepts 30 February as 2 March, and 24:00 as the next day.
  if (Number.isNaN(instant.getTime()) || instant.toISOString().slice(0, dateTime.length) !== dateTime) return undefined;
  return BigInt(instant.getTime()) * NANOS_PER_MILLI + BigInt(fraction.padEnd(9, '0'));
}

/** Exact: a double cannot represent nanoseconds at the current epoch. */
function parseSeconds(text: string): bigint | undefined {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    (text.length <= MAX_DECIMAL_CHARS && DECIMAL.exec(text)) || [];
  if (sign === undefined || whole + fraction === '') return undefined;
  const seconds = Number(text);
  if (!Number.isFinite(seconds) || Math.abs(seconds) > Number(END)) return undefined;
  const shift = Number(exponent) - fraction.length + 9;
  const digits = BigInt(whole + fraction);
  const magnitude = shift >= 0 ? digits * 10n ** BigInt(Math.min(shift, 100)) : digits / 10n ** BigInt(-shift);
  const nanos = sign === '-' ? -magnitude : magnitude;
  return nanos >= FIRST && nanos < END ? nanos : undefined;
}
