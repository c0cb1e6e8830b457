/** The cases that go through Athena: export, compare and migrate, on the embedded store in a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeCsv } from './inputs.js';
import { cleanEnv, medians, openStub, type Sample } from './measure.js';
import type { BulkOptions, BulkResult } from './bulk.js';

const [ONE, OTHER, ONLINE] = ['bench-one', 'bench-other', 'bench-0000'];

interface AthenaCase {
  what: string;
  argv: string[];
  /** Of the records, in what `--summary` keeps. */
  countOf(summary: Summary): number | undefined;
  runs?: number;
  env?: Record<string, string>;
}

interface Summary {
  ok?: number;
  counts?: { same: number };
}

/** As `measureBulk`; two groups with the same history are made first, which takes as long as the cases. */
export async function measureAthena({ bin, dir, records, runs, measure, only }: BulkOptions): Promise<BulkResult[]> {
  const to = (name: string) => [join(dir, name), '--overwrite'];
  const exported = ({ ok }: Summary) => ok;
  const stub = await openStub();
  const cases: AthenaCase[] = [
    { what: 'export CSV', argv: ['export', ONE, ...to('out.csv')], countOf: exported },
    { what: 'export JSON lines', argv: ['export', ONE, ...to('out.jsonl')], countOf: exported },
    { what: 'export Parquet', argv: ['export', ONE, ...to('out.parquet')], countOf: exported },
    { what: 'compare, offline', argv: ['compare', ONE, OTHER], countOf: ({ counts }) => counts?.same, runs: 1 },
    {
      what: 'migrate',
      argv: ['migrate', ONE, ONLINE],
      countOf: exported,
      runs: 1,
      // Its records go where those of bulk-put go.
      env: { AWS_ENDPOINT_URL_SAGEMAKER_FEATURESTORE_RUNTIME: stub.env.AWS_ENDPOINT_URL! },
    },
  ];
  const chosen = cases.filter(({ what }) => what.includes(only));
  const results: BulkResult[] = [];
  const store = chosen.length > 0 ? await openStore(bin, join(dir, 'store')) : undefined;
  try {
    if (store) await fill(store.env, { bin, dir, records, measure });
    for (const { what, argv, countOf, runs: own = runs, env } of chosen) {
      const samples: Sample[] = [];
      const summary = join(dir, 'summary.json');
      for (let run = 0; run < own; run += 1) {
        samples.push(await measure.run([bin, ...argv, '--quiet', '--summary', summary], { ...store!.env, ...env }));
        const count = countOf(JSON.parse(readFileSync(summary, 'utf8')) as Summary);
        if (count !== records) throw new Error(`${what}: ${count} records of ${records}`);
      }
      const middle = medians(samples);
      const [recordsPerSecond, cpuPer1000] = [(records / middle.wall) * 1000, middle.cpu / records];
      results.push({ what, records, ...middle, recordsPerSecond, cpuPer1000, runs: own });
    }
  } finally {
    await Promise.all([stub.close(), store?.close()]);
  }
  return results;
}

type Filling = Pick<BulkOptions, 'bin' | 'dir' | 'records' | 'measure'>;

/** One group with these records, another with the same, and an empty one with an online store. */
async function fill(env: Record<string, string>, { bin, dir, records, measure }: Filling): Promise<void> {
  const csv = join(dir, 'athena.csv');
  writeCsv(csv, records);
  const place = ['--s3-uri', 's3://bench/features', '--execution-role-arn', 'arn:aws:iam::000000000000:role/bench'];
  const steps = [
    ['create', ONE, '--infer', csv, '--no-online-store', ...place],
    ['create', OTHER, '--like', ONE],
    ['create', ONLINE, '--like', ONE, '--online-store'],
    ['bulk-put', ONE, csv],
    ['migrate', ONE, OTHER, '--engine', 'athena'],
  ];
  for (const argv of steps) await measure.run([bin, ...argv, '--quiet'], env);
}

/** `local serve` in a process of its own. */
async function openStore(bin: string, dir: string) {
  const argv = [bin, 'local', 'serve', '--port', '0', '--local-dir', dir, '--quiet'];
  const child = spawn(process.execPath, argv, { env: cleanEnv({}), stdio: ['ignore', 'pipe', 'inherit'] });
  const [lines] = (await once(child.stdout, 'data')) as [Buffer];
  const settings = [...lines.toString().matchAll(/^export (\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]);
  return {
    env: Object.fromEntries(settings) as Record<string, string>,
    async close() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}
