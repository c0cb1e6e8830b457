/** The event times to try for a hard deletion, in order. Pure. */
import {
  FIRST_INSTANT,
  formatEventTime,
  laterEventTime,
  NANOS_PER_SECOND,
  nowAs,
  type EventTimeType,
} from '../../records/event-time.js';

const DAY = 86_400n * NANOS_PER_SECOND;
/** The service may store fewer fractional digits than it accepts. */
const AFTER_RECORD = [0n, 1_000n, 1_000_000n, NANOS_PER_SECOND];
/**
 * Steps after now, for a tombstone of unknown event time. Never the last possible event time: nothing could be written
 * after that.
 */
const AFTER_NOW = [1n, 60n, 3_600n, 86_400n, 30n * 86_400n].map((seconds) => seconds * NANOS_PER_SECOND);
const YEARS_AFTER_NOW = [1n, 10n, 100n, 300n].map((years) => years * 366n * DAY);

export interface DeletionTimes {
  type: EventTimeType;
  now(): Date;
  /** Whether a record written meanwhile must survive. */
  isCareful: boolean;
}

/**
 * A hard deletion must be later than what the service holds. The smaller the step, the fewer concurrent writes it
 * deletes.
 * @param own the event time of the record; undefined for a tombstone, and where there is nothing
 */
export function* deletionTimes(
  own: string | undefined,
  { type, now, isCareful }: DeletionTimes,
): Generator<string, void> {
  if (own !== undefined) {
    // Different steps may round to the same Unix seconds.
    const times = new Set(AFTER_RECORD.map((step) => laterEventTime(own, type, step)));
    for (const time of times) if (time !== undefined) yield time;
    return;
  }
  const base = nowAs(type, now());
  // If there is nothing, any time works; if something was written meanwhile, this one is rejected.
  if (isCareful) yield formatEventTime(FIRST_INSTANT, type);
  yield base;
  for (const step of [...AFTER_NOW, ...YEARS_AFTER_NOW]) yield laterEventTime(base, type, step)!;
}
