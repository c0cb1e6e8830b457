/** Feature metadata: descriptions and parameters. */
import type { Store } from '../../store/store.js';
import { operation } from '../../wire/operation.js';
import { list, required, string, structure, type InputOf } from '../../wire/rules.js';
import { ServiceError } from '../../wire/service-error.js';
import type { FeatureDefinition, FeatureGroup } from '../groups.js';
import { invalid } from './definitions.js';
import * as shared from './rules.js';

const feature = { FeatureGroupName: shared.featureGroupNameOrArn, FeatureName: shared.featureName };

/** @throws ServiceError ResourceNotFound. */
function findFeature({ groups }: Store, region: string, { FeatureGroupName, FeatureName }: InputOf<typeof feature>) {
  const group = groups.get(region, FeatureGroupName);
  const definition = group.definitions.find((candidate) => candidate.FeatureName === FeatureName);
  if (!definition) {
    throw new ServiceError(
      'ResourceNotFound',
      `Resource Not Found: FeatureGroup ${group.name} has no feature with name ${FeatureName}`,
    );
  }
  return { group, definition };
}

/** DescribeFeatureMetadata: type, description and parameters of a feature. */
export const describeFeatureMetadata = operation({
  rules: feature,
  run(store, input, { region }) {
    const { group, definition } = findFeature(store, region, input);
    return describeFeature(group, definition);
  },
});

/** A feature as shown by DescribeFeatureMetadata and Search. */
export function describeFeature(group: FeatureGroup, { FeatureName, FeatureType }: FeatureDefinition): object {
  const metadata = group.metadata?.[FeatureName];
  return {
    FeatureGroupArn: group.arn,
    FeatureGroupName: group.name,
    FeatureName,
    FeatureType,
    CreationTime: group.createdAt / 1000,
    LastModifiedTime: (metadata?.lastModifiedAt ?? group.createdAt) / 1000,
    Description: metadata?.description,
    Parameters: Object.entries(metadata?.parameters ?? {}).map(([Key, Value]) => ({ Key, Value })),
  };
}

const MAX_PARAMETERS_PER_FEATURE = 25;

const word = string({ minLength: 1, maxLength: 255, pattern: '([\\p{L}\\p{Z}\\p{N}_.:\\/=+\\-]*)' });

/** UpdateFeatureMetadata: sets description and parameters of a feature. */
export const updateFeatureMetadata = operation({
  rules: {
    ...feature,
    Description: string({ maxLength: 255 }),
    ParameterAdditions: list(structure({ Key: required(word), Value: required(word) }), {
      maxLength: MAX_PARAMETERS_PER_FEATURE,
    }),
    ParameterRemovals: list(word, { maxLength: MAX_PARAMETERS_PER_FEATURE }),
  },
  async run(store, input, { region }) {
    const { group, definition } = findFeature(store, region, input);
    const { ParameterAdditions: additions = [], ParameterRemovals: removals = [] } = input;
    await store.groups.change(group, (current) => {
      const before = current.metadata?.[definition.FeatureName];
      const kept = Object.entries(before?.parameters ?? {}).filter(([key]) => !removals.includes(key));
      const parameters = Object.fromEntries([...kept, ...additions.map(({ Key, Value }) => [Key, Value] as const)]);
      if (Object.keys(parameters).length > MAX_PARAMETERS_PER_FEATURE) {
        throw invalid(`A feature can have at most ${MAX_PARAMETERS_PER_FEATURE} parameters.`);
      }
      const description = input.Description ?? before?.description;
      const described = { description, parameters, lastModifiedAt: store.now() };
      return { ...current, metadata: { ...current.metadata, [definition.FeatureName]: described } };
    });
  },
});
