/** What a feature group holds, and what it costs to store. */
import type { Context } from '../../context.js';
import { athenaCost, PRICED, PRICES } from '../bulk/prices.js';
import { type FeatureGroup, plannedGroup } from '../groups/describe.js';
import { traitsOf } from '../groups/storage-types.js';
import { findObjects } from './object-sizes.js';
import type { RowsFound } from './rows.js';

const GB = 1024 ** 3;

export type Analysis = Awaited<ReturnType<typeof analyzeStores>> & { rows?: RowsFound };

/** Reads the description, and lists the objects. Throws as listObjects does. */
export async function analyzeStores({ aws, signal }: Context, group: FeatureGroup) {
  const { name, arn, status, online } = group;
  const place = group.offline?.resolvedOutputS3Uri;
  const objects = place === undefined ? undefined : await findObjects(aws, place, signal);
  const isPriced = online?.sizeBytes !== undefined && traitsOf(online.storageType).hasListPrices;
  return {
    ...{ name, arn, status, storeType: plannedGroup(group).storeType },
    online: online && { storageType: online.storageType, bytes: online.sizeBytes },
    offline: objects && { ...objects, tableFormat: group.offline!.tableFormat, place: place! },
    /** USD; undefined where the price is not per GB (InMemory) or the size is unknown. */
    monthly: {
      offline: objects && ((objects.bytes - objects.otherClasses.bytes) / GB) * PRICES.offlineGbMonth,
      online: isPriced ? (online.sizeBytes! / GB) * PRICES.onlineGbMonth : undefined,
      ...PRICED,
    },
  };
}

/** Upper bound of the query cost in USD: it reads three columns. */
export const queryCost = ({ offline }: Analysis): number => athenaCost(offline?.bytes ?? 0);
