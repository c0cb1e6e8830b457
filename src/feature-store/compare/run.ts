/** Compares two sides record by record: counts, the first differences, and the records that would repair B. */
import type { Context } from '../../context.js';
import { openPace } from '../../utils/patience/pace.js';
import { openProgress } from '../../utils/terminal/progress.js';
import type { OutputRow } from '../../files/output-rows.js';
import { DEFAULT_READS_PER_SECOND } from '../online/read.js';
import { DIFFERENCES, mended, openJudge, type Difference, type DifferenceKind, type Verdict } from './judge.js';
import { pairsOf } from './pairs.js';
import type { CompareJob, ComparePlan } from './plan.js';

/** Differences listed; the rest are only counted. */
export const MAX_LISTED = 20;

export type Counts = Record<Verdict, number>;

export type Comparison = Awaited<ReturnType<typeof compareSides>>;

/**
 * Differences that a put repairs: an extra record needs a deletion, and a newer one is never overwritten by an older.
 */
export const MENDABLE: DifferenceKind[] = ['missing', 'stale', 'different'];

/** @throws errors of reading; the reason of an interruption */
export async function compareSides(context: Context, job: CompareJob, plan: ComparePlan) {
  const { a, b, features, sample } = job;
  const judge = openJudge({ ...job, now: context.serviceNow() });
  const counts: Counts = { same: 0, expired: 0, unsettled: 0, missing: 0, extra: 0, stale: 0, newer: 0, different: 0 };
  const differences: Difference[] = [];
  const pace = openPace(job.tps ?? DEFAULT_READS_PER_SECOND);
  const same = (records: number) => void (counts.same += records);
  const pairs = pairsOf({ a, b }, features, { ...job, ...job.athena, pace, live: plan.a.live, same });
  const progress = openProgress(context, {
    total: sample ?? plan.a.live,
    failedWord: 'not the same',
    waitingFor: 'asking for the records …',
  });
  try {
    for await (const batch of pairs) {
      const wrong: OutputRow[] = [];
      for (const found of batch) {
        const { verdict, difference } = judge(found);
        counts[verdict] += 1;
        if (difference && differences.length < MAX_LISTED) differences.push(difference);
        if (job.mend && difference && MENDABLE.includes(difference.kind)) wrong.push(mended(found, job));
      }
      if (wrong.length > 0) await job.mend!(wrong);
      progress.tally.ok = counts.same + counts.expired + counts.unsettled;
      progress.tally.failed = differing(counts);
    }
    context.signal.throwIfAborted();
  } finally {
    progress.end();
  }
  return {
    a: { group: a.group.name, store: a.store, live: plan.a.live },
    b: { group: b.group.name, store: b.store, live: plan.b.live },
    sample,
    counts,
    /** Differences of all kinds. */
    differing: differing(counts),
    onlyInA: features.onlyInA,
    onlyInB: features.onlyInB,
    // The first of these; sorted, since the order of a query result varies.
    differences: differences.sort((one, other) => byIdentifier.compare(one.id, other.id)),
    seconds: progress.end().seconds,
  };
}

const byIdentifier = new Intl.Collator('en', { numeric: true });

const differing = (counts: Counts): number => DIFFERENCES.reduce((sum, kind) => sum + counts[kind], 0);
