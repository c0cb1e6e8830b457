/** Sends the batch of one worker in calls of the largest size, and retries what the service did not accept. */
import { GaveUp, Unfinished, type Patience } from '../../../utils/patience/patience.js';
import type { Worker } from '../../../utils/worker-pool.js';
import type { WriteItem, WriteOutcome } from '../types.js';
import type { WriteCalls } from './write-calls.js';
import { UNPROCESSED, type Verdict } from './write-verdicts.js';

interface BatchOptions<T> {
  calls: WriteCalls;
  patience: Patience;
  onRetry?(records: number): void;
  /** What is equal is not sent in one call. */
  keyOf(item: T): string;
}

/**
 * Sends a whole batch, and emits the outcomes of each call. Retried are the records of a failed call, and those handed
 * back in an answer (UnprocessedEntries, and transient Errors).
 * @throws what concerns the whole run, after emitting failures for the records whose retries ran out of time
 */
export async function writeBatch<T extends WriteItem>(
  batch: T[],
  { emit, signal }: Worker<WriteOutcome<T>[]>,
  { calls, patience, onRetry, keyOf }: BatchOptions<T>,
): Promise<void> {
  const tries: Tries<T> = new Map();
  let rest = batch;
  let again: T[] = [];

  async function sendNext(): Promise<void> {
    const { call, later } = nextCall(rest, calls.maxEntries(), keyOf);
    const settled = settle({ call, verdicts: await calls.send(call, patience), tries });
    const { outcomes, wait, failure } = settled;
    again = settled.again;
    if (outcomes.length > 0) emit(outcomes);
    rest = again.length > 0 ? [...again, ...later] : later;
    if (failure) throw failure;
    if (!wait) return;
    // If the service accepted the others, it will accept the next call: waiting would only idle this worker.
    if (outcomes.length > 0 && later.length > 0) return onRetry?.(again.length);
    throw new Unfinished('the service did not take all records', { progressed: outcomes.length > 0 });
  }

  while (rest.length > 0 && !signal.aborted) {
    try {
      const what = calls.maxEntries() > 1 ? 'BatchWriteRecord' : 'PutRecord';
      await patience.persist(what, sendNext, { units: () => again.length });
    } catch (error) {
      if (signal.aborted && error === signal.reason) return;
      if (!(error instanceof GaveUp)) throw error;
      emit(again.map((item) => gaveUp(item, tries)));
      if (!(error.cause instanceof Unfinished)) throw error;
      rest = rest.slice(again.length);
    }
  }
}

/**
 * The next entries to send. No identifier twice, since the order within a call is undocumented; retries come first,
 * which keeps the order per identifier. A deletion is a call of its own.
 */
function nextCall<T extends WriteItem>(
  rest: T[],
  maxEntries: number,
  keyOf: (item: T) => string,
): { call: T[]; later: T[] } {
  const call: T[] = [];
  const skipped: T[] = [];
  const identifiers = new Set<string>();
  let position = 0;
  for (; position < rest.length && call.length < maxEntries; position += 1) {
    const item = rest[position]!;
    if (item.deletion && call.length > 0) break;
    const key = keyOf(item);
    if (identifiers.has(key)) skipped.push(item);
    else {
      identifiers.add(key);
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

/** Attempts so far of the items being retried, and the last error. */
type Tries<T> = Map<T, { attempts: number; code: string; message: string }>;

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
    const attempts = (tries.get(item)?.attempts ?? 0) + 1;
    if (verdict.kind === 'written') outcomes.push({ item, attempts, ok: true });
    else if (verdict.kind === 'refused')
      outcomes.push({ item, attempts, ok: false, code: verdict.code, message: verdict.message });
    else again.push(item);
    if (verdict.kind === 'retry') {
      tries.set(item, { attempts, code: verdict.code, message: verdict.message });
      wait = true;
      failure ??= verdict.failure;
    }
  }
  return { outcomes, again, wait, failure };
}

function gaveUp<T extends WriteItem>(item: T, tries: Tries<T>): WriteOutcome<T> {
  const { attempts, code, message } = tries.get(item) ?? { attempts: 0, ...UNPROCESSED };
  return { item, ok: false, attempts, code, message };
}
