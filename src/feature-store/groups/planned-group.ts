/** A group as shown in plans. Pure. */
import type { FeatureGroup } from './describe.js';

export interface PlannedGroup {
  name: string;
  arn: string;
  /** `Online Only`, `Offline Only` or `Online+Offline`. */
  storeType: string;
  /** `database.table` */
  table?: string;
}

export function plannedGroup({ name, arn, online, offline }: FeatureGroup): PlannedGroup {
  const storeType = online && offline ? 'Online+Offline' : online ? 'Online Only' : 'Offline Only';
  return { name, arn, storeType, table: offline?.table && `${offline.table.database}.${offline.table.name}` };
}
