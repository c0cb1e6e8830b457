/** What each `--help` prints, kept word for word: a change of it is seen before it is made. `npx vitest run test/help.test.ts -u` takes it. */
import { expect, test } from 'vitest';
import { run } from './support/run.js';

/** The commands that a help lists, `help` itself apart. */
const listed = (help: string) =>
  [...help.matchAll(/^ {2}([a-z][a-z-]+)(?: \S.*?)? {2,}\S/gm)]
    .map(([, name]) => name!)
    .filter((name) => name !== 'help');

/** Every command line that ends in `--help`, as the helps themselves tell it. */
async function everyHelp(): Promise<string[][]> {
  const { stdout } = await run(['--help']);
  const names = listed(stdout.slice(0, stdout.indexOf('Options:')));
  const below = (name: string) => (name === 'local' ? ['serve', 'demo', 'reset'].map((verb) => [name, verb]) : []);
  return [[], ...names.flatMap((name) => [[name], ...below(name)])];
}

test('every --help', async () => {
  const transcripts: string[] = [];
  for (const line of await everyHelp()) {
    const { code, stdout: help, stderr } = await run([...line, '--help']);
    expect({ line, code, stderr }).toEqual({ line, code: 0, stderr: '' });
    transcripts.push(`$ ${['sagemaker-fs', ...line, '--help'].join(' ')}\n${help}`);
  }
  await expect(transcripts.join('\n')).toMatchFileSnapshot('help.txt');
});

test.each([60, 100, 140])('no --help breaks a word at %i columns', async (columns) => {
  for (const line of await everyHelp()) {
    const { stdout } = await run([...line, '--help'], { terminal: { columns } });
    const tooLong = stdout
      .split('\n')
      .filter((each) => each.length > columns && /\S\s+\S/.test(each.replace(/ \\$/, '')));
    expect({ line, tooLong }).toEqual({ line, tooLong: [] });
  }
});
