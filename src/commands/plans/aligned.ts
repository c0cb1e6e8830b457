/** Labels and what they say, the values below one another. Pure. */
import { folded, PLAIN_WIDTH } from '../../utils/terminal/fold.js';

export type Labelled = readonly [label: string, value: string | undefined | false];

/** What has no value is left out. A value is folded at words below itself; the labels of all lines decide where it begins. */
export function aligned(lines: readonly Labelled[], width = PLAIN_WIDTH): string[] {
  const indent = Math.max(...lines.map(([label]) => label.length)) + 2;
  return lines.flatMap(([label, value]) => {
    if (!value) return [];
    const [first = '', ...rest] = folded(value, Math.max(1, width - indent));
    return [`${label.padEnd(indent)}${first}`, ...rest.map((line) => `${' '.repeat(indent)}${line}`)];
  });
}
