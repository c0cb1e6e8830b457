/** Features to add to a group: which are new, which exist, and which are impossible. Pure. */
import type { FeatureDefinition as DescribedFeature } from '@aws-sdk/client-sagemaker';
import { UsageError } from '../../errors.js';
import { traitsOf, typesWith } from '../groups/storage-types.js';
import { toFeature, type FeatureDefinition, type FeatureGroup } from '../groups/describe.js';
import { OFFLINE_COLUMNS } from '../records/offline-columns.js';

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateFeatureGroup.html */
export const MAX_ADDITIONS_PER_CALL = 100;
/** https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-quotas.html */
const MAX_FEATURES_PER_GROUP = 2500;
/** https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-collection-types.html */
const MAX_VECTOR_DIMENSION = 8192;

const TYPES: Record<string, DescribedFeature['FeatureType']> = {
  string: 'String',
  integral: 'Integral',
  fractional: 'Fractional',
};

/**
 * Parses `age:Integral`, `tags:String:list`, `codes:Integral:set`, `embedding:Fractional:vector:128`.
 * @throws UsageError that names the wrong part
 */
export function parseFeature(text: string): DescribedFeature {
  const [name = '', type = '', collection, dimension, ...more] = text.split(':');
  const FeatureType = TYPES[type.toLowerCase()];
  const wrong = (why: string) =>
    new UsageError(
      `-f ${text}: ${why}; it is name:type, such as age:Integral, tags:String:list or v:Fractional:vector:128.`,
    );
  if (!FeatureType) throw wrong(type ? `there is no type ${type}` : 'the type is missing');
  if (more.length > 0) throw wrong('it has too many parts');
  const kind = collection?.toLowerCase();
  if (kind === undefined) return { FeatureName: name, FeatureType };
  if (kind === 'vector') {
    const Dimension = Number(dimension);
    if (!/^\d+$/.test(dimension ?? '') || Dimension < 1 || Dimension > MAX_VECTOR_DIMENSION)
      throw wrong(`a vector has 1 to ${MAX_VECTOR_DIMENSION} elements`);
    if (FeatureType !== 'Fractional') throw wrong('the elements of a vector are Fractional');
    return {
      FeatureName: name,
      FeatureType,
      CollectionType: 'Vector',
      CollectionConfig: { VectorConfig: { Dimension } },
    };
  }
  if (kind !== 'list' && kind !== 'set') throw wrong(`there is no collection ${collection}`);
  if (dimension !== undefined) throw wrong('only a vector has a dimension');
  return { FeatureName: name, FeatureType, CollectionType: kind === 'list' ? 'List' : 'Set' };
}

/** Whether the group has this feature with this type already. */
export function hasFeature({ features }: FeatureGroup, wanted: DescribedFeature): boolean {
  const there = features.find(({ name }) => name === wanted.FeatureName);
  return there !== undefined && wordsOf(there) === wordsOf(toFeature(wanted));
}

export interface Additions {
  /** To add. */
  added: DescribedFeature[];
  /** Already in the group, with the same type. */
  present: string[];
}

/**
 * Separates new features from existing ones.
 * @throws UsageError for an invalid name, a feature that exists with another type, and one named twice
 */
export function planAdditions(group: FeatureGroup, wanted: DescribedFeature[]): Additions {
  const known = new Map(group.features.map((feature) => [feature.name, feature]));
  const additions: Additions = { added: [], present: [] };
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

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_FeatureDefinition.html */
const FEATURE_NAME = /^[a-zA-Z0-9]([-_]*[a-zA-Z0-9]){0,63}$/;
const MAX_NAME_LENGTH = 64;

/** Why the service would reject the name, as a sentence; undefined if it is valid. */
export function nameProblem(name: string): string | undefined {
  if (OFFLINE_COLUMNS.includes(name.toLowerCase())) return `${name} is reserved by Feature Store.`;
  if (name.length > MAX_NAME_LENGTH)
    return `${name} is longer than the ${MAX_NAME_LENGTH} characters of a feature name.`;
  if (FEATURE_NAME.test(name)) return undefined;
  const proposal = name.replace(/[^a-zA-Z0-9_-]+/g, '-').replace(/^[-_]+|[-_]+$/g, '');
  const instead = proposal === '' ? '' : ` (${proposal} would do)`;
  return `"${name}" cannot be a feature name: letters, digits, - and _ only, beginning and ending with a letter or digit${instead}.`;
}
