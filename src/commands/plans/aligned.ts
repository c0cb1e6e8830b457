/** Labels and what they say, one line each, the values below one another. Pure. */

/** What has no value is left out; the labels of all lines decide how wide the first column is. */
export function aligned(lines: readonly (readonly [label: string, value: string | undefined])[]): string[] {
  const width = Math.max(...lines.map(([label]) => label.length)) + 2;
  return lines.filter(([, value]) => value).map(([label, value]) => `${label.padEnd(width)}${value}`);
}
