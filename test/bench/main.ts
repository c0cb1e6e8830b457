/** `npm run bench`: start-up against bare node, in turn and many times, wall and CPU; a table on stderr, JSON on stdout. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { renderTable, type Column } from '../../src/utils/formatter.js';

const BIN = 'bin/sagemaker-fs.js';
const RUNS = Number(process.env.BENCH_RUNS ?? 15);
const GROUPS = 50;

const dir = mkdtempSync(join(tmpdir(), 'sagemaker-fs-bench-'));
const cpuFile = join(dir, 'cpu.json');
const preload = join(dir, 'cpu.mjs');
// Each measured process writes its own CPU time as it exits.
writeFileSync(
  preload,
  `import { writeFileSync } from 'node:fs';
process.on('exit', () => writeFileSync(${JSON.stringify(cpuFile)}, JSON.stringify(process.cpuUsage())));`,
);

interface Sample {
  wall: number;
  cpu: number;
}
interface Measured {
  what: string;
  wall: number;
  cpu: number;
  overNode: number;
  budget?: number;
}

const serving = spawn(process.execPath, [BIN, 'local', 'serve', '--port', '0', '--local-dir', join(dir, 'store')], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  const env = await exportedBy(serving.stdout);
  prepare(env);
  const cases = [
    { what: 'node -e 0', argv: ['-e', '0'] },
    { what: '--help', argv: [BIN, '--help'] },
    { what: 'get, one record', argv: [BIN, 'get', 'bench-0', '1'], budget: 100 },
    { what: `list, ${GROUPS} groups`, argv: [BIN, 'list'], budget: 250 },
  ];
  const samples = new Map(cases.map(({ what }) => [what, [] as Sample[]]));
  for (let turn = 0; turn <= RUNS; turn += 1) {
    for (const { what, argv } of cases) {
      const sample = timed(argv, env);
      if (turn > 0) samples.get(what)!.push(sample);
    }
  }
  const bare = medians(samples.get('node -e 0')!);
  const results: Measured[] = cases.map(({ what, budget }) => {
    const { wall, cpu } = medians(samples.get(what)!);
    return { what, wall, cpu, overNode: wall - bare.wall, budget };
  });
  report(results);
} finally {
  const ended = once(serving, 'exit');
  serving.kill('SIGTERM');
  await ended;
  rmSync(dir, { recursive: true, force: true });
}

async function exportedBy(stream: NodeJS.ReadableStream): Promise<Record<string, string>> {
  const env: Record<string, string> = {};
  for await (const line of createInterface({ input: stream })) {
    const [, name, value] = /^export (\w+)=(.*)$/.exec(line) ?? [];
    if (name) env[name] = value!;
    if (name === 'AWS_DEFAULT_REGION') break;
  }
  return env;
}

function prepare(env: Record<string, string>): void {
  const schema = join(dir, 'schema.json');
  const definitions = ['id', 'event_time', 'city'].map((FeatureName) => ({ FeatureName, FeatureType: 'String' }));
  writeFileSync(schema, JSON.stringify(definitions));
  for (let number = 0; number < GROUPS; number += 1) cli(['create', `bench-${number}`, '--schema-file', schema], env);
  cli(['put', 'bench-0', '--record', '{"id": "1", "city": "Zürich"}'], env);
}

function cli(argv: string[], env: Record<string, string>): void {
  const { status, stderr } = spawnSync(process.execPath, [BIN, ...argv], { env: cleanEnv(env), encoding: 'utf8' });
  if (status !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`);
}

function timed(argv: string[], env: Record<string, string>): Sample {
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ['--import', preload, ...argv], {
    env: cleanEnv(env),
    encoding: 'utf8',
  });
  const wall = performance.now() - started;
  if (status !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`);
  const { user, system } = JSON.parse(readFileSync(cpuFile, 'utf8')) as NodeJS.CpuUsage;
  return { wall, cpu: (user + system) / 1000 };
}

/** Node 20 parses NODE_EXTRA_CA_CERTS at every start, which would be measured instead of us. */
function cleanEnv(env: Record<string, string>): NodeJS.ProcessEnv {
  const { NODE_EXTRA_CA_CERTS: _certificates, NODE_OPTIONS: _options, ...rest } = process.env;
  return { ...rest, ...env };
}

function medians(all: Sample[]): Sample {
  return { wall: median(all.map(({ wall }) => wall)), cpu: median(all.map(({ cpu }) => cpu)) };
}

function median(numbers: number[]): number {
  return numbers.toSorted((left, right) => left - right)[Math.floor(numbers.length / 2)]!;
}

function report(results: Measured[]): void {
  const machine = {
    cpu: cpus()[0]?.model,
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  };
  const columns: Column<Measured>[] = [
    { name: 'Command', value: ({ what }) => what },
    { name: 'Wall ms', value: ({ wall }) => wall.toFixed(0) },
    { name: 'CPU ms', value: ({ cpu }) => cpu.toFixed(0) },
    { name: 'Over bare node', value: ({ overNode }) => overNode.toFixed(0) },
    { name: 'Budget', value: ({ budget }) => budget },
  ];
  process.stderr.write(
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Node ${machine.node}; medians of ${RUNS}\n`,
  );
  process.stderr.write(renderTable(results, columns, { width: Infinity, color: false }));
  process.stdout.write(`${JSON.stringify({ machine, runs: RUNS, results })}\n`);
}
