/** Rows by when they reached the offline store, as SQL. Pure. */
import type { FeatureGroup } from '../groups/describe.js';
import { tableName } from './columns.js';

/** Rows by when they reached the offline store (`write_time`), in Unix seconds. */
export interface Arrivals {
  /** From then on; all rows where it is undefined. */
  since?: number;
  /** From which on arrivals are to be counted for the time after this one: no later than the newest row there is. */
  mark: number;
}

/** No features can have these names. */
const MARK = '"_mark"';
const LAST = '"_last"';
export const ARRIVAL_COLUMNS = ', "arrived", "recent", "mark", "last"';

/** As a number, whether or not the column has a time zone. */
const WRITE_TIME = 'to_unixtime("write_time")';
/** `1795649883.25` alone would be a decimal. */
const double = (value: number) => value.toExponential();
/** A row of a bring-your-own table that does not say when it came may have come just now. */
export const isSince = (mark: number | string) =>
  `coalesce(${WRITE_TIME} >= ${typeof mark === 'number' ? double(mark) : mark}, true)`;

/** Rows since the beginning of a choice, and since the mark of the next; the mark and the newest arrival, which stand beside each row alike. */
export const arrivalCounts = ({ since }: Arrivals) => ({
  arrived: since === undefined ? 'count(*)' : `count_if(${isSince(since)})`,
  recent: `count_if(${isSince(MARK)})`,
  times: `max(${MARK}) AS ${MARK}, max(${LAST}) AS ${LAST}`,
  timesTold: `max(${MARK}) AS "mark", max(${LAST}) AS "last"`,
});

/** Beside the rows of a table, when the newest came, and the mark: never later than that, so that a clock which is ahead hides nothing. */
export const withMark = (group: FeatureGroup, arrivals: Arrivals | undefined) =>
  arrivals === undefined
    ? ''
    : ` CROSS JOIN (
    SELECT least(${double(arrivals.mark)}, coalesce(max(${WRITE_TIME}), 0e0)) AS ${MARK},
      coalesce(max(${WRITE_TIME}), 0e0) AS ${LAST}
    FROM ${tableName(group)}
  )`;
