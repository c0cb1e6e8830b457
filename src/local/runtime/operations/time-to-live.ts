/** Whose TTL counts: the record's before the request's before the group's. */
import { invalid } from '../feature-values.js';
import type { FeatureGroup, TtlDuration } from '../../sagemaker/groups.js';

/** @param given from the closest to the furthest. @throws ServiceError ValidationError without an online store. */
export function ttlFor({ name, online }: FeatureGroup, ...given: (TtlDuration | undefined)[]): TtlDuration | undefined {
  const closest = given.find((ttl) => ttl !== undefined && ttl !== null);
  if (closest && !online) throw invalid(`TtlDuration needs an online store; FeatureGroup ${name} has none.`);
  return closest ?? online?.ttl;
}
