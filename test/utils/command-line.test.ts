import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { printable } from '../../src/printable.js';
import { shellLine } from '../../src/utils/command-line.js';

it('a command line is one line that a shell takes for the same words', () => {
  const words = ['plain', '', "it's", 'a b', '$HOME', "it's new\nline\t\\x", '\u001b[2J', '\u2028'];
  const line = shellLine(words);
  expect(printable(line)).toBe(line);
  const { stdout } = spawnSync('bash', ['-c', `printf '%s\\0' ${line}`], {
    encoding: 'utf8',
    env: { LC_ALL: 'C.UTF-8' },
  });
  expect(stdout.split('\0').slice(0, -1)).toEqual(words);
});
