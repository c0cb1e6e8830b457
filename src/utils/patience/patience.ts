/**
 * The one retry loop: a call is sent again while what failed may pass, and no longer than `--retry-for`.
 *
 * Open one for each target or run, with the signal that ends it; every call of a bulk job goes through `attempt`:
 *
 *     const patience = openPatience({ retryForSeconds, signal, pace });
 *     const page = await patience.attempt('ListRecords', (abortSignal) => runtime.send(command, { abortSignal }));
 *
 * It owns the turn that a call waits for (pace), the slowing down after throttling, the back-off, and the error in the end:
 * GaveUp (exit 5). Throttling, a 5xx, a lost connection and an answer that is not the service's (ForeignAnswer) pass; a
 * refused connection or an unknown host passes once the service has answered, and is tried for some seconds before: more
 * often than not the endpoint is wrong. All else is thrown as it came: the caller
 * asks `whyUnavailable` (failed-calls.ts) where it knows another way. A call whose answer is only part of what was asked for
 * keeps that part, asks for less the next time, and throws Unfinished until nothing is left.
 *
 * Not in the SDK: its token bucket empties under sustained throttling, and three attempts in a row are three calls that the
 * pace has not let go. Where its clients retry nevertheless (control plane, Athena, S3), this comes on top.
 */
import { describeError } from '../../describe-error.js';
import { CommandError, EXIT } from '../../errors.js';
import { openBackOff } from './back-off.js';
import { isPassing, isThrottled } from './failed-calls.js';
import type { Pace } from './pace.js';

export interface PatienceOptions {
  /** `--retry-for`: how long in a row a call may fail, in seconds. */
  retryForSeconds: number;
  /** Aborted: nothing is sent any more, and whoever waits gets its reason. */
  signal: AbortSignal;
  /** Asked for a turn before each call, and told how it went. */
  pace?: Pace;
  /** Tells errors that may pass within seconds, and are true for good otherwise. */
  isBrief?(error: Error): boolean;
  /** So many records (`units` of the attempt) are about to be asked for, or sent, again. */
  onRetry?(units: number): void;
}

export type Send<T> = (signal: AbortSignal) => Promise<T>;

export interface AttemptOptions {
  /** How many records a further try is about, for `onRetry`, which is not told otherwise. */
  units?(): number;
}

export interface Patience {
  /**
   * Sends a call until it succeeds.
   * @param what its name, for the error: `ListRecords`
   * @throws GaveUp when patience is spent; the signal's reason; the call's own error where waiting does not help
   */
  attempt<T>(what: string, send: Send<T>, options?: AttemptOptions): Promise<T>;
  /** As `attempt`, for work that sends its calls itself, each by `once`. */
  persist<T>(what: string, work: () => Promise<T>, options?: AttemptOptions): Promise<T>;
  /** One call in its turn, sent once. `slow` tells an answer that asks for fewer calls. */
  once<T>(send: Send<T>, slow?: (answer: T) => boolean): Promise<T>;
}

/** A group that was just created is unknown to some of the service's machines for a moment. */
const BRIEF_PATIENCE_MS = 10_000;
/** A service that is being restarted is back by then; whoever mistyped an endpoint should not wait longer. */
const UNREACHED_PATIENCE_MS = 3_000;

/** Part of what was asked for is there, and the rest is worth another call. */
export class Unfinished extends Error {
  /** Whether the call brought anything: patience then starts anew. */
  readonly progressed: boolean;
  /** Whether it was throttling that held the rest back. */
  readonly throttled: boolean;

  constructor(message: string, { progressed = false, throttled = false } = {}) {
    super(message);
    this.name = 'Unfinished';
    this.progressed = progressed;
    this.throttled = throttled;
  }
}

/** Patience is spent; the cause is what the last call met. */
export class GaveUp extends CommandError {
  constructor(what: string, seconds: number, cause: Error) {
    const told = /^(Unfinished|ForeignAnswer)$/.test(cause.name) ? '' : `${cause.name}: `;
    const words = `${told}${cause.message}`.trim().replace(/\s*\n\s*/g, ' ');
    super(
      `Gave up after ${seconds} s in which ${what} did not succeed (${words}); trying again later may help.`,
      EXIT.UNAVAILABLE,
      { cause },
    );
    this.name = 'GaveUp';
  }
}

export function openPatience(options: PatienceOptions): Patience {
  const { retryForSeconds, signal, pace, isBrief } = options;
  let reached = false;

  async function once<T>(send: Send<T>, slow?: (answer: T) => boolean): Promise<T> {
    const turn = pace?.turn(signal);
    if (turn) await turn;
    signal.throwIfAborted();
    try {
      const answer = await send(signal);
      reached = true;
      if (slow?.(answer)) pace?.throttled();
      else pace?.accepted();
      return answer;
    } catch (error) {
      if (isThrottled(error as Error)) pace?.throttled();
      else if (error instanceof Unfinished) pace?.accepted();
      throw error;
    }
  }

  /** How long an error is waited out, and what it becomes then; undefined where waiting does not help. */
  function patienceWith(error: Error): { forMs: number; spent(what: string): Error } | undefined {
    if (isBrief?.(error)) return { forMs: BRIEF_PATIENCE_MS, spent: () => describeError(error) };
    if (error instanceof Unfinished || isPassing(error, reached))
      return { forMs: Infinity, spent: (what) => new GaveUp(what, retryForSeconds, error) };
    return isPassing(error, true) ? { forMs: UNREACHED_PATIENCE_MS, spent: () => error } : undefined;
  }

  async function persist<T>(what: string, work: () => Promise<T>, { units }: AttemptOptions = {}): Promise<T> {
    const backOff = openBackOff();
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        if (error.name === 'AbortError') signal.throwIfAborted();
        if (error instanceof Unfinished && error.progressed) backOff.reset();
        const kept = patienceWith(error);
        if (!kept) throw error;
        signal.throwIfAborted();
        if (backOff.waited() >= Math.min(kept.forMs, retryForSeconds * 1000)) throw kept.spent(what);
        if (units) options.onRetry?.(units());
        await backOff.wait(signal);
        signal.throwIfAborted();
      }
    }
  }

  return { once, persist, attempt: (what, send, more) => persist(what, () => once(send), more) };
}
