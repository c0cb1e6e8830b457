/** Detects records that are expired when written: their TTL has ended already. Pure. */
import { counted } from '../../utils/quantities.js';
import { parseEventTime } from './event-time.js';
import { eventTimeTypeOf, type FeatureGroup, type TimeToLive } from '../groups/describe.js';

const SECONDS: Record<TimeToLive['unit'], number> = {
  Seconds: 1,
  Minutes: 60,
  Hours: 3600,
  Days: 86_400,
  Weeks: 604_800,
};

export const lifeSeconds = ({ value, unit }: TimeToLive): number => value * SECONDS[unit];

/** `1 hour`, `90 days` */
export const lifeWords = ({ value, unit }: TimeToLive): string => counted(value, unit.toLowerCase().replace(/s$/, ''));

/**
 * A record expires at event time + TTL; the service accepts an expired one with a plain 200.
 * @param ttl of the records; by default that of the group
 * @returns undefined where nothing can expire, so that nothing needs to be checked
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-time-to-live.html
 */
export function expiryAt(
  now: Date,
  { group, ttl = group.online?.ttl, targetStores }: { group: FeatureGroup; ttl?: TimeToLive; targetStores?: string[] },
): ((item: { eventTime: string }) => boolean) | undefined {
  if (!group.online || !ttl || (targetStores && !targetStores.includes('OnlineStore'))) return undefined;
  const type = eventTimeTypeOf(group);
  const newestExpired = BigInt(now.getTime()) * 1_000_000n - BigInt(lifeSeconds(ttl)) * 1_000_000_000n;
  return ({ eventTime }) => {
    const instant = parseEventTime(eventTime, type);
    return instant !== undefined && instant <= newestExpired;
  };
}
