/** DescribeFeatureMetadata: a feature's type, with the words and parameters that people gave it. */
import type { Operation } from '../../wire/operation.js';
import { findFeature } from './feature-metadata.js';
import type { FeatureInput } from './feature-metadata.js';
import * as shared from './rules.js';
import { seconds } from './statuses.js';

export const describeFeatureMetadata: Operation<FeatureInput> = {
  rules: { FeatureGroupName: shared.featureGroupNameOrArn, FeatureName: shared.featureName },
  run(store, input, { region }) {
    const { group, definition } = findFeature(store, region, input);
    const metadata = group.metadata?.[definition.FeatureName];
    return {
      FeatureGroupArn: group.arn,
      FeatureGroupName: group.name,
      FeatureName: definition.FeatureName,
      FeatureType: definition.FeatureType,
      CreationTime: seconds(group.createdAt),
      LastModifiedTime: seconds(metadata?.lastModifiedAt ?? group.createdAt),
      Description: metadata?.description,
      Parameters: Object.entries(metadata?.parameters ?? {}).map(([Key, Value]) => ({ Key, Value })),
    };
  },
};
