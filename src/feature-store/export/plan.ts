/** What an export will read, and what it costs. Pure. */
import { athenaReadingCost, PRICED, readCost } from '../bulk/prices.js';
import { plannedGroup } from '../groups/describe.js';
import { readingWords } from '../offline/offline-store.js';
import { plannedReading, type Found } from '../offline/record-source.js';
import type { Export } from './check.js';

export type ExportPlan = ReturnType<typeof planExport>;

/** Athena bills scanned bytes, which are not known in advance, but at most their plain size. */
export function planExport(job: Export, found: Found, sql?: string) {
  const { group, readFrom, choice } = job;
  const { athenaBytes, averageRecordBytes, toWrite } = found;
  const isPartly = readFrom === 'online' && choice.limit !== undefined && found.live >= choice.limit;
  const usd =
    athenaBytes === undefined ? readCost(toWrite, averageRecordBytes) : athenaReadingCost({ ...found, athenaBytes });
  return {
    source: plannedGroup(group),
    readFrom,
    ...readingWords(readFrom, choice.history),
    where: choice.filter,
    features: choice.features.length,
    ...plannedReading(group.arn, job, found),
    /** Unknown where the count of an online store stopped at the limit. */
    live: isPartly ? undefined : found.live,
    /** Records, versions or deletions to export. */
    records: toWrite,
    limit: choice.limit,
    cost: { usd, ...PRICED },
    sql,
  };
}
