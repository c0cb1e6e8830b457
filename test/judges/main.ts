/**
 * `npm run judges`: programs that no one here wrote say what they find in the embedded store and in the tool's requests.
 * Each fetches what it needs below node_modules/.cache; one that cannot is skipped with a word. JUDGES_ONLY (`trino`,
 * `pyiceberg`, `botocore`) chooses one, JUDGES_EXPRESSIONS (200) and JUDGES_STATEMENTS (40) scale, JUDGES_SEED (7) varies.
 * Exit 1 on a difference.
 */
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { judgeWithBotocore } from './botocore.js';
import { judgeWithPyIceberg } from './pyiceberg.js';
import { judgeWithTrino } from './trino.js';
import { Missing, type Verdict } from './verdict.js';

const JUDGES: Record<string, (cache: string) => Promise<Verdict>> = {
  botocore: judgeWithBotocore,
  pyiceberg: judgeWithPyIceberg,
  trino: judgeWithTrino,
};

const cache = resolve('node_modules/.cache/judges');
mkdirSync(cache, { recursive: true });
for (const [name, judge] of Object.entries(JUDGES)) {
  if ((process.env.JUDGES_ONLY ?? name) !== name) continue;
  const began = Date.now();
  try {
    const { judged, differences } = await judge(cache);
    const seconds = Math.round((Date.now() - began) / 1000);
    console.log(`${name}: ${judged.join('; ')}; ${differences.length} differences; ${seconds} s`);
    for (const difference of differences) console.log(`  - ${difference}`);
    if (differences.length > 0) process.exitCode = 1;
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    console.log(`${name}: skipped, ${error.message}`);
  }
}
