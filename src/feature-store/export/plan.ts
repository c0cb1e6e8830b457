/** What an export will read, and what it costs. Pure. */
import { athenaReadingCost, PRICES, readCost } from '../bulk/prices.js';
import { plannedGroup, type PlannedGroup } from '../groups/planned-group.js';
import { readingWords } from '../offline/offline-store.js';
import type { Found } from '../offline/record-source.js';
import { formatEventTime } from '../records/event-time.js';
import type { Export } from './check.js';

export interface ExportPlan {
  source: PlannedGroup;
  account: string;
  region: string;
  readFrom: 'online' | 'offline';
  read: string;
  /** How stale the source may be. */
  staleness: string;
  /** Where the results of Athena go, and whether they are removed. */
  results?: string;
  where?: string;
  /** Event times, ISO-8601. */
  asOf?: string;
  since?: string;
  until?: string;
  features: number;
  /** Rows of history. */
  rows?: number;
  /** Unknown where the count of an online store stopped at the limit. */
  live?: number;
  deleted?: number;
  rowsWithoutId?: number;
  rowsWithoutTime?: number;
  /** Records, versions or deletions to export. */
  records: number;
  limit?: number;
  averageRecordBytes: number;
  cost: { usd: number; pricesAsOf: string; pricesRegion: string };
  /** What may be missing. */
  warnings?: string[];
  sql?: string;
}

/** Athena bills scanned bytes, which are not known in advance, but at most their plain size. */
export function planExport(job: Export, found: Found, sql?: string): ExportPlan {
  const { group, readFrom, choice } = job;
  const [, , , region = '', account = ''] = group.arn.split(':');
  const { athenaBytes, averageRecordBytes, toWrite } = found;
  const isPartly = readFrom === 'online' && choice.limit !== undefined && found.live >= choice.limit;
  const usd =
    athenaBytes === undefined ? readCost(toWrite, averageRecordBytes) : athenaReadingCost({ ...found, athenaBytes });
  return {
    source: plannedGroup(group),
    ...{ account, region },
    readFrom,
    ...readingWords(readFrom, choice.history),
    results: found.results,
    where: choice.filter,
    ...{ asOf: iso(choice.asOf), since: iso(choice.since), until: iso(choice.until) },
    features: choice.features!.length,
    ...{ rows: found.rows, live: isPartly ? undefined : found.live, deleted: found.deleted },
    ...{ rowsWithoutId: found.rowsWithoutId, rowsWithoutTime: found.rowsWithoutTime },
    records: toWrite,
    limit: choice.limit,
    averageRecordBytes: Math.round(averageRecordBytes),
    cost: { usd, pricesAsOf: PRICES.asOf, pricesRegion: PRICES.region },
    warnings: found.warnings,
    sql,
  };
}

const iso = (instant: bigint | undefined) => (instant === undefined ? undefined : formatEventTime(instant, 'String'));
