/** Compares records, value by value, with the online store of a group. */
import type { FeatureValue } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { inChunks } from '../../utils/in-order.js';
import { MAX_IDENTIFIERS_PER_BATCH_GET, getRecords } from './batch-get.js';
import { patiently, type CallOptions } from './patience.js';
import { compareEventTimes } from '../records/event-time.js';
import { eventTimeTypeOf, type FeatureGroup } from '../groups/describe.js';
import type { Effort, WriteItem, WriteTarget } from './types.js';
import { cellOf, type Cell } from '../../utils/json.js';
import { cellText, comparable } from '../records/rules.js';
import { clip } from '../../utils/quantities.js';
import type { Failure } from '../records/rows.js';
import { featureValues } from '../records/record-json.js';
import { fromRecord } from '../records/record-rows.js';

/** The verdict on a record; `newer` and `expired` are fine. */
export type Verified = { kind: 'same' | 'newer' | 'expired' } | { kind: 'different'; difference: Failure };

export interface VerifyOptions extends CallOptions, Pick<Effort, 'maxWorkers'> {
  /** Detects records whose TTL has ended, which no online store keeps. */
  expired?: (item: WriteItem) => boolean;
}

/**
 * Yields verdicts in item order, one call at a time. A difference has the form of a failed record, with the expected
 * values, so that `bulk-put` can repair it.
 */
export async function* verifyRecords(
  target: WriteTarget,
  batches: AsyncIterable<WriteItem[]>,
  options: VerifyOptions,
): AsyncGenerator<Verified[]> {
  const compare = comparer(target.group);
  const verdictOn = (item: WriteItem, record: FeatureValue[] | undefined): Verified => {
    if (record) return compare(item, record);
    if (options.expired?.(item)) return { kind: 'expired' };
    return difference(item, 'Missing', `${target.group.name} does not hold the record.`);
  };
  const chunks = inChunks(batches, MAX_IDENTIFIERS_PER_BATCH_GET);
  yield* patiently(chunks, options, async (items, patience) => {
    const identifiers = [...new Set(items.map(({ identifier }) => identifier))];
    const held = await getRecords(target, identifiers, { patience });
    return items.map((item) => verdictOn(item, held.get(item.identifier)));
  });
}

/** Judges an item by the record of its identifier. */
export function comparer(group: FeatureGroup): (item: WriteItem, held: FeatureValue[]) => Verified {
  const timeType = eventTimeTypeOf(group);
  const readers = new Map(group.features.map((feature) => [feature.name, comparable(feature)]));
  return (item, held) => {
    const [expected, found] = [fromRecord(featureValues(item.json)), fromRecord(held)];
    const heldTime = cellText(cellOf(found, group.eventTime) ?? '');
    if (compareEventTimes(heldTime, item.eventTime, timeType) > 0) return { kind: 'newer' };
    const told = Object.keys({ ...expected, ...found }).flatMap((name) => {
      const read = readers.get(name);
      const [own, theirs] = [cellOf(expected, name), cellOf(found, name)];
      return read && read(own) === read(theirs) ? [] : [`${name} is ${words(theirs)}, not ${words(own)}`];
    });
    return told.length === 0 ? { kind: 'same' } : difference(item, 'Different', `${told.join('; ')}.`);
  };
}

function difference(item: WriteItem, code: 'Missing' | 'Different', message: string): Verified {
  const { line, identifier: id, json } = item;
  const record = fromRecord(featureValues(json));
  return { kind: 'different', difference: { line, id, code, message, attempts: 0, record } };
}

const words = (value: Cell | undefined) => (value === undefined ? 'unset' : clip(JSON.stringify(value)));
