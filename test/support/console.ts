/** The console blocks of a page as one shell would run them, in order, from one folder: commands in-process, what they print together. */
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { run as runCli } from '../../src/cli.js';
import type { Host } from '../../src/host.js';

export interface Step {
  /** Its first line on the page, from 1. */
  line: number;
  /** As it was typed, without the prompt. */
  command: string;
  /** Lines of a here-document. */
  input: string[];
  /** What the page says that it prints. */
  printed: string[];
}

/** The commands of all console blocks of a page, with what they print. */
export function stepsOf(page: string): Step[] {
  const steps: Step[] = [];
  let [isConsole, end] = [false, ''];
  for (const [index, text] of page.split('\n').entries()) {
    const step = steps.at(-1);
    if (text.startsWith('```')) [isConsole, end] = [text === '```console', ''];
    else if (!isConsole) continue;
    else if (text.startsWith('$ ')) {
      steps.push({ line: index + 1, command: text.slice(2), input: [], printed: [] });
      end = /<<'(\w+)'$/.exec(text)?.[1] ?? '';
    } else if (step?.command.endsWith('\\')) step.command = step.command.slice(0, -1) + text.trimStart();
    else if (end && text === end) end = '';
    else if (end) step!.input.push(text);
    else step?.printed.push(text);
  }
  return steps.map((step) => ({ ...step, printed: withoutBlankEnd(step.printed) }));
}

const withoutBlankEnd = (lines: string[]) => (lines.at(-1) === '' ? lines.slice(0, -1) : lines);

/** A shell that knows `cat`, `export`, here-documents, `| tail -N` and the tool itself; stdout and stderr come as they are written. */
export function openShell(cwd: string) {
  const env: Record<string, string> = {};
  return async ({ command, input }: Step): Promise<string[]> => {
    const [, rest = command, tail] = /^(.*?) 2>&1 \| tail -(\d+)$/.exec(command) ?? [];
    const words = wordsOf(rest);
    const [name, ...argv] = words;
    if (name === 'export') Object.assign(env, Object.fromEntries(argv.map((each) => each.split('='))));
    else if (name === 'cat' && argv[0] === '>') await writeFile(join(cwd, argv[1]!), `${input.join('\n')}\n`);
    else if (name === 'cat') return linesOf(await readFile(join(cwd, argv[0]!), 'utf8'));
    else if (name === 'sagemaker-fs') return linesOf(await printed(argv, { cwd, env })).slice(tail ? -Number(tail) : 0);
    else throw new Error(`This shell does not know ${name}.`);
    return [];
  };
}

const linesOf = (text: string) => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));

/** What bash makes of words that were pasted. */
export const pasted = (line: string) =>
  execFileSync('bash', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);

export const wordsOf = (command: string) =>
  [...command.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) => word.replace(/'([^']*)'|"([^"]*)"/g, '$1$2'));

async function printed(argv: string[], { cwd, env }: Pick<Host, 'cwd' | 'env'>): Promise<string> {
  let text = '';
  const write = (chunk: Buffer, _: string, done: () => void) => ((text += chunk.toString()), done());
  const stream = () => new Writable({ write });
  const host = {
    stdin: Readable.from([]),
    stdout: stream(),
    stderr: stream(),
    env,
    cwd,
    platform: 'Node 20.20.2, linux x64',
  };
  await runCli(argv, { ...host, now: () => new Date(), onStop: () => () => {} });
  return text;
}
