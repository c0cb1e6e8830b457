/** Labels and values in two columns. Pure. */
import { folded, PLAIN_WIDTH } from '../../utils/terminal/fold.js';

export type Labelled = readonly [label: string, value: string | undefined | false];

/** Lines without a value are left out. Values are aligned behind the longest label, and wrapped at words below themselves. */
export function aligned(lines: readonly Labelled[], width = PLAIN_WIDTH): string[] {
  const indent = Math.max(...lines.map(([label]) => label.length)) + 2;
  return lines.flatMap(([label, value]) => {
    if (!value) return [];
    const [first = '', ...rest] = folded(value, Math.max(1, width - indent));
    return [`${label.padEnd(indent)}${first}`, ...rest.map((line) => `${' '.repeat(indent)}${line}`)];
  });
}
