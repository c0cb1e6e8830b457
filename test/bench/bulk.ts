/** The cases of bulk work: this tool and loops over the AWS SDK, against stubs that are quick, slow, or in trouble. */
import { join } from 'node:path';
import { writeCsv, writeIdentifiers, writeJsonLines, writeParquet } from './inputs.js';
import { medians, openStub, type openMeasure, type Sample } from './measure.js';
import type { StubCounts, StubOptions } from './stub.js';

export interface BulkResult extends Sample {
  what: string;
  records: number;
  recordsPerSecond: number;
  /** Seconds for a thousand records. */
  cpuPer1000: number;
  runs: number;
  /** Calls that the stub took; those it throttled are not among them. Unknown where there was none. */
  callsPerSecond?: number;
  counts?: StubCounts;
}

interface BulkCase {
  what: string;
  records: number;
  argv: string[];
  stub?: StubOptions;
  runs?: number;
}

const GROUP = 'bench-0000';
/** What memory must not grow with. */
const MANY = 10;
/** A loop of PutRecord takes twenty times as long, so it is given a tenth of the records. */
const PUT_SHARE = 10;

export interface BulkOptions {
  bin: string;
  dir: string;
  records: number;
  runs: number;
  measure: ReturnType<typeof openMeasure>;
  /** The case of this name, or those whose name holds it. */
  only: string;
}

/** Measures each case in turn; the whole process counts, start-up included. Throws where a record is lost or comes twice. */
export async function measureBulk(options: BulkOptions): Promise<BulkResult[]> {
  const cases = await casesOf(options);
  const named = cases.filter(({ what }) => what === options.only);
  const chosen = named.length > 0 ? named : cases.filter(({ what }) => what.includes(options.only));
  const results: BulkResult[] = [];
  for (const each of chosen) results.push(await measureCase(each, options));
  return results;
}

async function casesOf({ bin, dir, records }: BulkOptions): Promise<BulkCase[]> {
  const names = ['records.csv', 'records.jsonl', 'records.parquet', 'ids.csv', 'many.csv'];
  const [csv, lines, parquet, identifiers, many] = names.map((name) => join(dir, name));
  writeCsv(csv!, records);
  writeCsv(many!, MANY * records);
  writeJsonLines(lines!, records);
  await writeParquet(parquet!, records);
  writeIdentifiers(identifiers!, records);
  const put = (file: string, ...more: string[]) => [bin, 'bulk-put', GROUP, file, ...more];
  const get = [bin, 'bulk-get', GROUP, identifiers!, '-o', join(dir, 'got.jsonl'), '--overwrite'];
  const yardstick = (call: string, count: number) => [process.argv[1]!, 'yardstick', call, String(count)];
  const few = Math.ceil(records / PUT_SHARE);
  const trouble = { callsPerSecond: 500, failingCalls: 0.02, failingEntries: 0.01 };
  return [
    { what: 'bulk-put CSV', records, argv: put(csv!) },
    { what: 'bulk-put CSV, ten times as many', records: MANY * records, argv: put(many!), runs: 1 },
    { what: 'bulk-put JSON lines', records, argv: put(lines!) },
    { what: 'bulk-put Parquet', records, argv: put(parquet!) },
    {
      what: 'bulk-put CSV, 10 ms, 16 workers',
      records,
      argv: put(csv!, '--max-workers', '16'),
      stub: { latencyMs: 10 },
    },
    { what: 'bulk-put CSV, 500 calls/s, failures', records, argv: put(csv!), stub: trouble, runs: 1 },
    { what: 'bulk-get JSON lines', records, argv: [...get, '--tps', '100000'] },
    {
      what: 'clear, 5 ms, 64 workers',
      records: few,
      argv: [bin, 'clear', GROUP, '--force', '--max-workers', '64'],
      stub: { latencyMs: 5, records: few },
      runs: 1,
    },
    { what: 'AWS SDK, BatchWriteRecord', records, argv: yardstick('batch', records) },
    { what: 'AWS SDK, PutRecord', records: few, argv: yardstick('put', few), runs: 1 },
  ];
}

async function measureCase(each: BulkCase, { measure, runs }: BulkOptions): Promise<BulkResult> {
  const samples: Sample[] = [];
  const stub = await openStub(each.stub);
  let counts: StubCounts;
  try {
    for (let run = 0; run < (each.runs ?? runs); run += 1) samples.push(await measure.run(each.argv, stub.env));
    counts = await stub.counts();
  } finally {
    await stub.close();
  }
  const middle = medians(samples);
  const { what, records } = each;
  const settled = counts.written + counts.read;
  if (settled !== records * samples.length)
    throw new Error(`${what}: ${settled} records arrived in ${samples.length} runs`);
  const seconds = samples.reduce((sum, { wall }) => sum + wall / 1000, 0);
  const callsPerSecond = (counts.calls - counts.throttled) / seconds;
  const [recordsPerSecond, cpuPer1000] = [(records / middle.wall) * 1000, middle.cpu / records];
  return { what, records, ...middle, recordsPerSecond, cpuPer1000, callsPerSecond, runs: samples.length, counts };
}
