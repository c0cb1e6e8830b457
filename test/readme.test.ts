/** The console blocks of the README, run as they are printed: in order, in one shell, from an empty folder. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { openShell, stepsOf } from './support/console.js';
import { temporaryFolder } from './support/run.js';

/** What differs from run to run: times, what is named after them, how long something took, and where it ran. */
const VARIES: [RegExp, string][] = [
  [/\/[\w/.-]*\/\.sagemaker-fs\/local/g, '/home/you/.sagemaker-fs/local'],
  [/\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ/g, 'NOW'],
  [/\b\d{8}T\d{6}Z/g, 'NOW'],
  [/\b20(?!26-11-0)\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'NOW'],
  [/([_-])1[789]\d{8}\b/g, '$1CREATED'],
  [/\b\d+(\.\d+)? (ms|s)\b( \([\d,]+ records\/s\))?/g, 'SECONDS'],
  [/\$0\.0000000\d+/g, '$SUM'],
  [/took +SECONDS/g, 'took SECONDS'],
  [/\d+\.\d KiB/g, 'SIZE'],
];
/** Where a long line is folded depends on the folder that it names. */
const unfolded = (lines: string[]) => lines.join('\n').replace(/\n {6,}/g, ' ');
const known = (lines: string[]) =>
  VARIES.reduce((text, [varying, name]) => text.replace(varying, name), unfolded(lines));

test('the README does what it says, from an empty folder on', { timeout: 120_000 }, async () => {
  const steps = stepsOf(await readFile(new URL('../README.md', import.meta.url), 'utf8'));
  const run = openShell(await temporaryFolder());
  expect(steps.length).toBeGreaterThan(20);
  for (const step of steps)
    expect(known(await run(step)), `README.md:${step.line}: ${step.command}`).toBe(known(step.printed));
});
