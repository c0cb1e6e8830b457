/** Detects items that are older than what the online store of the target holds. */
import type { FeatureValue } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { whyUnavailable } from '../../utils/patience/failed-calls.js';
import { inChunks } from '../../utils/in-order.js';
import type { Patience } from '../../utils/patience/patience.js';
import { MAX_IDENTIFIERS_PER_BATCH_GET, getRecords } from './batch-get.js';
import type { Tally } from '../../utils/tally.js';
import { comparer } from './compare.js';
import { eventTimeIn } from '../records/record-rows.js';
import { compareEventTimes } from '../records/event-time.js';
import { eventTimeTypeOf } from '../groups/describe.js';
import { listIdentifiers } from './list.js';
import { patiently, type CallOptions } from './patience.js';
import type { Effort, WriteItem, WriteTarget } from './types.js';

/** An item that the service may store as history only, because the online store holds a newer record. */
export interface MaybeStale extends WriteItem {
  stale?: boolean;
  /** The online store holds an identical record. */
  unchanged?: boolean;
}

export interface StaleOptions extends CallOptions, Pick<Effort, 'maxWorkers'> {
  note: (line: string) => void;
  /** Also detect unchanged records, which requires reading whole records. */
  tellsUnchanged?: boolean;
}

/**
 * Marks stale items. The service answers their writes with a plain 200, so the online store must be read; an empty
 * store is not asked again.
 */
export async function* markStale(
  target: WriteTarget,
  batches: AsyncIterable<MaybeStale[]>,
  options: StaleOptions,
): AsyncGenerator<MaybeStale[]> {
  if (!target.group.online || (await isEmpty(target, options))) {
    yield* batches;
    return;
  }
  const chunks = inChunks(batches, MAX_IDENTIFIERS_PER_BATCH_GET);
  yield* patiently(chunks, options, openMarks(target, options));
}

/** Drops items that are there already, counts them, and passes them to `settle`. */
export async function* withoutUnchanged(
  batches: AsyncIterable<MaybeStale[]>,
  tally: Tally,
  settle: (held: MaybeStale[]) => void,
): AsyncGenerator<MaybeStale[]> {
  for await (const items of batches) {
    const held = items.filter(({ unchanged }) => unchanged);
    tally.skipped += held.length;
    tally.unchanged = (tally.unchanged ?? 0) + held.length;
    settle(held);
    yield held.length > 0 ? items.filter(({ unchanged }) => !unchanged) : items;
  }
}

/** Reads records until that turns out to be denied or unavailable. */
function openMarks(target: WriteTarget, options: StaleOptions) {
  const compare = options.tellsUnchanged ? comparer(target.group) : undefined;
  const isUnchanged = compare && ((item: WriteItem, held: FeatureValue[]) => compare(item, held).kind === 'same');
  let asking = true;
  return async (items: MaybeStale[], patience: Patience): Promise<MaybeStale[]> => {
    const current = items.filter(({ targetStores }) => targetStores === undefined);
    if (!asking || current.length === 0) return items;
    try {
      await markChunk(target, current, { patience, isUnchanged });
    } catch (error) {
      if (options.signal.aborted) return [];
      const because = whyUnavailable(error, 'sagemaker:BatchGetRecord');
      if (!because) throw error;
      if (asking)
        options.note(
          `BatchGetRecord ${because}: records that are newer in the target cannot be recognized. They are sent all the same, and the service keeps them as history.`,
        );
      asking = false;
    }
    return items;
  };
}

interface Marks {
  patience: Patience;
  isUnchanged?(item: WriteItem, held: FeatureValue[]): boolean;
}

async function markChunk(target: WriteTarget, items: MaybeStale[], { patience, isUnchanged }: Marks): Promise<void> {
  const { group } = target;
  const type = eventTimeTypeOf(group);
  const identifiers = [...new Set(items.map(({ identifier }) => identifier))];
  const featureNames = isUnchanged ? undefined : [group.eventTime];
  const records = await getRecords(target, identifiers, { patience, featureNames });
  for (const item of items) {
    const held = records.get(item.identifier);
    const time = held && eventTimeIn(held, group);
    const order = time === undefined ? -1 : compareEventTimes(time, item.eventTime, type);
    // A deletion that is not later than the record has no effect.
    item.stale = order > 0 || (order === 0 && item.deletion === true);
    item.unchanged = order === 0 && !item.deletion && isUnchanged?.(item, held!) === true;
  }
}

/** Only an optimization: where ListRecords is not available, each record is read. */
async function isEmpty(target: WriteTarget, options: StaleOptions): Promise<boolean> {
  try {
    return (await listIdentifiers(target, options).next()).done === true;
  } catch (error) {
    if (whyUnavailable(error, 'sagemaker:ListRecords')) return false;
    throw error;
  }
}
