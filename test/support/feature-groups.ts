/** Feature groups for the tests of pure rooms, without a store behind them. */
import { toFeatureGroup, type FeatureDefinition, type FeatureGroup } from '../../src/feature-store/groups/describe.js';

/** `groupOf({ id: 'String', time: 'String', price: 'Fractional' })`; `id` and `time` are identifier and event time. */
export function groupOf(
  features: Record<string, FeatureDefinition['type'] | Omit<FeatureDefinition, 'name'>>,
): FeatureGroup {
  return toFeatureGroup({
    $metadata: {},
    FeatureGroupArn: 'arn:aws:sagemaker:us-east-1:000000000000:feature-group/shop',
    FeatureGroupName: 'shop',
    RecordIdentifierFeatureName: 'id',
    EventTimeFeatureName: 'time',
    CreationTime: new Date(0),
    FeatureGroupStatus: 'Created',
    OnlineStoreConfig: { EnableOnlineStore: true },
    NextToken: '',
    FeatureDefinitions: Object.entries(features).map(([FeatureName, feature]) => {
      const { type, collection, dimension } =
        typeof feature === 'string' ? { type: feature } : { collection: undefined, dimension: undefined, ...feature };
      return {
        FeatureName,
        FeatureType: type,
        ...(collection && { CollectionType: collection }),
        ...(dimension && { CollectionConfig: { VectorConfig: { Dimension: dimension } } }),
      };
    }),
  });
}
