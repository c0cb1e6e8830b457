/** UpdateFeatureMetadata: describes a feature in words and in parameters. */
import type { Operation } from '../../wire/operation.js';
import { list, required, string, structure } from '../../wire/rules.js';
import { invalid } from './definitions.js';
import { findFeature } from './feature-metadata.js';
import type { FeatureInput } from './feature-metadata.js';
import * as shared from './rules.js';

const MAX_PARAMETERS_PER_FEATURE = 25;

interface Input extends FeatureInput {
  Description?: string;
  ParameterAdditions?: { Key: string; Value: string }[];
  ParameterRemovals?: string[];
}

const word = string({ minLength: 1, maxLength: 255, pattern: '([\\p{L}\\p{Z}\\p{N}_.:\\/=+\\-]*)' });

export const updateFeatureMetadata: Operation<Input> = {
  rules: {
    FeatureGroupName: shared.featureGroupNameOrArn,
    FeatureName: shared.featureName,
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
};
