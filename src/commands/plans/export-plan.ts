/** The plan of an export as aligned lines, for people. Pure. */
import type { ExportPlan } from '../../feature-store/export/plan.js';
import { count, counted, dollars } from '../../utils/quantities.js';
import { aligned, alignedPlan, type Labelled, type PlanRendering } from './aligned.js';
import { lackingWords, named, periodOf } from './plan-words.js';

/** The whole plan, as --dry-run prints it. @param target where the records go, in words */
export function renderExportPlan(plan: ExportPlan, target: string, { verbose, width }: PlanRendering = {}): string[] {
  return alignedPlan(
    [
      ['export', `${plan.source.name} (${plan.readFrom}) → ${target}`],
      ['', `account ${plan.account}, ${plan.region}`],
      ['read', plan.read],
      ['', plan.staleness],
      ...chosen(plan),
      ['features', count(plan.features)],
      ...recordLines(plan),
      ['cost', costWords(plan)],
      ...(verbose ? details(plan) : []),
    ],
    plan.sql,
    { verbose, width },
  );
}

/** A short form for the start of a run; the dry run prints the whole plan. */
export function renderExportStart(plan: ExportPlan, target: string, { width }: PlanRendering = {}): string[] {
  const { name } = plan.source;
  const what = `${name} (${plan.readFrom}) → ${target}, account ${plan.account}, ${plan.region}`;
  return aligned([['export', what], ...chosen(plan), ...recordLines(plan), ['cost', costWords(plan)]], width);
}

function chosen(plan: ExportPlan): Labelled[] {
  return [
    ['only', plan.where && `where ${plan.where}`],
    ['as of', plan.asOf],
    ['period', periodOf(plan)],
    ['limit', plan.limit !== undefined && counted(plan.limit, 'record')],
  ];
}

function recordLines(plan: ExportPlan): Labelled[] {
  const { records, rows, deleted } = plan;
  const of = rows === undefined ? '' : ` of ${counted(rows, 'row')}`;
  const lacking = lackingWords(plan);
  return [
    ['records', `${count(records)} to export${of}${deleted ? ` (${count(deleted)} deleted)` : ''}`],
    ['', lacking && `rows left out: ${lacking}`],
  ];
}

/** The price of the counting query is known by then; that of the reading one is not. */
const costWords = ({ cost, results }: ExportPlan) =>
  results === undefined ? `≈ ${dollars(cost.usd)} for read units` : `at most ≈ ${dollars(cost.usd)} for Athena`;

function details(plan: ExportPlan): Labelled[] {
  return [
    ['group', named(plan.source)],
    ['results', plan.results],
    ['live', plan.live !== undefined && counted(plan.live, 'record')],
    ['size', `${counted(plan.averageRecordBytes, 'byte')} a record on average`],
    ['prices', `${plan.cost.pricesRegion}, ${plan.cost.pricesAsOf}`],
  ];
}
