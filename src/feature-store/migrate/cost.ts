/** Costs of a migration other than its writes and queries, and what cannot be priced. Pure. */
import { readCost, writeCost } from '../bulk/prices.js';
import type { FeatureGroup } from '../groups/describe.js';
import { traitsOf } from '../groups/storage-types.js';
import type { Found } from '../offline/record-source.js';
import type { Migration } from './check.js';

/** Records to verify: all, or this many. */
export type Verified = true | number | undefined;

/**
 * Cost in USD of on-demand capacity units: writes, reads of an online source, reads of target records before they are
 * overwritten, and reads of --verify.
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-throughput-mode.html
 */
export function onlineCost(migration: Migration, found: Found, run: { writeUnits: number; verify?: Verified }) {
  const { source, target, readFrom, byAthena } = migration;
  const current = found.toWrite - (found.markers ?? 0);
  const compared = run.verify === true ? current : (run.verify ?? 0);
  const ofSource = readFrom === 'online' ? found.live : 0;
  const ofTarget = target.online && !byAthena ? current + compared : 0;
  const priced = (group: FeatureGroup, records: number) =>
    byTheHour(group) ? 0 : readCost(records, found.averageRecordBytes);
  const unpriced = [...new Set([...(ofSource ? [source] : []), target])].flatMap((group) => byTheHour(group) ?? []);
  return {
    writes: byTheHour(target) ? 0 : writeCost(run.writeUnits),
    /** Upper bound: reading a record that does not exist is free. */
    reads: priced(source, ofSource) + priced(target, ofTarget),
    /** What is billed by the hour instead, in words. */
    unpriced: unpriced.length > 0 ? unpriced.join('; ') : undefined,
  };
}

function byTheHour({ name, online, throughput }: FeatureGroup): string | undefined {
  if (online && !traitsOf(online.storageType).hasListPrices) return `${name} is in memory, which has prices of its own`;
  return throughput?.mode === 'Provisioned' ? `the provisioned capacity of ${name} is paid by the hour` : undefined;
}
