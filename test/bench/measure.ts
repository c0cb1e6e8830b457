/** A process from start to exit: wall and CPU time and peak memory, medians of several runs; and stubs to run it against. */
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StubCounts, StubOptions } from './stub.js';

export interface Sample {
  /** Milliseconds. */
  wall: number;
  /** User and system, milliseconds. */
  cpu: number;
  /** MiB. */
  peak: number;
}

export interface Stub {
  /** What makes the AWS SDK talk to it. */
  env: Record<string, string>;
  counts(): Promise<StubCounts>;
  close(): Promise<void>;
}

/** Starts a stub in a process of its own. */
export async function openStub(options: StubOptions = {}): Promise<Stub> {
  const child = fork(process.argv[1]!, ['stub', JSON.stringify(options)], { env: cleanEnv({}) });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return {
    env: {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'bench',
      AWS_SECRET_ACCESS_KEY: 'bench',
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    },
    async counts() {
      child.send('counts');
      return ((await once(child, 'message')) as [StubCounts])[0];
    },
    async close() {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

/** Returns a measure of processes; `dir` is a folder for its own files. */
export function openMeasure(dir: string) {
  const usageFile = join(dir, 'usage.json');
  const preload = join(dir, 'usage.mjs');
  // Each measured process writes down its own usage as it exits.
  const usage = '{ ...process.cpuUsage(), maxRSS: process.resourceUsage().maxRSS }';
  writeFileSync(
    preload,
    `import { writeFileSync } from 'node:fs';
process.on('exit', () => writeFileSync(${JSON.stringify(usageFile)}, JSON.stringify(${usage})));`,
  );

  /** Runs `node ...argv` once. Throws what it said when it does not exit with 0. */
  async function run(argv: string[], env: Record<string, string> = {}): Promise<Sample> {
    const started = performance.now();
    const stdio: ['ignore', 'ignore', 'pipe'] = ['ignore', 'ignore', 'pipe'];
    const child = spawn(process.execPath, ['--import', preload, ...argv], { env: cleanEnv(env), stdio, cwd: dir });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const [status] = (await once(child, 'exit')) as [number];
    const wall = performance.now() - started;
    if (status !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`);
    const { user, system, maxRSS } = JSON.parse(readFileSync(usageFile, 'utf8')) as Record<string, number>;
    return { wall, cpu: (user! + system!) / 1000, peak: maxRSS! / 1024 };
  }

  return { run };
}

/** Node 20 parses NODE_EXTRA_CA_CERTS at every start, and proxies are loaded where they are named: both would be measured instead of us. */
export function cleanEnv(env: Record<string, string>): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^AWS_|_PROXY$|^NODE_(EXTRA|OPTIONS)/i.test(name));
  return { ...Object.fromEntries(own), ...env };
}

export function medians(all: Sample[]): Sample {
  const of = (key: keyof Sample) => median(all.map((sample) => sample[key]));
  return { wall: of('wall'), cpu: of('cpu'), peak: of('peak') };
}

function median(numbers: number[]): number {
  return numbers.toSorted((left, right) => left - right)[Math.floor(numbers.length / 2)]!;
}
