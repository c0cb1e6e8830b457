/** Builds the next command line to suggest: shell-quoted, for the same account and store as this run. Pure. */
import { relative } from 'node:path';
import { printable } from '../printable.js';
import type { GlobalOptions } from '../config.js';

const NAME = 'sagemaker-fs';

/** Quotes words for a POSIX shell. */
export const shellLine = (words: readonly string[]): string => words.map(quoted).join(' ');

/** Control characters are escaped, for the terminal; only `$'…'` decodes them. */
export function quoted(word: string): string {
  if (/^[\w./:=@,+%-]+$/.test(word)) return word;
  if (printable(word) !== word) return `$'${printable(word.replace(/['\\]/g, '\\$&'))}'`;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** This run's command line with more options; what was typed, such as --force, stays. */
export function again(argv: readonly string[], ...options: string[]): string {
  return shellLine([NAME, ...argv, ...options.filter((option) => !argv.includes(option))]);
}

/** `--map a=b --map 'c d=e'` as words. */
export const mapOptions = (map: Record<string, string>): string[] =>
  Object.entries(map).flatMap(([from, to]) => ['--map', `${from}=${to}`]);

/** Another command on the same account, region and store. */
export function nextCommand(options: GlobalOptions & { externalId?: string }, words: readonly string[]): string {
  const { profile, region, roleArn, externalId, endpointUrl, local, localDir } = options;
  const where = given({
    '--profile': profile,
    '--region': region,
    '--role-arn': roleArn,
    '--external-id': externalId,
    '--endpoint-url': endpointUrl,
    '--local-dir': localDir,
  });
  return shellLine([NAME, ...words, ...where, ...(local && localDir === undefined ? ['--local'] : [])]);
}

/** A command of the AWS CLI on the same account, region and server; it knows no --role-arn. */
export function awsCommand(
  { profile, region, endpointUrl }: Pick<GlobalOptions, 'profile' | 'region' | 'endpointUrl'>,
  words: readonly string[],
): string {
  const where = given({ '--profile': profile, '--region': region, '--endpoint-url': endpointUrl });
  return shellLine(['aws', ...words, ...where]);
}

/** The options that have a value, with it. */
const given = (options: Record<string, string | undefined>): string[] =>
  Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [name, value]));

/** Relative to the current folder where the path is inside it; else unchanged. */
export function shortPath(path: string, cwd: string): string {
  if (path.startsWith('s3://')) return path;
  const short = relative(cwd, path);
  if (short === '' || short.startsWith('..')) return path;
  return short.startsWith('-') ? `./${short}` : short;
}
