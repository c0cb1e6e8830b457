/** One worker's batch: calls of the largest size, and again for what the service did not take, until patience is spent. */
import { CommandError, EXIT } from '../../errors.js';
import { openBackOff, type BackOff } from '../../utils/back-off.js';
import type { Worker } from '../../utils/worker-pool.js';
import type { WriteItem, WriteOptions, WriteOutcome } from './types.js';
import type { WriteCalls } from './write-calls.js';
import { patienceMs, type Verdict } from './write-verdicts.js';

type BatchOptions = Pick<WriteOptions, 'retryForSeconds' | 'onRetry'> & { calls: WriteCalls };

/*
 * Where each retry lives. Not in the SDK: its token bucket empties under sustained throttling, and three attempts in a row
 * are three calls that the pace has not let go; bulk work sends each call once (config.ts, bulkRuntime). Not in fast-calls/
 * either, but for a clock that AWS has just set right. This loop is the one that sends again: calls that were throttled,
 * met a 5xx or lost their connection, and what the service handed back inside a 200 answer (UnprocessedEntries, and Errors
 * that waiting may cure).
 */
export async function writeBatch<T extends WriteItem>(
  batch: T[],
  { emit, signal }: Worker<WriteOutcome<T>[]>,
  options: BatchOptions,
): Promise<void> {
  const { calls } = options;
  const backOff = openBackOff();
  const tries: Tries<T> = new Map();
  let rest = batch;
  while (rest.length > 0 && !signal.aborted) {
    const { call, later } = nextCall(rest, calls.maxEntries());
    const verdicts = await calls.send(call, signal);
    const { outcomes, again, wait, failure } = settle({ call, verdicts, tries });
    if (wait && isSpent(backOff, verdicts, options)) {
      emit([...outcomes, ...again.map((item) => gaveUp(item, verdicts[call.indexOf(item)]!, tries))]);
      if (failure) throw spent(failure, options.retryForSeconds);
      rest = later;
      continue;
    }
    if (outcomes.length > 0) {
      emit(outcomes);
      backOff.reset();
    }
    rest = again.length > 0 ? [...again, ...later] : later;
    if (wait) {
      options.onRetry?.(again.length);
      // Where the service took the others, it also takes the next call: waiting would only idle this worker.
      if (outcomes.length === 0 || later.length === 0) await backOff.wait(signal);
    }
  }
}

/**
 * The next entries to send, no identifier twice: the order of two entries in one call is not documented. What is sent
 * again comes first, so the order of each identifier holds. A deletion has a call of its own.
 */
function nextCall<T extends WriteItem>(rest: T[], maxEntries: number): { call: T[]; later: T[] } {
  const call: T[] = [];
  const skipped: T[] = [];
  const identifiers = new Set<string>();
  let position = 0;
  for (; position < rest.length && call.length < maxEntries; position += 1) {
    const item = rest[position]!;
    if (item.deletion && call.length > 0) break;
    if (identifiers.has(item.identifier)) skipped.push(item);
    else {
      identifiers.add(item.identifier);
      call.push(item);
      if (item.deletion) {
        position += 1;
        break;
      }
    }
  }
  const later = rest.slice(position);
  return { call, later: skipped.length > 0 ? [...skipped, ...later] : later };
}

/** How often the items that are sent again have been sent so far. */
type Tries<T> = Map<T, number>;

interface Judged<T> {
  call: T[];
  verdicts: Verdict[];
  tries: Tries<T>;
}

function settle<T extends WriteItem>({ call, verdicts, tries }: Judged<T>) {
  const outcomes: WriteOutcome<T>[] = [];
  const again: T[] = [];
  let wait = false;
  let failure: Error | undefined;
  for (let index = 0; index < call.length; index += 1) {
    const item = call[index]!;
    const verdict = verdicts[index]!;
    const attempts = (tries.get(item) ?? 0) + 1;
    if (verdict.kind === 'written') outcomes.push({ item, attempts, ok: true });
    else if (verdict.kind === 'refused')
      outcomes.push({ item, attempts, ok: false, code: verdict.code, message: verdict.message });
    else again.push(item);
    if (verdict.kind === 'retry') {
      tries.set(item, attempts);
      wait = true;
      failure ??= verdict.failure;
    }
  }
  return { outcomes, again, wait, failure };
}

function isSpent(backOff: BackOff, verdicts: Verdict[], { retryForSeconds }: BatchOptions): boolean {
  const isBrief = verdicts.some((verdict) => verdict.kind === 'retry' && verdict.brief);
  return backOff.waited() >= patienceMs(isBrief, retryForSeconds);
}

function gaveUp<T extends WriteItem>(item: T, verdict: Verdict, tries: Tries<T>): WriteOutcome<T> {
  const attempts = tries.get(item) ?? 0;
  const { code, message } =
    verdict.kind === 'retry' ? verdict : { code: 'Unprocessed', message: 'The service did not take the record.' };
  return { item, attempts, ok: false, code, message };
}

/** A missing group or endpoint stays the error that it is; anything else means that the service is not available. */
function spent(failure: Error, seconds: number): Error {
  if (failure instanceof CommandError) return failure;
  const message = `Gave up after ${seconds} s in which the service took no more records (${failure.name}: ${failure.message}); trying again later may help.`;
  return new CommandError(message, EXIT.UNAVAILABLE, { cause: failure });
}
