/** Tells which records on their way are older than what the target's online store already holds. */
import pLimit from 'p-limit';
import { isAccessDenied, isTransient } from '../errors.js';
import { MAX_IDENTIFIERS_PER_BATCH_GET, getRecords, type GetOptions } from './batch-get.js';
import { compareEventTimes } from './event-time.js';
import { eventTimeTypeOf } from './feature-group.js';
import type { WriteItem, WriteTarget } from './online-store.js';

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
  const limit = pLimit(options.maxWorkers);
  let asking = true;
  for await (const items of batches) {
    try {
      if (asking) await Promise.all(chunks(items).map((chunk) => limit(() => markChunk(target, chunk, options))));
    } catch (error) {
      if (options.signal.aborted) return;
      if (!isAccessDenied(error)) throw error;
      asking = false;
      options.note(
        'BatchGetRecord is not allowed: records that the target holds newer are written and not told apart.',
      );
    }
    yield items;
  }
}

async function markChunk(target: WriteTarget, items: MaybeStale[], options: StaleOptions): Promise<void> {
  const { group } = target;
  const type = eventTimeTypeOf(group);
  const identifiers = items.map(({ identifier }) => identifier);
  const records = await getRecords(target, identifiers, { ...options, featureNames: [group.eventTime] });
  for (const item of items) {
    const held = records
      .get(item.identifier)
      ?.find(({ FeatureName }) => FeatureName === group.eventTime)?.ValueAsString;
    item.stale = held !== undefined && compareEventTimes(held, item.eventTime, type) > 0;
  }
}

/** Only a shortcut: where ListRecords cannot be had, each record is asked for. */
async function isEmpty({ runtime, group }: WriteTarget, abortSignal: AbortSignal): Promise<boolean> {
  const { ListRecordsCommand } = await import('../sdk/featurestore-runtime.js');
  try {
    const page = await runtime.send(new ListRecordsCommand({ FeatureGroupName: group.name }), { abortSignal });
    return page.NextToken === undefined && (page.RecordIdentifiers ?? []).length === 0;
  } catch (error) {
    if (isAccessDenied(error) || isTransient(error) || /UnknownOperation/.test((error as Error).name)) return false;
    throw error;
  }
}

function chunks<T>(items: T[]): T[][] {
  const size = MAX_IDENTIFIERS_PER_BATCH_GET;
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
}
