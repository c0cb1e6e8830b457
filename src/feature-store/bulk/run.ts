/** Common to all bulk runs: tally, progress, failures, summary, and the way they end. */
import type { Context } from '../../context.js';
import type { CommandError } from '../../errors.js';
import { describeError } from '../../describe-error.js';
import { EXIT, UsageError } from '../../errors.js';
import type { FailedSoFar } from './resume/checkpoint.js';
import { failedRecords, openFailures, type Failures } from './failures.js';
import type { Row } from '../../utils/json.js';
import { summaryLine } from '../../utils/terminal/progress-line.js';
import { openProgress } from '../../utils/terminal/progress.js';
import { count, counted, countedWith } from '../../utils/quantities.js';
import { writeUnitsOf } from '../records/size.js';
import type { WriteItem, WriteOutcome } from '../online/types.js';
import type { Summary, Tally } from '../../utils/tally.js';
import type { Failure } from '../records/rows.js';
import { isKeptAtOnce } from './errors-file.js';
import { anySignal } from '../../utils/any-signal.js';

export interface BulkOptions {
  /** `bulk-put`, for the summary. */
  command: string;
  /** The file that line numbers refer to. */
  input?: string;
  /** Expected records, where known. */
  total?: number;
  /** Records completed by the earlier run that this one resumes. */
  settledBefore?: number;
  /** What is waited for before the first record. */
  waitingFor?: string;
  /** File for failed records; undefined for none. */
  errorsFile?: string;
  /** Whether an earlier, resumed run started that file. */
  appendErrors?: boolean;
  /** Stop after this many failed records. */
  maxErrors?: number;
  /** The verb for records; `written` by default. */
  verb?: string;
  /** Where the records are now, for the summary. */
  to?: string;
  /** Used instead of `to`: a file that exists only once the run is complete. */
  file?: string;
  /** The command that retries failed records. */
  retry?(errorsFile: string): string;
  /** Detects records that are expired when written; see expiry.ts. */
  expired?: (item: WriteItem) => boolean;
}

export type BulkRun = ReturnType<typeof openRun>;

/** An item, with what its line in the errors file needs. */
export interface SourcedItem extends WriteItem {
  file?: string;
  row?: Row;
}

export interface BulkSummary extends Summary {
  command: string;
  errorsFile?: string;
  /** Records written but dropped at once by the online store. */
  expired?: number;
  /** Why the run ended early. */
  stopped?: string;
}

/**
 * Runs `work` with progress, and prints the summary line on stderr. `ended` gets the summary before anything is thrown.
 * @throws PartialFailure (exit 4) where records failed; errors of `work`; the reason of the interruption
 */
export async function runInBulk(
  context: Context,
  options: BulkOptions & { ended?(summary: BulkSummary): void | Promise<void> },
  work: (run: BulkRun) => Promise<void>,
): Promise<BulkSummary> {
  const failures = openFailures(options.errorsFile, context, { append: options.appendErrors, input: options.input });
  const progress = openProgress(context, options);
  const run = openRun(context, { ...options, tally: progress.tally, failures });
  let stopped: Error | undefined;
  try {
    await work(run);
  } catch (error) {
    stopped = error instanceof Error ? error : new Error(String(error));
    // Ends whatever is still reading or waiting.
    run.stop();
  }
  if (context.signal.aborted) stopped = context.signal.reason as Error;
  const figures = progress.end();
  const errorsFile = await failures.close().catch((error: unknown) => {
    stopped ??= describeError(error);
    return undefined;
  });
  const { command } = options;
  const summary: BulkSummary = { command, ...figures, errorsFile, expired: run.expired(), stopped: stopped?.message };
  const isUnbegun =
    stopped && describeError(stopped).exitCode === EXIT.USAGE && summary.ok + summary.failed + summary.skipped === 0;
  const isWithoutFile = options.file !== undefined && run.signal.aborted;
  const words = isWithoutFile ? { verb: 'read' } : { ...options, to: options.file ?? options.to };
  if (!isUnbegun) context.output.note(summaryLine(summary, words));
  if (summary.expired) {
    context.output.warn(
      `${count(summary.expired)} of them are past their time to live: the online store drops them at once.`,
    );
  }
  await options.ended?.(summary);
  if (stopped) throw stopped;
  if (summary.failed > 0) throw partialFailure(summary, options, { ...context, failures });
  return summary;
}

/** For a run that had nothing to send. @throws UsageError with this message if rows have failed */
export function refuseAllBad({ tally, signal }: BulkRun, message: string): void {
  if (tally.failed > 0 && !signal.aborted) throw new UsageError(message);
}

function openRun(context: Context, options: BulkOptions & { tally: Tally; failures: Failures }) {
  const { tally, failures, expired, maxErrors = Infinity } = options;
  const keepsFailures = isKeptAtOnce(options.errorsFile);
  const enough = new AbortController();
  let expiredRecords = 0;
  const signal = anySignal(context.signal, enough.signal);
  const fail = (failure: Failure) => {
    tally.failed += 1;
    failures.add(failure);
    if (tally.failed >= maxErrors) enough.abort();
  };
  return {
    /** Aborted by Ctrl-C, too many failures, or an error of the run: stop reading, and finish calls in flight. */
    signal,
    tally,
    fail,
    stop: () => enough.abort(),
    /** Whether failed records count as done, because they are in a file on disk. */
    keepsFailures,
    /** State of the errors file. */
    failures: (): FailedSoFar => ({ errorsFile: failures.file(), failed: keepsFailures ? tally.failed : 0 }),
    /** Counts outcomes of writeRecords, and stores failures. */
    settle(outcomes: WriteOutcome<SourcedItem>[]): void {
      let units = 0;
      for (const outcome of outcomes) {
        if (!outcome.ok) fail(failureOf(outcome));
        else {
          tally.ok += 1;
          units += writeUnitsOf(outcome.item);
          if (expired?.(outcome.item)) expiredRecords += 1;
        }
      }
      tally.writeUnits = (tally.writeUnits ?? 0) + units;
    },
    /** Number of settled records that had expired; undefined where none can. */
    expired: () => (expired ? expiredRecords : undefined),
    /** For writeRecords. */
    watching: {
      signal,
      note: (line: string) => context.output.note(line),
      onRetry: (records: number) => void (tally.retried += records),
    },
  };
}

function failureOf(outcome: WriteOutcome<SourcedItem> & { ok: false }): Failure {
  const { item, code, message, attempts } = outcome;
  return { file: item.file, line: item.line, id: item.identifier, code, message, attempts, record: item.row };
}

function partialFailure(
  { failed, errorsFile }: BulkSummary,
  { maxErrors = Infinity, retry }: BulkOptions,
  { cwd, failures }: Context & { failures: Failures },
): CommandError {
  const files = failures.files();
  const unread = files > 0 && countedWith(files, 'file', ['was not read', 'were not read']);
  // An errors file that names files alone has nothing that could be sent again.
  if (unread && files === failed) return failedRecords(unread, { failed, errorsFile, cwd });
  const what = `${counted(failed - files, 'record')} failed${unread ? `, and ${unread}` : ''}`;
  const told = failed >= maxErrors ? `Stopped: ${what} (--max-errors ${maxErrors})` : what;
  return failedRecords(told, { failed: failed - files, errorsFile, retry, cwd, unsent: failures.unsent() - files });
}
