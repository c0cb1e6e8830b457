/** SQL that selects rows by the time they reached the offline store. Pure. */
import type { FeatureGroup } from '../groups/describe.js';
import { tableName } from './columns.js';

/** Selects rows by the time they reached the offline store (`write_time`), in Unix seconds. */
export interface Arrivals {
  /** Rows from then on; all rows if undefined. */
  since?: number;
  /** Candidate for the next `since`; lowered to the newest arrival if that is earlier. */
  mark: number;
}

/** No feature can have these names. */
const MARK = '"_mark"';
const LAST = '"_last"';
export const ARRIVAL_COLUMNS = ', "arrived", "recent", "mark", "last"';

/** A number, whether or not the column has a time zone. */
const WRITE_TIME = 'to_unixtime("write_time")';
/** Athena takes `1795649883.25` for a decimal; an exponent makes it a double. */
const double = (value: number) => value.toExponential();
/** Without a `write_time`, as bring-your-own tables allow, a row may have arrived just now. */
export const isSince = (mark: number | string) =>
  `coalesce(${WRITE_TIME} >= ${typeof mark === 'number' ? double(mark) : mark}, true)`;

/** Counts rows since `since` and since the next mark; mark and newest arrival are the same on every row. */
export const arrivalCounts = ({ since }: Arrivals) => ({
  arrived: since === undefined ? 'count(*)' : `count_if(${isSince(since)})`,
  recent: `count_if(${isSince(MARK)})`,
  times: `max(${MARK}) AS ${MARK}, max(${LAST}) AS ${LAST}`,
  timesTold: `max(${MARK}) AS "mark", max(${LAST}) AS "last"`,
});

/** Adds the newest arrival and the mark, which is never later, so that a fast clock hides nothing, to every row. */
export const withMark = (group: FeatureGroup, arrivals: Arrivals | undefined) =>
  arrivals === undefined
    ? ''
    : ` CROSS JOIN (
    SELECT least(${double(arrivals.mark)}, coalesce(max(${WRITE_TIME}), 0e0)) AS ${MARK},
      coalesce(max(${WRITE_TIME}), 0e0) AS ${LAST}
    FROM ${tableName(group)}
  )`;
