/**
 * The ratios that the README states, which hold on any machine: a bench that falls short of one by more than a fifth fails.
 * Change them together with its tables.
 */
import type { BulkResult } from './bulk.js';
import type { StartUpResult } from './start-up.js';

/** What the loop over the SDK's BatchWriteRecord costs in CPU, for each that the tool takes for the same records. */
const TIMES_THRIFTIER_THAN_SDK: Record<string, number> = {
  'bulk-put CSV': 4.3,
  'bulk-put JSON lines': 3.8,
  'bulk-put Parquet': 3.6,
  'export CSV': 9.9,
  'export JSON lines': 9.5,
  'export Parquet': 5.6,
  'compare, offline': 27.0,
  migrate: 3.6,
};
/** Wall time in those of `node -e 0`. */
const TIMES_BARE_NODE: Record<string, number> = {
  '--help': 1.6,
  'get, one record': 2.5,
  'list, 50 groups': 4.3,
  'list, 500 groups': 12.5,
};
const TOLERANCE = 0.2;

export const SDK_LOOP = 'AWS SDK, BatchWriteRecord';

/** How many times less CPU than the loop over the SDK of the same run; undefined where that did not run. */
export function thrift({ cpuPer1000 }: BulkResult, all: BulkResult[]): number | undefined {
  const loop = all.find(({ what }) => what === SDK_LOOP);
  return loop && loop.cpuPer1000 / cpuPer1000;
}

/** What fell short, in words. */
export function shortfalls(bulk: BulkResult[], startUp: StartUpResult[]): string[] {
  const slow = bulk.flatMap((result) => {
    const [stated, found] = [TIMES_THRIFTIER_THAN_SDK[result.what], thrift(result, bulk)];
    if (stated === undefined || found === undefined || found >= stated * (1 - TOLERANCE)) return [];
    return [`${result.what}: ${found.toFixed(1)} times thriftier than the SDK's loop, where ${stated} are stated`];
  });
  const late = startUp.flatMap(({ what, timesNode }) => {
    const stated = TIMES_BARE_NODE[what];
    if (stated === undefined || timesNode <= stated * (1 + TOLERANCE)) return [];
    return [`${what}: ${timesNode.toFixed(1)} times bare node, where ${stated} are stated`];
  });
  return [...slow, ...late];
}
