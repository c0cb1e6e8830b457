/** Numbers and texts for people: counts with units, lists, durations, sizes, money. Pure. */

/** `1234567` → `1,234,567`, whatever the locale. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** `1 record`, `2 records`, `3 identities` */
export function counted(value: number, unit: string): string {
  return `${count(value)} ${value === 1 ? unit : plural(unit)}`;
}

/** Pluralizes the last word. */
const plural = (unit: string) =>
  /[^aeiou]y$/.test(unit) ? `${unit.slice(0, -1)}ies` : /(s|x|ch|sh)$/.test(unit) ? `${unit}es` : `${unit}s`;

/** `1 record is`, `2 records are` */
export const countedWith = (value: number, unit: string, [one, many]: readonly [string, string]): string =>
  `${counted(value, unit)} ${value === 1 ? one : many}`;

/** Characters of the input quoted in a message. */
const MAX_SHOWN = 60;

/** Shortens text for a message. */
export const clip = (text: string): string => (text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`);

/** Names listed in a message. */
export const MAX_NAMED = 10;

/**
 * `a, b`, or the first ten `and 3 more`
 * @param total where only the first of them are known
 */
export function listed(names: string[], total = names.length): string {
  const more = total - MAX_NAMED;
  return `${names.slice(0, MAX_NAMED).join(', ')}${more > 0 ? ` and ${count(more)} more` : ''}`;
}

/** `0.04 s`, `0.4 s`, `12 s`, `3 min 20 s`, `15 min`, `2 h 5 min` */
export function duration(seconds: number): string {
  if (seconds < 0.095) return `${Math.max(0.01, seconds).toFixed(2)} s`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  return whole < 3600 ? inTwo(whole, ['min', 's']) : inTwo(minutes, ['h', 'min']);
}

/** The lesser unit is a sixtieth of the other, and is left out where there is none of it. */
function inTwo(lesser: number, [unit, lesserUnit]: [string, string]): string {
  const [whole, rest] = [Math.floor(lesser / 60), lesser % 60];
  return `${count(whole)} ${unit}${rest > 0 ? ` ${rest} ${lesserUnit}` : ''}`;
}

/** Time left, in whole seconds: tenths would flicker. */
export const timeLeft = (seconds: number, width = 0): string =>
  seconds < 60 ? `${String(Math.ceil(seconds)).padStart(width)} s` : duration(seconds);

/** `0 bytes`, `512 bytes`, `1.2 GiB` */
export function byteSize(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  const power = bytes < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return power === 0 ? counted(bytes, 'byte') : `${(bytes / 1024 ** power).toFixed(1)} ${units[power]}`;
}

/** `$0`, `$0.0038`, `$12.40`, `$1,234.00`: two significant digits below a dollar, never an exponent. */
export function dollars(usd: number): string {
  if (usd >= 1) return `$${usd.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
  return `$${roundedUsd(usd).toLocaleString('en-US', { maximumFractionDigits: 12 })}`;
}

/** Rounds to cents, or to two significant digits below a dollar, which also hides floating-point noise. */
export const roundedUsd = (usd: number): number => Number(usd >= 1 ? usd.toFixed(2) : usd.toPrecision(2));
