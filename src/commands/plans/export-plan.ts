/** The plan of an export as aligned lines, for people. Pure. */
import type { ExportPlan } from '../../feature-store/export/plan.js';
import { count, counted } from '../../utils/quantities.js';
import { aligned } from './aligned.js';
import { named, periodOf, usd } from './words.js';

/** @param target where the records go, in words */
export function renderExportPlan(plan: ExportPlan, target: string, { withSql = false } = {}): string[] {
  const { source, cost, sql } = plan;
  const optional = (value: number | undefined) => (value === undefined ? undefined : count(value));
  const leftOut = (rows: number | undefined) => (rows ? `${counted(rows, 'row')}, left out` : undefined);
  const lines = aligned([
    ['group', `${named(source)}, account ${plan.account}, ${plan.region}`],
    ['to', target],
    ['reads', plan.reads],
    ['staleness', plan.staleness],
    ['results', plan.results],
    ['where', plan.where],
    ['as of', plan.asOf],
    ['period', periodOf(plan)],
    ['limit', plan.limit === undefined ? undefined : counted(plan.limit, 'record')],
    ['features', count(plan.features)],
    ['rows', optional(plan.rows)],
    ['live', optional(plan.live)],
    ['deleted', optional(plan.deleted)],
    ['without id', leftOut(plan.rowsWithoutId)],
    ['without time', leftOut(plan.rowsWithoutTime)],
    ['to export', `${counted(plan.records, 'record')} of ${count(plan.averageRecordBytes)} bytes on average`],
    ['costs', `${costWords(plan)}; prices of ${cost.pricesRegion}, ${cost.pricesAsOf}`],
  ]);
  return withSql && sql ? [...lines, '', ...sql.split('\n')] : lines;
}

/** One query has been paid by then, for its bytes; of the other nobody knows before. */
const costWords = ({ cost, results }: ExportPlan) =>
  results === undefined
    ? `about ${usd(cost.usd)} for read units`
    : `at most about ${usd(cost.usd)} for Athena: bytes scanned are known only afterwards`;
