/** What a comparison is going to read, and what that costs. */
import type { Context } from '../../context.js';
import type { OutputRow } from '../../files/output-rows.js';
import { athenaReadingCost, PRICED, readCost } from '../bulk/prices.js';
import { plannedGroup, type PlannedGroup } from '../groups/describe.js';
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

export interface PlannedSide extends PlannedGroup {
  store: OpenSide['store'];
  /** Of an offline store alone, for an online one is not counted before it is read. */
  rows?: number;
  live?: number;
  /** Where Athena's results go, and what becomes of them. */
  results?: string;
}

export interface ComparePlan {
  a: PlannedSide;
  b: PlannedSide;
  where?: string;
  /** Records of A to look at; all of both sides where it is left out. */
  sample?: number;
  /** Features whose values are compared, beside the event time. */
  compared: number;
  onlyInA: string[];
  onlyInB: string[];
  cost: {
    /** USD for the queries on both sides. */
    athena: number;
    /** USD for the records that an online store is asked for; undefined where nobody knows yet how many. */
    reads?: number;
  } & typeof PRICED;
}

/** @throws as counting does; CommandError where rows are archived */
export async function planComparison(context: Context, job: CompareJob): Promise<ComparePlan> {
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
    compared: features.compared.length,
    onlyInA: features.onlyInA,
    onlyInB: features.onlyInB,
    cost: {
      athena: sides[0].usd + sides[1].usd,
      reads: readsOf(sides, sample),
      ...PRICED,
    },
  };
}

interface CountedSide {
  planned: PlannedSide;
  averageRecordBytes: number;
  /** For Athena. */
  usd: number;
}

async function sideOf(
  { aws, group, store }: OpenSide,
  options: AthenaOptions & Pick<RowChoice, 'filter'>,
): Promise<CountedSide> {
  const planned = { ...plannedGroup(group), store };
  if (store === 'online') return { planned, averageRecordBytes: 0, usd: 0 };
  const found = await countRecords(aws, group, options);
  const { rows, toWrite: live, averageRecordBytes } = found;
  return {
    planned: { ...planned, rows, live, results: await resultsOf(aws, group, options) },
    averageRecordBytes,
    usd: athenaReadingCost(found),
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
