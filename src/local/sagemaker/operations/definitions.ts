/** Constraints among feature definitions: unique names, none reserved, collections only where supported. */
import type { FeatureDefinition, FeatureGroup } from '../groups.js';
import { allows, typesWith, type StorageType } from '../storage-types.js';
import { ServiceError } from '../../wire/service-error.js';

/** [Quotas](https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-quotas.html) */
export const MAX_FEATURES_PER_GROUP = 2500;

/** Columns that Feature Store itself adds to the offline store. */
const RESERVED = ['is_deleted', 'write_time', 'api_invocation_time'];

/** @throws ServiceError ValidationException. */
export function checkDefinitions(definitions: FeatureDefinition[], storageType?: StorageType): void {
  checkNames(definitions.map(({ FeatureName }) => FeatureName));
  definitions.forEach((definition) => checkCollection(definition, storageType));
  if (definitions.filter(({ CollectionType }) => CollectionType === 'Vector').length > 1) {
    throw invalid('A feature group can have at most one feature of collection type Vector.');
  }
}

/** Checks that a feature may tell the event time. @throws ServiceError ValidationException. */
export function checkKeyFeatures(group: Pick<FeatureGroup, 'definitions' | 'recordIdentifier' | 'eventTime'>): void {
  const find = (name: string): FeatureDefinition => {
    const found = group.definitions.find(({ FeatureName }) => FeatureName === name);
    if (!found) throw invalid(`Feature ${name} is not among the FeatureDefinitions.`);
    if (found.CollectionType) throw invalid(`Feature ${name} cannot be a collection.`);
    return found;
  };
  find(group.recordIdentifier);
  if (find(group.eventTime).FeatureType === 'Integral') {
    throw invalid(`The event time feature ${group.eventTime} must be of type String or Fractional.`);
  }
  if (group.recordIdentifier === group.eventTime) {
    throw invalid('The record identifier feature and the event time feature must differ.');
  }
}

export const invalid = (message: string): ServiceError => new ServiceError('ValidationException', message);

/** Glue and Athena lower-case column names, so names that differ only in case would collide. */
function checkNames(names: string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    const lower = name.toLowerCase();
    if (RESERVED.includes(lower)) throw invalid(`The feature name ${name} is reserved: ${RESERVED.join(', ')}.`);
    if (seen.has(lower)) throw invalid(`The feature name ${name} is there twice; case makes no difference.`);
    seen.add(lower);
  }
}

function checkCollection(definition: FeatureDefinition, storageType?: StorageType): void {
  const { FeatureName, FeatureType, CollectionType, CollectionConfig } = definition;
  if (CollectionConfig && CollectionType !== 'Vector') {
    throw invalid(`CollectionConfig of feature ${FeatureName} is for collection type Vector.`);
  }
  if (!CollectionType) return;
  if (!storageType || !allows(storageType, 'collections')) {
    const types = typesWith('collections');
    throw invalid(`Feature ${FeatureName}: CollectionType needs an online store of storage type ${types}.`);
  }
  if (CollectionType !== 'Vector') return;
  if (!CollectionConfig?.VectorConfig) throw invalid(`Feature ${FeatureName} needs a VectorConfig with its Dimension.`);
  if (FeatureType !== 'Fractional') throw invalid(`The vector feature ${FeatureName} must be of type Fractional.`);
}
