/** TTL: the lifetime of records, from their event time. */
import { millisecondsOf } from '../store/event-time.js';
import type { FeatureGroup, TtlDuration } from '../sagemaker/groups.js';
import { invalid } from './feature-values.js';

const UNIT_MS: Record<string, number> = {
  Seconds: 1000,
  Minutes: 60_000,
  Hours: 3_600_000,
  Days: 86_400_000,
  Weeks: 604_800_000,
};

/** The latest JavaScript date, milliseconds since the epoch. */
const LAST_DATE = 8.64e15;

/**
 * ExpiresAt = EventTime + TtlDuration.
 * [Time to live](https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-time-to-live.html)
 * @param instant nanoseconds since the epoch.
 * @returns milliseconds since the epoch; undefined when nothing expires.
 */
export function expiryOf(instant: bigint, ttl: TtlDuration | undefined): number | undefined {
  return ttl && Math.min(millisecondsOf(instant) + ttl.Value * UNIT_MS[ttl.Unit]!, LAST_DATE);
}

/** ISO-8601 in UTC, with milliseconds only if not zero. */
export const expiryText = (expiresAt: number): string => new Date(expiresAt).toISOString().replace('.000Z', 'Z');

/**
 * Whose TTL counts: the record's before the request's before the group's.
 * @param given from the closest to the furthest. @throws ServiceError ValidationError without an online store.
 */
export function ttlFor({ name, online }: FeatureGroup, ...given: (TtlDuration | undefined)[]): TtlDuration | undefined {
  const closest = given.find((ttl) => ttl !== undefined && ttl !== null);
  if (closest && !online) throw invalid(`TtlDuration needs an online store; FeatureGroup ${name} has none.`);
  return closest ?? online?.ttl;
}
