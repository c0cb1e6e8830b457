/** What a comparison is going to read, and what that costs. */
import type { Context } from '../../context.js';
import type { OutputRow } from '../../files/output-rows.js';
import { athenaReadingCost, PRICED, readCost } from '../bulk/prices.js';
import { plannedGroup } from '../groups/describe.js';
import { checkArchived, type ArchivedOptions } from '../offline/archived.js';
import type { AthenaOptions } from '../offline/athena-run.js';
import { countRecords } from '../offline/offline-store.js';
import { checkOwnCatalog } from '../offline/own-catalog.js';
import { resultsOf } from '../offline/record-source.js';
import type { RowChoice } from '../offline/sql.js';
import type { ComparedFeatures } from './features.js';
import type { Effort } from '../online/types.js';
import type { OpenSide } from './pairs.js';

export interface CompareJob extends Omit<Effort, 'batchSize'> {
  a: OpenSide;
  b: OpenSide;
  features: ComparedFeatures;
  filter?: string;
  /** Records of A to compare; by default all records of both sides. */
  sample?: number;
  settle: number;
  athena: AthenaOptions & ArchivedOptions;
  /** Receives the records that would repair B. */
  mend?(rows: OutputRow[]): Promise<void>;
}

export type ComparePlan = Awaited<ReturnType<typeof planComparison>>;
export type PlannedSide = ComparePlan['a'];

/** @throws as counting does; CommandError where rows are archived */
export async function planComparison(context: Context, job: CompareJob) {
  const { a, b, features, filter, sample } = job;
  for (const { aws, group, store, nameOrArn } of [a, b]) {
    if (store !== 'offline') continue;
    (await checkOwnCatalog(aws, group, { nameOrArn, signal: context.signal })).forEach(context.output.warn);
    (await checkArchived(aws, group, job.athena)).forEach(context.output.warn);
  }
  const counting = { ...job.athena, filter, filterOption: '--where' };
  const sides = [await sideOf(a, counting), await sideOf(b, counting)] as const;
  return {
    a: sides[0].planned,
    b: sides[1].planned,
    where: filter,
    sample,
    /** Features whose values are compared, beside the event time. */
    compared: features.compared.length,
    onlyInA: features.onlyInA,
    onlyInB: features.onlyInB,
    /** USD, by Athena for both sides, and for the records that an online store is asked for. */
    cost: { athena: sides[0].usd + sides[1].usd, reads: readsOf(sides, sample), ...PRICED },
  };
}

type CountedSide = Awaited<ReturnType<typeof sideOf>>;

/** An online store is not counted before it is read. */
async function sideOf({ aws, group, store }: OpenSide, options: AthenaOptions & Pick<RowChoice, 'filter'>) {
  const found = store === 'offline' ? await countRecords(aws, group, options) : undefined;
  const results = found && (await resultsOf(aws, group, options));
  return {
    planned: { ...plannedGroup(group), store, rows: found?.rows, live: found?.toWrite, results },
    averageRecordBytes: found?.averageRecordBytes ?? 0,
    usd: found ? athenaReadingCost(found) : 0,
  };
}

/** An online store is asked for the records that the offline one has; what it alone has, nobody knows before. */
function readsOf(sides: readonly [CountedSide, CountedSide], sample?: number): number | undefined {
  const offline = sides.filter(({ planned }) => planned.store === 'offline');
  if (offline.length === 2) return 0;
  const [counted] = offline;
  if (!counted) return undefined;
  return readCost(Math.min(counted.planned.live ?? 0, sample ?? Infinity), counted.averageRecordBytes);
}
