/** With which event times a hard deletion is tried, one after the other. Pure. */
import { FIRST_INSTANT, formatEventTime, laterEventTime, nowAs, type EventTimeType } from '../../records/event-time.js';

const SECOND = 1_000_000_000n;
const DAY = 86_400n * SECOND;
/** The service may keep fewer digits of a second than it takes. */
const AFTER_RECORD = [0n, 1_000n, 1_000_000n, SECOND];
/** A tombstone does not show its event time. The last step is three centuries: never the end of all times, for nothing could be written after that. */
const AFTER_NOW = [1n, 60n, 3_600n, 86_400n, 30n * 86_400n].map((seconds) => seconds * SECOND);
const YEARS_AFTER_NOW = [1n, 10n, 100n, 300n].map((years) => years * 366n * DAY);

export interface DeletionTimes {
  type: EventTimeType;
  now(): Date;
  /** Whether a record that came meanwhile must survive. */
  isCareful: boolean;
}

/**
 * The service takes no hard deletion that is not later than what it holds; the smaller the step, the fewer writes that come
 * meanwhile go with it.
 * @param own the record's event time; undefined for a tombstone, and where nothing is
 */
export function* deletionTimes(
  own: string | undefined,
  { type, now, isCareful }: DeletionTimes,
): Generator<string, void> {
  if (own !== undefined) {
    // Unix seconds of large steps have small ones in common.
    const times = new Set(AFTER_RECORD.map((step) => laterEventTime(own, type, step)));
    for (const time of times) if (time !== undefined) yield time;
    return;
  }
  const base = nowAs(type, now());
  // Where nothing is, any time will do; where something came meanwhile, this one is refused.
  if (isCareful) yield formatEventTime(FIRST_INSTANT, type);
  yield base;
  for (const step of [...AFTER_NOW, ...YEARS_AFTER_NOW]) yield laterEventTime(base, type, step)!;
}
