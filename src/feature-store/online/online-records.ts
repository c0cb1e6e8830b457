/** Reads a whole online store: ListRecords for the identifiers, BatchGetRecord for the records. */
import { MAX_IDENTIFIERS_PER_BATCH_GET, getRecords } from './batch-get.js';
import { listIdentifiers } from './list.js';
import { openOnlinePatience, patiently, type CallOptions } from './patience.js';
import type { Effort, WriteTarget } from './types.js';
import { recordBytes, writeUnits } from '../records/size.js';
import type { SourceRow } from '../records/rows.js';
import { fromRecord } from '../records/record-rows.js';

export interface OnlineReadOptions extends CallOptions, Pick<Effort, 'maxWorkers'> {
  /** By default all features. */
  featureNames?: string[];
}

/**
 * Yields the records of these identifiers as rows, in pages of up to 100, numbered by identifier from 1. Records
 * deleted between listing and reading are skipped.
 */
export async function* readOnlineRows(
  source: WriteTarget,
  pages: AsyncIterable<string[]>,
  options: OnlineReadOptions,
): AsyncGenerator<SourceRow[]> {
  const { featureNames } = options;
  let line = 0;
  yield* patiently(pages, options, async (page, patience) => {
    const first = line + 1;
    line += page.length;
    const records = await getRecords(source, page, { patience, featureNames });
    const rows: SourceRow[] = [];
    page.forEach((identifier, at) => {
      const record = records.get(identifier);
      if (record) rows.push({ line: first + at, row: fromRecord(record) });
    });
    return rows;
  });
}

/**
 * Counts the identifiers, with a ListRecords call per hundred, up to `limit`, and measures the records of the first page;
 * the averages of an empty store are 0.
 */
export async function countOnlineRecords(source: WriteTarget, options: OnlineReadOptions & { limit?: number }) {
  let live = 0;
  let sample: string[] = [];
  for await (const identifiers of listIdentifiers(source, options)) {
    live += identifiers.length;
    if (sample.length === 0) sample = identifiers.slice(0, MAX_IDENTIFIERS_PER_BATCH_GET);
    if (live >= (options.limit ?? Infinity)) break;
  }
  const records = await getRecords(source, sample, {
    patience: openOnlinePatience(options),
    featureNames: options.featureNames,
  });
  const sizes = [...records.values()].map(recordBytes);
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  return { live, averageRecordBytes: mean(sizes), averageWriteUnits: mean(sizes.map(writeUnits)) };
}
