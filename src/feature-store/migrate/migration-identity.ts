/** Identifies a migration, to tell whether another run is of the same one. */
import { createHash } from 'node:crypto';
import type { FeatureGroup } from '../groups/describe.js';
import type { Migration } from './check.js';

/** Why a run is not the same, where the groups are. */
export const REQUEST_CHANGED = 'the features, the filter or another option that decides what is migrated has changed';

export interface Identity {
  source: { arn: string; created?: string };
  target: { arn: string; created?: string };
  /** Digest of everything that affects what is read and how it is written. */
  request: string;
}

export function identityOf(
  { source, target, match, byAthena, targetStores }: Migration,
  sql: string | undefined,
): Identity {
  const pairs = match.pairs.map((pair) => [pair.source.name, pair.target.name, pair.target.type]);
  const request = createHash('sha256').update(JSON.stringify({ sql, pairs, byAthena, targetStores }));
  const named = ({ arn, creationTime }: FeatureGroup) => ({ arn, created: creationTime?.toISOString() });
  return { source: named(source), target: named(target), request: request.digest('hex') };
}
