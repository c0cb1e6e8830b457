/** Finds what DescribeFeatureMetadata and UpdateFeatureMetadata speak of. */
import type { FeatureDefinition, FeatureGroup } from '../groups.js';
import { groupNotFound } from '../groups.js';
import { ServiceError } from '../../wire/service-error.js';
import type { Store } from '../../store/store.js';

export interface FeatureInput {
  FeatureGroupName: string;
  FeatureName: string;
}

/** @throws ServiceError ResourceNotFound. */
export function findFeature(
  { groups }: Store,
  region: string,
  { FeatureGroupName, FeatureName }: FeatureInput,
): { group: FeatureGroup; definition: FeatureDefinition } {
  const group = groups.find(region, FeatureGroupName);
  if (!group) throw groupNotFound(FeatureGroupName);
  const definition = group.definitions.find((candidate) => candidate.FeatureName === FeatureName);
  if (!definition) {
    throw new ServiceError(
      'ResourceNotFound',
      `Resource Not Found: FeatureGroup ${group.name} has no feature with name ${FeatureName}`,
    );
  }
  return { group, definition };
}
