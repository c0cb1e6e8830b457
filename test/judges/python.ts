/** Python packages for the judges, in an environment of their own below node_modules/.cache. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { Missing } from './verdict.js';

const run = promisify(execFile);

/** Of November 2026; `boto3` is what PyIceberg reads Glue with. */
const PACKAGES = ['pyiceberg[pyarrow]==0.12.0', 'botocore==1.44.8', 'boto3==1.44.8'];

/** Path of an interpreter that has the packages. Throws Missing where there is no Python or no PyPI. */
export async function python(cache: string): Promise<string> {
  const folder = join(cache, `python-${PACKAGES.join('-').replaceAll(/[^\w.]+/g, '-')}`);
  const interpreter = join(folder, 'bin/python');
  if (existsSync(join(folder, 'complete'))) return interpreter;
  try {
    await run('python3', ['-m', 'venv', '--clear', folder]);
    await run(join(folder, 'bin/pip'), ['install', '--quiet', ...PACKAGES]);
    await run('touch', [join(folder, 'complete')]);
  } catch (error) {
    throw new Missing(`no Python with ${PACKAGES.join(', ')}: ${(error as Error).message.split('\n')[0]}`);
  }
  return interpreter;
}

export interface Talk {
  /** Sends one JSON value, and waits for the one that answers it. */
  ask<T>(question: object): Promise<T>;
  close(): void;
}

/** Starts a script of this folder that answers each line of JSON with one. */
export function talkTo(interpreter: string, script: string): Talk {
  const child: ChildProcess = spawn(interpreter, [join('test/judges', script)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  return {
    async ask<T>(question: object) {
      child.stdin!.write(`${JSON.stringify(question)}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`${script} ended before it answered`);
      const answer = JSON.parse(value) as T & { error?: string };
      if (answer.error !== undefined) throw new Error(`${script}: ${answer.error}`);
      return answer;
    },
    close: () => child.stdin!.end(),
  };
}
