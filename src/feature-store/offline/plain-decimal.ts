/** Doubles as Athena prints them (Java's Double.toString) → plain decimals, digit by digit. Pure. */

const SCIENTIFIC = /^(-?)(\d)\.(\d+)E(-?\d+)$/;

/** `1.0E20` → `100000000000000000000.0`, `1.0E-7` → `0.0000001`; the same number, and anything else as it is. */
export function plainDecimal(text: string): string {
  const [, sign, whole, fraction, exponent] = SCIENTIFIC.exec(text) ?? [];
  if (whole === undefined || fraction === undefined) return text;
  const digits = whole + fraction;
  const point = 1 + Number(exponent);
  const before = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
  const after = point > 0 ? digits.slice(point) : '0'.repeat(-point) + digits;
  return `${sign}${before}.${after.replace(/0+$/, '') || '0'}`;
}
