/**
 * `npm run bench`: bulk work and start-up, wall and CPU time and peak memory; tables on stderr, JSON on stdout.
 * BENCH_RECORDS (200000), BENCH_RUNS (3) and BENCH_ONLY (`bulk-put CSV`, `JSON lines`, `export`, `start-up`, …) scale and choose.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { renderTable, type Column } from '../../src/utils/terminal/table.js';
import { measureAthena } from './athena.js';
import { measureBulk, type BulkResult } from './bulk.js';
import { openMeasure } from './measure.js';
import { shortfalls, thrift } from './stated.js';
import { measureStartUp, type StartUpResult } from './start-up.js';
import { serveStub, type StubOptions } from './stub.js';
import { runYardstick } from './yardstick.js';

const START_UP_RUNS_PER_RUN = 3;

async function bench(): Promise<void> {
  const { BENCH_RECORDS = '200000', BENCH_RUNS = '3', BENCH_ONLY: only = '' } = process.env;
  const dir = mkdtempSync(join(tmpdir(), 'sagemaker-fs-bench-'));
  const shared = { bin: resolve('bin/sagemaker-fs.js'), dir, measure: openMeasure(dir), only };
  const [records, runs] = [Number(BENCH_RECORDS), Number(BENCH_RUNS)];
  try {
    const options = { ...shared, records, runs };
    const bulk = only === 'start-up' ? [] : [...(await measureBulk(options)), ...(await measureAthena(options))];
    const isStartUp = only === '' || only === 'start-up';
    const startUp = isStartUp ? await measureStartUp({ ...shared, runs: runs * START_UP_RUNS_PER_RUN }) : [];
    report(bulk, startUp);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const bulkColumns = (all: BulkResult[]): Column<BulkResult>[] => [
  { name: 'Bulk', value: ({ what }) => what },
  { name: 'Records', value: ({ records }) => records },
  { name: 'Wall s', value: ({ wall }) => (wall / 1000).toFixed(2) },
  { name: 'Records/s', value: ({ recordsPerSecond }) => recordsPerSecond.toFixed(0) },
  { name: 'CPU s/1,000', value: ({ cpuPer1000 }) => cpuPer1000.toFixed(4) },
  { name: 'SDK CPU ×', value: (result) => thrift(result, all)?.toFixed(1) },
  { name: 'Peak MiB', value: ({ peak }) => peak.toFixed(0) },
  { name: 'Calls/s', value: ({ callsPerSecond }) => callsPerSecond?.toFixed(0) },
  { name: 'Runs', value: ({ runs }) => runs },
];
const START_UP: Column<StartUpResult>[] = [
  { name: 'Start-up', value: ({ what }) => what },
  { name: 'Wall ms', value: ({ wall }) => wall.toFixed(0) },
  { name: 'CPU ms', value: ({ cpu }) => cpu.toFixed(0) },
  { name: '× bare node', value: ({ timesNode }) => timesNode.toFixed(1) },
];

function report(bulk: BulkResult[], startUp: StartUpResult[]): void {
  const machine = {
    cpu: cpus()[0]?.model,
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  };
  const { cpu, cores, memoryGiB, node } = machine;
  process.stderr.write(`${cpu}, ${cores} cores, ${memoryGiB} GiB, Node ${node}; medians\n`);
  const look = { width: Infinity, color: false };
  if (bulk.length > 0) process.stderr.write(renderTable(bulk, bulkColumns(bulk), look));
  if (startUp.length > 0) process.stderr.write(renderTable(startUp, START_UP, look));
  process.stdout.write(`${JSON.stringify({ machine, bulk, startUp })}\n`);
  const short = shortfalls(bulk, startUp);
  if (short.length === 0) return;
  process.stderr.write(`Slower than the README says:\n${short.join('\n')}\n`);
  process.exitCode = 1;
}

const [, , role, ...rest] = process.argv;
if (role === 'stub') serveStub(JSON.parse(rest[0]!) as StubOptions);
else if (role === 'yardstick') await runYardstick(rest[0]!, Number(rest[1]));
else await bench();
