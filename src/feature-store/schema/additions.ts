/** Features to add to a group: which are new, which exist, and which are impossible. Pure. */
import type { FeatureDefinition as DescribedFeature } from '@aws-sdk/client-sagemaker';
import { UsageError } from '../../errors.js';
import { traitsOf, typesWith } from '../groups/storage-types.js';
import { toDefinition, toFeature, type FeatureDefinition, type FeatureGroup } from '../groups/describe.js';
import { nameProblem, parseType } from './feature-types.js';

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateFeatureGroup.html */
export const MAX_ADDITIONS_PER_CALL = 100;
/** https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-quotas.html */
const MAX_FEATURES_PER_GROUP = 2500;
/**
 * Parses `age:Integral`, `tags:String:list`, `embedding:Fractional:vector:128`.
 * @throws UsageError that names the wrong part
 */
export function parseFeature(text: string): DescribedFeature {
  const [name = '', ...type] = text.split(':');
  return toDefinition({ name, ...parseType(type.join(':'), `-f ${text}`) });
}

/** Whether the group has this feature with this type already. */
export function hasFeature({ features }: FeatureGroup, wanted: DescribedFeature): boolean {
  const there = features.find(({ name }) => name === wanted.FeatureName);
  return there !== undefined && wordsOf(there) === wordsOf(toFeature(wanted));
}

/**
 * Separates new features from those that the group has already, with the same type.
 * @throws UsageError for an invalid name, a feature that exists with another type, and one named twice
 */
export function planAdditions(group: FeatureGroup, wanted: DescribedFeature[]) {
  const known = new Map(group.features.map((feature) => [feature.name, feature]));
  const additions = { added: [] as DescribedFeature[], present: [] as string[] };
  const taken = new Map(group.features.map(({ name }) => [name.toLowerCase(), name]));
  for (const feature of wanted) {
    const name = feature.FeatureName ?? '';
    const there = known.get(name);
    if (there) {
      const asked = wordsOf(toFeature(feature));
      if (wordsOf(there) !== asked)
        throw new UsageError(
          `${group.name} has a feature ${name} of type ${wordsOf(there)}, not ${asked}: a feature's type cannot be changed.`,
        );
      additions.present.push(name);
      continue;
    }
    const problem = nameProblem(name);
    if (problem) throw new UsageError(`${problem}`);
    const other = taken.get(name.toLowerCase());
    if (other === name) throw new UsageError(`Feature ${name} is named twice.`);
    if (other !== undefined)
      throw new UsageError(`Features ${other} and ${name} differ in case alone, and would share a column in Athena.`);
    if (feature.CollectionType && !traitsOf(group.online?.storageType).takesCollections)
      throw new UsageError(
        `Feature ${name} is a ${feature.CollectionType}: only ${typesWith('takesCollections')} groups take collections.`,
      );
    taken.set(name.toLowerCase(), name);
    additions.added.push(feature);
  }
  const total = group.features.length + additions.added.length;
  if (total > MAX_FEATURES_PER_GROUP)
    throw new UsageError(`${group.name} would have ${total} features; a group can have ${MAX_FEATURES_PER_GROUP}.`);
  return additions;
}

const wordsOf = ({ type, collection, dimension }: FeatureDefinition): string =>
  [type, collection, dimension].filter((part) => part !== undefined).join(' ');
