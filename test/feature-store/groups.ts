/** Feature groups as values, for tests of pure rooms. */
import type { FeatureDefinition, FeatureGroup, FeatureType } from '../../src/feature-store/groups/describe.js';

/** `feature('price', 'Fractional')`; a String by default. */
export function feature(
  name: string,
  type: FeatureType = 'String',
  more: Partial<FeatureDefinition> = {},
): FeatureDefinition {
  return { name, type, ...more };
}

/** A created group with both stores and a table, `id` and `event_time` its first features. */
export function groupOf(features: FeatureDefinition[] = [], more: Partial<FeatureGroup> = {}): FeatureGroup {
  const name = more.name ?? 'src';
  return {
    name,
    arn: `arn:aws:sagemaker:us-east-1:111122223333:feature-group/${name}`,
    status: 'Created',
    recordIdentifier: 'id',
    eventTime: 'event_time',
    features: [feature('id'), feature('event_time'), ...features],
    online: { storageType: 'Standard' },
    offline: {
      s3Uri: 's3://bucket/prefix',
      tableFormat: 'Glue',
      table: { catalog: 'AwsDataCatalog', database: 'sagemaker_featurestore', name: `${name}_1700000000` },
    },
    described: {} as FeatureGroup['described'],
    ...more,
  };
}
