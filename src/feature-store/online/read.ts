/** Records by identifier, many at a time and in the order asked for; where BatchGetRecord is not available, one by one. */
import type { FeatureValue } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import pLimit from 'p-limit';
import { whyUnavailable } from '../../utils/patience/failed-calls.js';
import { openPace } from '../../utils/patience/pace.js';
import { getRecords, MAX_IDENTIFIERS_PER_BATCH_GET, type GetOptions } from './batch-get.js';
import { openOnlinePatience, type CallOptions } from './patience.js';
import { refuseOther } from './identity.js';
import type { WriteTarget } from './types.js';
import { anySignal } from '../../utils/any-signal.js';

/** Of GetRecord and BatchGetRecord. https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-quotas.html */
export const DEFAULT_READS_PER_SECOND = 500;
/** Pages that may be waiting for an earlier one, for each worker. */
const PAGES_PER_WORKER = 2;

export interface ReadRecordsOptions extends Omit<CallOptions, 'pace'> {
  /** All of them by default. */
  featureNames?: string[];
  /** Calls in flight. */
  maxWorkers: number;
  /** Identifiers handed to a worker at a time; it asks for them in the largest calls that the API takes. */
  batchSize: number;
  /** Ceiling on calls a second. */
  tps?: number;
  note(line: string): void;
}

/** Identifiers as they were asked for, and the records that there are. */
export interface RecordPage {
  identifiers: string[];
  records: Map<string, FeatureValue[]>;
}

/**
 * Yields a page for each `batchSize` identifiers, in their order; a bounded number of pages is in memory. Once the signal
 * is aborted, the pages under way are yielded and no other.
 * @throws the service's own errors; GaveUp (exit 5) when patience is spent
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
        // A call that was broken off has nothing to tell.
        if (!signal.aborted) throw error;
      });
      // Awaited in its turn: until then a failure must not count as unhandled.
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
    // Whoever stops early (a closed pipe, an error) goes on to close the client that these calls are made with.
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

/** Remembers whether BatchGetRecord is available, and goes on with GetRecord where it is not. */
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

/** @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_feature_store_GetRecord.html */
async function getOneByOne(
  { runtime, group, nameOrArn = group.name }: WriteTarget,
  identifiers: string[],
  { featureNames, patience }: GetOptions,
): Promise<Map<string, FeatureValue[]>> {
  const { GetRecordCommand } = await import('../../sdk/featurestore-runtime.js');
  const records = new Map<string, FeatureValue[]>();
  for (const identifier of identifiers) {
    const command = new GetRecordCommand({
      FeatureGroupName: nameOrArn,
      RecordIdentifierValueAsString: identifier,
      FeatureNames: featureNames,
    });
    const send = async (abortSignal: AbortSignal) => {
      const { Record } = await runtime.send(command, { abortSignal });
      if (Record) refuseOther('GetRecord', { record: Record, identifier, group });
      return Record;
    };
    const record = await patience.attempt('GetRecord', send, ONE);
    if (record) records.set(identifier, record);
  }
  return records;
}

const ONE = { units: () => 1 };
