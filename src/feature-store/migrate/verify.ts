/** Verifies a migration: is every record, or a sample, in the target as it should be? */
import type { Context } from '../../context.js';
import { openFailures } from '../bulk/failures.js';
import { openPace } from '../../utils/patience/pace.js';
import { openProgress } from '../../utils/terminal/progress.js';
import { count, duration } from '../../utils/quantities.js';
import { expiryAt } from '../records/expiry.js';
import type { Migration } from './check.js';
import { migratedItems } from './rows.js';
import type { OpenSource } from '../offline/record-source.js';
import type { Effort, WriteTarget } from '../online/types.js';
import { DEFAULT_READS_PER_SECOND } from '../online/read.js';
import { verifyRecords } from '../online/compare.js';
import type { SourceRow } from '../records/rows.js';
import { freeFile } from '../bulk/errors-file.js';

export interface VerifyJob {
  migration: Migration;
  plan: { toWrite: number; live: number; markers?: number };
  target: WriteTarget;
  opened: Pick<OpenSource, 'rows'>;
  options: VerifyOptions;
}

export interface VerifyOptions extends Pick<Effort, 'maxWorkers' | 'retryFor'> {
  /** Differences go to `<stem>.differences.jsonl`. */
  stem: string;
  /** All records, or a sample of this size. */
  verify?: true | number;
}

export type Verification = Awaited<ReturnType<typeof verifyMigration>>;

/**
 * Compares the live records of the source with the online store of the target, and reports on stderr.
 * @throws errors of reading; the reason of an interruption
 */
export async function verifyMigration(context: Context, job: VerifyJob) {
  const { migration, options, target, opened, plan } = job;
  const { output, signal } = context;
  // Online stores have no older versions or deletions, so only live records can be compared.
  const live = migration.choice.history ? plan.live : plan.toWrite - (plan.markers ?? 0);
  const expected = options.verify === true ? live : Math.min(options.verify ?? 0, live);
  const file = freeFile(`${options.stem}.differences`);
  const found = openFailures(file, context, { examples: 10, failed: 'differed' });
  const counts = { same: 0, newer: 0, expired: 0, different: 0 };
  const progress = openProgress(context, { total: expected, failedWord: 'not the same' });
  const rows = sampled(opened.rows(), { size: expected, of: live });
  // Invalid rows have failed already.
  const verdicts = verifyRecords(
    target,
    migratedItems(migration, rows, () => {}),
    {
      ...options,
      signal,
      pace: openPace(DEFAULT_READS_PER_SECOND),
      expired: expiryAt(context.serviceNow(), { group: target.group }),
    },
  );
  try {
    for await (const some of verdicts) {
      for (const verdict of some) {
        counts[verdict.kind] += 1;
        if (verdict.kind === 'different') found.add(verdict.difference);
      }
      progress.tally.ok = counts.same + counts.newer + counts.expired;
      progress.tally.failed = counts.different;
    }
    signal.throwIfAborted();
  } finally {
    progress.end();
  }
  const { seconds } = progress.end();
  const { same, newer, expired, different } = counts;
  const others = [newer && `${count(newer)} newer in ${target.group.name}`, expired && `${count(expired)} expired`];
  const parts = [`${count(same)} the same`, ...others, `${count(different)} different`].filter(Boolean);
  output.note(`Verified: ${parts.join(', ')} in ${duration(seconds)}.`);
  return { verified: same + newer + expired + different, different, differencesFile: await found.close() };
}

/** A sample of this size, evenly spread over the live rows. */
async function* sampled(
  batches: AsyncIterable<SourceRow[]>,
  { size, of }: { size: number; of: number },
): AsyncGenerator<SourceRow[]> {
  let number = 0;
  const isChosen = () => {
    number += 1;
    return size === of || Math.floor((number * size) / of) > Math.floor(((number - 1) * size) / of);
  };
  for await (const rows of batches) yield rows.filter(({ past }) => past === undefined && isChosen());
}
