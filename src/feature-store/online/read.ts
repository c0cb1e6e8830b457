/** Reads many records by identifier, in the order requested; with GetRecord where BatchGetRecord is not available. */
import type { FeatureValue } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import pLimit from 'p-limit';
import { whyUnavailable } from '../../utils/patience/failed-calls.js';
import { openPace } from '../../utils/patience/pace.js';
import { getRecords, MAX_IDENTIFIERS_PER_BATCH_GET, type GetOptions } from './batch-get.js';
import { openOnlinePatience, type CallOptions } from './patience.js';
import { openSingleCalls } from './single-calls.js';
import type { Effort, WriteTarget } from './types.js';
import { anySignal } from '../../utils/any-signal.js';

/** Of GetRecord and BatchGetRecord. https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-quotas.html */
export const DEFAULT_READS_PER_SECOND = 500;
/** Pages per worker that may wait for an earlier one. */
const PAGES_PER_WORKER = 2;

export interface ReadRecordsOptions extends Omit<CallOptions, 'pace'>, Effort {
  /** By default all. */
  featureNames?: string[];
  note(line: string): void;
}

/** The requested identifiers, and the records that exist. */
export interface RecordPage {
  identifiers: string[];
  records: Map<string, FeatureValue[]>;
}

/**
 * Yields a page per `batchSize` identifiers, in order, with bounded memory. Once the signal is aborted, pages in
 * progress are yielded, and no more.
 * @throws errors of the service; GaveUp (exit 5) when retries run out of time
 */
export async function* readRecords(
  target: WriteTarget,
  identifiers: AsyncIterable<string[]> | Iterable<string[]>,
  options: ReadRecordsOptions,
): AsyncGenerator<RecordPage> {
  const { maxWorkers, batchSize } = options;
  const stopping = new AbortController();
  const signal = anySignal(options.signal, stopping.signal);
  const read = openReads(target, { ...options, signal });
  const limit = pLimit(maxWorkers);
  const underway: Promise<RecordPage | void>[] = [];
  try {
    for await (const page of inPages(identifiers, batchSize)) {
      if (signal.aborted) break;
      const records = limit(() => (signal.aborted ? undefined : read(page))).catch((error) => {
        // An aborted call has nothing to report.
        if (!signal.aborted) throw error;
      });
      // Awaited in its turn; until then a rejection must not count as unhandled.
      records.catch(() => {});
      underway.push(records);
      if (underway.length < maxWorkers * PAGES_PER_WORKER) continue;
      const first = await underway.shift();
      if (first) yield first;
    }
    for (const page of underway) {
      const records = await page;
      if (records) yield records;
    }
  } finally {
    // A consumer that stops early (closed pipe, error) goes on to close the client of these calls.
    stopping.abort();
    await Promise.allSettled(underway);
  }
}

async function* inPages(batches: AsyncIterable<string[]> | Iterable<string[]>, size: number): AsyncGenerator<string[]> {
  let page: string[] = [];
  for await (const batch of batches) {
    for (const identifier of batch) {
      if (page.push(identifier) < size) continue;
      yield page;
      page = [];
    }
  }
  if (page.length > 0) yield page;
}

type ReadPage = (identifiers: string[]) => Promise<RecordPage>;

/** Remembers whether BatchGetRecord is available, and falls back to GetRecord. */
function openReads(target: WriteTarget, options: ReadRecordsOptions): ReadPage {
  const { featureNames } = options;
  const patience = openOnlinePatience({ ...options, pace: openPace(options.tps ?? DEFAULT_READS_PER_SECOND) });
  let batches = true;

  async function call(identifiers: string[]): Promise<Map<string, FeatureValue[]>> {
    if (!batches) return getOneByOne(target, identifiers, { featureNames, patience });
    try {
      return await getRecords(target, identifiers, { featureNames, patience });
    } catch (error) {
      const because = whyUnavailable(error, 'sagemaker:BatchGetRecord');
      if (!because) throw error;
      if (batches) options.note(`BatchGetRecord ${because}: using GetRecord instead, one record per call.`);
      batches = false;
      return getOneByOne(target, identifiers, { featureNames, patience });
    }
  }

  return async (identifiers) => {
    const different = [...new Set(identifiers)];
    let records: RecordPage['records'] | undefined;
    for (let at = 0; at < different.length; at += MAX_IDENTIFIERS_PER_BATCH_GET) {
      const some = await call(different.slice(at, at + MAX_IDENTIFIERS_PER_BATCH_GET));
      if (!records) records = some;
      else for (const [identifier, record] of some) records.set(identifier, record);
    }
    return { identifiers, records: records! };
  };
}

async function getOneByOne(
  target: WriteTarget,
  identifiers: string[],
  { featureNames, patience }: GetOptions,
): Promise<Map<string, FeatureValue[]>> {
  const { get } = await openSingleCalls(target);
  const records = new Map<string, FeatureValue[]>();
  for (const identifier of identifiers) {
    const send = (abortSignal: AbortSignal) => get(identifier, { featureNames, abortSignal });
    const record = await patience.attempt('GetRecord', send, { units: () => 1 });
    if (record) records.set(identifier, record);
  }
  return records;
}
