/** Reading a record: what is deleted or expired is not there, and what has expired leaves for good. */
import { invalid, type FeatureValue } from '../feature-values.js';
import type { FeatureGroup } from '../../sagemaker/groups.js';
import type { Store } from '../../store/store.js';
import { expiryText } from '../ttl.js';
import { expire, inOneTransaction, isExpired } from '../writes.js';

export interface Reading {
  featureNames?: string[];
  withExpiry: boolean;
}

/** @throws ServiceError ValidationError. */
export function checkFeatureNames({ name, definitions }: FeatureGroup, wanted: string[] = []): void {
  const unknown = wanted.find((feature) => !definitions.some(({ FeatureName }) => FeatureName === feature));
  if (unknown !== undefined) throw invalid(`The feature named [${unknown}] is not defined in FeatureGroup ${name}.`);
}

/** The record as it is answered; undefined when there is none. */
export async function readRecord(
  store: Store,
  group: FeatureGroup,
  { identifier, featureNames, withExpiry }: Reading & { identifier: string },
): Promise<{ Record: FeatureValue[]; ExpiresAt?: string } | undefined> {
  const record = store.online.get(group.id, identifier);
  if (!record || record.deleted) return undefined;
  if (isExpired(record, store.now())) {
    await inOneTransaction(store, () => expire(store, group, identifier));
    return undefined;
  }
  return {
    Record: featureNames
      ? record.values.filter(({ FeatureName }) => featureNames.includes(FeatureName))
      : record.values,
    ExpiresAt: withExpiry && record.expiresAt !== undefined ? expiryText(record.expiresAt) : undefined,
  };
}
