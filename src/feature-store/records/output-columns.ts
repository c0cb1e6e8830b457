/** The columns that a group's records are written with: its features, in their order, or those that were asked for. Pure. */
import { UsageError } from '../../errors.js';
import type { FeatureGroup, FeatureType } from '../groups/describe.js';
import { unknownFeature } from './shape.js';
import type { OutputColumn } from '../../files/output-rows.js';

const KINDS: Record<FeatureType, OutputColumn['kind']> = { String: 'text', Integral: 'integer', Fractional: 'decimal' };

/**
 * @param featureNames all of them by default; identifier and event time are among them in any case, so that the rows can be put again
 * @throws UsageError for a name that is not a feature of the group
 */
export function outputColumns(group: FeatureGroup, featureNames?: string[]): OutputColumn[] {
  const features = new Map(group.features.map((feature) => [feature.name, feature]));
  const names = new Set(featureNames ? [group.recordIdentifier, group.eventTime, ...featureNames] : features.keys());
  return [...names].map((name) => {
    const feature = features.get(name);
    if (!feature) throw new UsageError(unknownFeature(name, group));
    return { name, kind: KINDS[feature.type], list: feature.collection !== undefined };
  });
}
