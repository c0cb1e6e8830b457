/** The columns that a group's records are written with: its features, in their order, or those that were asked for. Pure. */
import { UsageError } from '../../errors.js';
import type { OutputColumn } from '../../utils/row-writer.js';
import type { FeatureGroup, FeatureType } from '../groups/describe.js';
import { unknownFeature } from './shape.js';

const KINDS: Record<FeatureType, OutputColumn['kind']> = { String: 'text', Integral: 'integer', Fractional: 'decimal' };

export interface ColumnChoice {
  /** All of them by default. */
  featureNames?: string[];
  /** The event time is among them in any case. */
  eventTime?: boolean;
}

/** @throws UsageError for a name that is no feature of the group */
export function outputColumns(group: FeatureGroup, { featureNames, eventTime }: ColumnChoice): OutputColumn[] {
  const features = new Map(group.features.map((feature) => [feature.name, feature]));
  const names = new Set(featureNames ?? features.keys());
  if (eventTime) names.add(group.eventTime);
  return [...names].map((name) => {
    const feature = features.get(name);
    if (!feature) throw new UsageError(unknownFeature(name, group));
    return { name, kind: KINDS[feature.type], list: feature.collection !== undefined };
  });
}
