/** What each `--help` prints, kept word for word: a change of it is seen before it is made. `npx vitest run test/help.test.ts -u` takes it. */
import { expect, test } from 'vitest';
import { run } from './support/run.js';

/** The commands that a help lists, `help` itself apart. */
const listed = (help: string) =>
  [...help.matchAll(/^ {2}([a-z][a-z-]+)(?: \S.*?)? {2,}\S/gm)]
    .map(([, name]) => name!)
    .filter((name) => name !== 'help');

test('every --help', async () => {
  const { stdout } = await run(['--help']);
  const transcripts = [`$ sagemaker-fs --help\n${stdout}`];
  for (const name of listed(stdout.slice(0, stdout.indexOf('Options:')))) {
    const lines = [[name], ...(name === 'local' ? ['serve', 'demo', 'reset'].map((verb) => ['local', verb]) : [])];
    for (const line of lines) {
      const { code, stdout: help, stderr } = await run([...line, '--help']);
      expect({ line, code, stderr }).toEqual({ line, code: 0, stderr: '' });
      transcripts.push(`$ sagemaker-fs ${line.join(' ')} --help\n${help}`);
    }
  }
  await expect(transcripts.join('\n')).toMatchFileSnapshot('help.txt');
});
