/** Numbers as in Trino, where DuckDB has other rules: quotients of decimals, doubles as text. Pure. */

const scaleOf = (text: string) => text.split('.')[1]?.length ?? 0;
const digitsOf = (text: string, scale: number) => BigInt(text.replace('.', '') + '0'.repeat(scale - scaleOf(text)));
const abs = (n: bigint) => (n < 0n ? -n : n);

/**
 * The quotient of two plain decimals, to the larger scale, rounding half away from zero; null for division by zero, which the `/` macro
 * rejects first.
 */
export function decimalQuotient(dividend: string, divisor: string): string | null {
  const scale = Math.max(scaleOf(dividend), scaleOf(divisor));
  const [top, bottom] = [digitsOf(dividend, 2 * scale), digitsOf(divisor, scale)];
  if (bottom === 0n) return null;
  const rounded = String((2n * abs(top) + abs(bottom)) / (2n * abs(bottom))).padStart(scale + 1, '0');
  const point = rounded.length - scale;
  return `${top < 0n !== bottom < 0n ? '-' : ''}${rounded.slice(0, point)}.${rounded.slice(point)}`;
}

/** A double as Java writes it: plain from 0.001 to 10 million, else with an exponent. */
export function textOfDouble(value: number): string {
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return String(value);
  if (value === 0 || (size >= 1e-3 && size < 1e7))
    return `${Object.is(value, -0) ? '-' : ''}${value}${Number.isInteger(value) ? '.0' : ''}`;
  const [digits = '', exponent] = value.toExponential().split('e');
  return `${digits}${digits.includes('.') ? '' : '.0'}E${Number(exponent)}`;
}
