/** Pairs the features of two groups. Pure. */
import { UsageError } from '../../errors.js';
import type { FeatureGroup } from '../groups/describe.js';
import { matchSchemas, type FeaturePair } from '../schema/schema-match.js';
import { mapOptions } from '../../utils/command-line.js';
import { unknownFeature } from '../records/column-readers.js';

export interface FeatureChoice {
  /** `--map old=new`: feature of A → feature of B. */
  map?: Record<string, string>;
  /** `--features a,b`: names in A; by default all that both groups have. */
  features?: string[];
}

export interface ComparedFeatures {
  /** All features that both groups have, including identifier and event time. */
  pairs: FeaturePair[];
  /** Those whose values are compared. */
  compared: FeaturePair[];
  onlyInA: string[];
  onlyInB: string[];
}

/** @throws UsageError where the groups share nothing to match records by, or nothing to compare, or a name is wrong */
export function comparedFeatures(a: FeatureGroup, b: FeatureGroup, choice: FeatureChoice): ComparedFeatures {
  const match = matchSchemas(a, b, { map: choice.map, dropExtra: true, anyScalar: true });
  if (match.problems.length > 0)
    throw new UsageError(`${a.name} and ${b.name} cannot be compared:`, {
      details: match.problems.map((problem) => `  ${problem}`),
    });
  for (const name of choice.features ?? []) {
    if (!a.features.some((feature) => feature.name === name)) throw new UsageError(unknownFeature(name, a));
    if (!match.pairs.some((pair) => pair.source.name === name))
      throw new UsageError(
        `--features: ${b.name} has no feature ${name}; add --map ${name}=NAME if it has another name there.`,
      );
  }
  const roles = [a.recordIdentifier, a.eventTime];
  const isChosen = (name: string) => !roles.includes(name) && (choice.features?.includes(name) ?? true);
  const features = {
    pairs: match.pairs,
    compared: match.pairs.filter((pair) => isChosen(pair.source.name)),
    onlyInA: match.dropped.map(({ name }) => name),
    onlyInB: match.unset.map(({ name }) => name),
  };
  if (choice.features === undefined) refuseNoneInCommon([a.name, b.name], features, match.alike);
  return features;
}

/** All renamed: records of other values would be told to be the same. A side without any such feature has nothing to compare. */
function refuseNoneInCommon(
  groups: [string, string],
  { compared, onlyInA, onlyInB }: ComparedFeatures,
  alike: Record<string, string>,
): void {
  if (compared.length > 0 || onlyInA.length === 0 || onlyInB.length === 0) return;
  const near = mapOptions(alike).join(' ');
  const how = near ? `Did you mean ${near}?` : `Add --map ${onlyInA[0]}=NAME, with its name in B.`;
  throw new UsageError(
    `${groups.join(' and ')} have no feature in common beside identifier and event time, so no value would be compared.`,
    { details: [`  only in A: ${onlyInA.join(', ')}`, `  only in B: ${onlyInB.join(', ')}`, how] },
  );
}
