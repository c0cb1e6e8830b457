/** The verdict on one record: is B what A says it should be? Pure. */
import type { Cell, Row } from '../../utils/json.js';
import { cellOf, setCell } from '../../utils/json.js';
import { eventTimeTypeOf, type FeatureGroup } from '../groups/describe.js';
import { cellText, comparable } from '../records/rules.js';
import { compareEventTimes, formatEventTime, parseEventTime, type EventTimeType } from '../records/event-time.js';
import { expiryAt } from '../records/expiry.js';
import type { ComparedFeatures } from './features.js';
import type { Side } from './sides.js';

/** The live record of one identifier on each side, where it has one. */
export interface Found {
  id: string;
  a?: Row;
  b?: Row;
}

/**
 * `missing` from B; `extra` in B; `stale` or `newer` in B, by event time; `different` values at the same event time.
 */
export const DIFFERENCES = ['missing', 'extra', 'stale', 'newer', 'different'] as const;
export type DifferenceKind = (typeof DIFFERENCES)[number];
/** `expired`: its TTL has ended in an online store; `unsettled`: too new to be in an offline store for certain. */
export type Verdict = DifferenceKind | 'same' | 'expired' | 'unsettled';

export interface Difference {
  id: string;
  kind: DifferenceKind;
  /** Differing features by their names in A, event time first; null means absent. */
  values: { feature: string; a: Cell; b: Cell }[];
}

export interface JudgeOptions {
  a: Side;
  b: Side;
  features: ComparedFeatures;
  now: Date;
  settle: number;
}

/** Gives the verdict on a record, with its difference. */
export function openJudge({ a, b, features, now, settle }: JudgeOptions) {
  const readers = features.compared.map((pair) => ({ ...pair, read: comparable(pair.source, pair.target) }));
  const order = eventTimeOrder(a.group, b.group);
  const isUnsettled = unsettled({ a, b, now, settle });
  const expired = { missing: expiredIn(b, a.group, now), extra: expiredIn(a, b.group, now) };

  function valuesOf({ a: left, b: right }: Found, byTime: number): Difference['values'] {
    const time = pairOf(left && cellOf(left, a.group.eventTime), right && cellOf(right, b.group.eventTime));
    const times = byTime === 0 ? [] : [{ feature: a.group.eventTime, ...time }];
    if (!left || !right) return times;
    const differing = readers.flatMap(({ source, target, read }) => {
      const [x, y] = [cellOf(left, source.name), cellOf(right, target.name)];
      return read(x) === read(y) ? [] : [{ feature: source.name, ...pairOf(x, y) }];
    });
    return [...times, ...differing];
  }

  return (found: Found): { verdict: Verdict; difference?: Difference } => {
    const { id, a: left, b: right } = found;
    const byTime = left && right ? order(timeOf(left, a.group), timeOf(right, b.group)) : NaN;
    const values = valuesOf(found, byTime);
    if (values.length === 0) return { verdict: 'same' };
    const kind = !right ? 'missing' : !left ? 'extra' : byTime > 0 ? 'stale' : byTime < 0 ? 'newer' : 'different';
    if (kind === 'missing' && expired.missing(timeOf(left!, a.group))) return { verdict: 'expired' };
    if (kind === 'extra' && expired.extra(timeOf(right!, b.group))) return { verdict: 'expired' };
    if (isUnsettled(found)) return { verdict: 'unsettled' };
    return { verdict: kind, difference: { id, kind, values } };
  };
}

const pairOf = (a: Cell | undefined, b: Cell | undefined) => ({ a: a ?? null, b: b ?? null });
const timeOf = (row: Row, { eventTime }: FeatureGroup): string => cellText(cellOf(row, eventTime) ?? '');

/** Offline stores keep Unix seconds as doubles, so compare both as doubles if either side is offline. */
function eventTimeOrder(a: FeatureGroup, b: FeatureGroup): (x: string, y: string) => number {
  const [from, to] = [eventTimeTypeOf(a), eventTimeTypeOf(b)];
  if (from === 'String' && to === 'String') return (x, y) => compareEventTimes(x, y, 'String');
  return (x, y) => secondsOf(x, from) - secondsOf(y, to) || 0;
}

function secondsOf(text: string, type: EventTimeType): number {
  const instant = type === 'String' ? parseEventTime(text, type) : undefined;
  return Number(instant === undefined ? text : formatEventTime(instant, 'Fractional'));
}

/** Whether the online store of `side` has dropped a record, whose TTL counts from the event time. */
function expiredIn(side: Side, other: FeatureGroup, now: Date): (eventTime: string) => boolean {
  const isExpired = side.store === 'online' ? expiryAt(now, { group: side.group }) : undefined;
  const [from, to] = [eventTimeTypeOf(other), eventTimeTypeOf(side.group)];
  return (text) => {
    const instant = isExpired && parseEventTime(text, from);
    return instant !== undefined && isExpired!({ eventTime: formatEventTime(instant, to) });
  };
}

/** By the newer of the two event times. One in the far future says nothing about when the record was written. */
function unsettled({ a, b, now, settle }: Omit<JudgeOptions, 'features'>): (found: Found) => boolean {
  if (a.store === 'online' && b.store === 'online') return () => false;
  const isRecent = (row: Row | undefined, { group }: Side) =>
    row !== undefined &&
    Math.abs(now.getTime() / 1000 - secondsOf(timeOf(row, group), eventTimeTypeOf(group))) <= settle;
  return (found) => isRecent(found.a, a) || isRecent(found.b, b);
}

/** The record that repairs B: the values of A under the names of B, and what only B has. */
export function mended(found: Found, { a, b, features }: Pick<JudgeOptions, 'a' | 'b' | 'features'>): Row {
  const row: Row = { ...found.b };
  const roles = features.pairs.filter(({ source }) =>
    [a.group.recordIdentifier, a.group.eventTime].includes(source.name),
  );
  for (const { source, target } of found.b ? [...roles, ...features.compared] : features.pairs) {
    const value = cellOf(found.a!, source.name);
    if (value === undefined || value === null) delete row[target.name];
    else setCell(row, target.name, value);
  }
  const [from, to] = [eventTimeTypeOf(a.group), eventTimeTypeOf(b.group)];
  const instant = from === to ? undefined : parseEventTime(timeOf(row, b.group), from);
  if (instant !== undefined) row[b.group.eventTime] = formatEventTime(instant, to);
  return row;
}
