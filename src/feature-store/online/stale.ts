/** Tells which records on their way are older than what the target's online store already holds. */
import { isAccessDenied, isTransient } from '../../errors.js';
import { inChunks, inOrder } from '../../utils/in-order.js';
import { MAX_IDENTIFIERS_PER_BATCH_GET, getRecords, type GetOptions } from './batch-get.js';
import { compareEventTimes } from '../records/event-time.js';
import { eventTimeTypeOf } from '../groups/describe.js';
import type { WriteItem, WriteTarget } from './types.js';

/** A record that the service will take as history: the online store keeps the newer one. */
export interface MaybeStale extends WriteItem {
  stale?: boolean;
}

export interface StaleOptions extends Omit<GetOptions, 'featureNames'> {
  /** Calls in flight. */
  maxWorkers: number;
  note: (line: string) => void;
}

/**
 * Marks the stale ones among the items. The service answers such a write with a plain 200, so they have to be asked for;
 * an online store without any record is not asked again.
 */
export async function* markStale(
  target: WriteTarget,
  batches: AsyncIterable<MaybeStale[]>,
  options: StaleOptions,
): AsyncGenerator<MaybeStale[]> {
  if (!target.group.online || (await isEmpty(target, options.signal))) {
    yield* batches;
    return;
  }
  let asking = true;
  const marked = async (items: MaybeStale[]) => {
    const current = items.filter(({ targetStores }) => targetStores === undefined);
    if (!asking || current.length === 0) return items;
    try {
      await markChunk(target, current, options);
    } catch (error) {
      if (options.signal.aborted) return [];
      if (!isAccessDenied(error)) throw error;
      if (asking)
        options.note(
          'BatchGetRecord is not allowed: records that the target holds newer are written and not told apart.',
        );
      asking = false;
    }
    return items;
  };
  yield* inOrder(inChunks(batches, MAX_IDENTIFIERS_PER_BATCH_GET), options.maxWorkers, marked);
}

async function markChunk(target: WriteTarget, items: MaybeStale[], options: StaleOptions): Promise<void> {
  const { group } = target;
  const type = eventTimeTypeOf(group);
  const identifiers = [...new Set(items.map(({ identifier }) => identifier))];
  const records = await getRecords(target, identifiers, { ...options, featureNames: [group.eventTime] });
  for (const item of items) {
    const held = records
      .get(item.identifier)
      ?.find(({ FeatureName }) => FeatureName === group.eventTime)?.ValueAsString;
    item.stale = held !== undefined && compareEventTimes(held, item.eventTime, type) > 0;
  }
}

/** Only a shortcut: where ListRecords cannot be had, each record is asked for. */
async function isEmpty(
  { runtime, group, nameOrArn = group.name }: WriteTarget,
  abortSignal: AbortSignal,
): Promise<boolean> {
  const { ListRecordsCommand } = await import('../../sdk/featurestore-runtime.js');
  try {
    const page = await runtime.send(new ListRecordsCommand({ FeatureGroupName: nameOrArn }), { abortSignal });
    return page.NextToken === undefined && (page.RecordIdentifiers ?? []).length === 0;
  } catch (error) {
    if (isAccessDenied(error) || isTransient(error) || /UnknownOperation/.test((error as Error).name)) return false;
    throw error;
  }
}
