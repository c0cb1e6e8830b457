/** Compares records, value by value, with the online store of a group. */
import type { FeatureValue } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { inChunks, inOrder } from '../../utils/in-order.js';
import { MAX_IDENTIFIERS_PER_BATCH_GET, getRecords } from './batch-get.js';
import { openOnlinePatience, untilLeft, type CallOptions } from './patience.js';
import { compareEventTimes } from '../records/event-time.js';
import { eventTimeTypeOf, type FeatureDefinition, type FeatureGroup } from '../groups/describe.js';
import type { WriteItem, WriteTarget } from './types.js';
import type { Failure } from '../records/rows.js';
import { featureValues } from '../records/record-json.js';
import { fromRecord } from '../records/record-rows.js';

/** The verdict on a record; `newer` and `expired` are fine. */
export type Verified = { kind: 'same' | 'newer' | 'expired' } | { kind: 'different'; difference: Failure };

export interface VerifyOptions extends CallOptions {
  /** Calls in flight. */
  maxWorkers: number;
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
  yield* untilLeft(options.signal, (signal) => {
    const patience = openOnlinePatience({ ...options, signal });
    return inOrder(chunks, options.maxWorkers, async (items) => {
      const identifiers = [...new Set(items.map(({ identifier }) => identifier))];
      const held = await getRecords(target, identifiers, { patience });
      return items.map((item) => verdictOn(item, held.get(item.identifier)));
    });
  });
}

/** Judges an item by the record of its identifier. */
export function comparer(group: FeatureGroup): (item: WriteItem, held: FeatureValue[]) => Verified {
  const timeType = eventTimeTypeOf(group);
  const readers = new Map(group.features.map((feature) => [feature.name, comparableValue(feature)]));
  return (item, held) => {
    const [expected, found] = [valuesOf(featureValues(item.json)), valuesOf(held)];
    const heldTime = found.get(group.eventTime)?.ValueAsString ?? '';
    if (compareEventTimes(heldTime, item.eventTime, timeType) > 0) return { kind: 'newer' };
    const features = [...new Set([...expected.keys(), ...found.keys()])].filter((name) => {
      const read = readers.get(name);
      return !read || read(expected.get(name)) !== read(found.get(name));
    });
    if (features.length === 0) return { kind: 'same' };
    const told = features.map((name) => `${name} is ${words(found.get(name))}, not ${words(expected.get(name))}`);
    return difference(item, 'Different', `${told.join('; ')}.`);
  };
}

function difference(item: WriteItem, code: 'Missing' | 'Different', message: string): Verified {
  const { line, identifier: id, json } = item;
  const record = fromRecord(featureValues(json));
  return { kind: 'different', difference: { line, id, code, message, attempts: 0, record } };
}

const valuesOf = (record: FeatureValue[]) => new Map(record.map((value) => [value.FeatureName ?? '', value]));

/** Maps equal values to equal text: numbers have several spellings, and a Set has no order. */
function comparableValue({ type, collection }: FeatureDefinition): (value: FeatureValue | undefined) => string {
  const one = {
    String: (text: string) => text,
    Integral: (text: string) => (/^[+-]?\d+$/.test(text) ? BigInt(text.replace('+', '')).toString() : text),
    Fractional: (text: string) => (Number.isNaN(Number(text)) ? text : String(Number(text))),
  }[type];
  return (value) => {
    if (value === undefined) return 'null';
    const { ValueAsString: text, ValueAsStringList: list = [] } = value;
    if (text !== undefined) return `=${one(text)}`;
    const elements = list.map(one);
    return JSON.stringify(collection === 'Set' ? [...new Set(elements)].sort() : elements);
  };
}

const MAX_CHARACTERS_TOLD = 60;

function words(value: FeatureValue | undefined): string {
  if (value === undefined) return 'unset';
  const text = JSON.stringify(value.ValueAsString ?? value.ValueAsStringList);
  return text.length > MAX_CHARACTERS_TOLD ? `${text.slice(0, MAX_CHARACTERS_TOLD)}…` : text;
}
