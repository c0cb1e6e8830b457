/** What an export will read, and what it costs. Pure. */
import { athenaReadingCost, PRICED, readCost } from '../bulk/prices.js';
import { plannedGroup, type PlannedGroup } from '../groups/describe.js';
import { readingWords } from '../offline/offline-store.js';
import { plannedReading, type Found, type PlannedReading } from '../offline/record-source.js';
import type { Export } from './check.js';

export interface ExportPlan extends PlannedReading {
  source: PlannedGroup;
  readFrom: 'online' | 'offline';
  read: string;
  where?: string;
  features: number;
  /** Unknown where the count of an online store stopped at the limit. */
  live?: number;
  /** Records, versions or deletions to export. */
  records: number;
  limit?: number;
  cost: { usd: number } & typeof PRICED;
}

/** Athena bills scanned bytes, which are not known in advance, but at most their plain size. */
export function planExport(job: Export, found: Found, sql?: string): ExportPlan {
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
    features: choice.features!.length,
    ...plannedReading(group.arn, job, found),
    ...{ live: isPartly ? undefined : found.live, records: toWrite, limit: choice.limit },
    cost: { usd, ...PRICED },
    sql,
  };
}
