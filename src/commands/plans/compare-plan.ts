/** The plan of a comparison as aligned lines, for people. Pure. */
import type { ComparePlan, PlannedSide } from '../../feature-store/compare/plan.js';
import { count, counted, dollars } from '../../utils/quantities.js';
import { aligned, type PlanRendering } from './aligned.js';
import { accountWords, named } from './plan-words.js';

export function renderComparePlan(plan: ComparePlan, { verbose, width }: PlanRendering = {}): string[] {
  const { a, b, where, sample, onlyInA, onlyInB, cost } = plan;
  return aligned(
    [
      ['compare', `${sideWords(a)} with ${sideWords(b)}, ${accountWords(a.arn, b.arn, ' and ')}`],
      ['only', where && `where ${where}`],
      ['sample', sample !== undefined && `${counted(sample, 'record')} of A; records only in B are not looked for`],
      [
        'features',
        plan.compared > 0
          ? `${count(plan.compared)} compared, beside identifier and event time`
          : 'no values are compared, only identifiers and event times',
      ],
      ['', onlyInA.length > 0 && `only in A: ${onlyInA.join(', ')}`],
      ['', onlyInB.length > 0 && `only in B: ${onlyInB.join(', ')}`],
      ['records', recordWords([a, b])],
      ['cost', costWords(plan)],
      ['A', verbose && named(a)],
      ['B', verbose && a.arn !== b.arn && named(b)],
      ['results', verbose && (a.results ?? b.results)],
      ['prices', verbose && `${cost.pricesRegion}, ${cost.pricesAsOf}`],
    ],
    width,
  );
}

const sideWords = ({ name, store }: PlannedSide) => `${name} (${store})`;

/** An online store cannot be counted without reading it. */
function recordWords(sides: readonly PlannedSide[]): string | undefined {
  const words = sides.flatMap(({ rows, live }, at) =>
    rows === undefined ? [] : [`${count(live!)} live of ${counted(rows, 'row')} in ${'AB'[at]}`],
  );
  return words.length > 0 ? words.join(', ') : undefined;
}

function costWords({ a, b, cost }: ComparePlan): string {
  if (cost.reads === undefined) return 'read units of both online stores, for as many records as they hold';
  const athena = `≈ ${dollars(cost.athena)} for Athena`;
  return a.store === b.store ? athena : `${athena}, ≈ ${dollars(cost.reads)} for read units`;
}
