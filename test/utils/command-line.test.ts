import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { printable } from '../../src/printable.js';
import { awsCommand, shellLine } from '../../src/utils/command-line.js';

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

it('the AWS CLI is given the same profile, region and endpoint, and nothing that was not named', () => {
  const named = { profile: 'my prod', region: 'eu-north-1', endpointUrl: 'http://127.0.0.1:9' };
  expect(awsCommand(named, ['s3', 'ls'])).toBe(
    "aws s3 ls --profile 'my prod' --region eu-north-1 --endpoint-url http://127.0.0.1:9",
  );
  expect(awsCommand({ profile: undefined }, ['s3', 'ls'])).toBe('aws s3 ls');
});
