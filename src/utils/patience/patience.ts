/**
 * The one retry loop: a call is retried while its failure may be transient, for at most `--retry-for`.
 *
 * Open one per target or run, with the signal that ends it; every call of a bulk job goes through `attempt`:
 *
 *     const patience = openPatience({ retryFor, signal, pace });
 *     const page = await patience.attempt('ListRecords', (abortSignal) => runtime.send(command, { abortSignal }));
 *
 * It owns the pacing of calls, the slow-down after throttling, the back-off, and the final error: GaveUp (exit 5).
 * Retried are throttling, a 5xx, a lost connection and an answer that is not the service's (ForeignAnswer). A refused
 * connection or an unknown host is retried in full once the service has answered; before that only for a few seconds,
 * since most likely the endpoint is wrong; so is a login page. A page that redirects or refuses is retried for these few
 * seconds at any time. Anything else is thrown as it is; callers with an alternative ask `whyUnavailable`
 * (failed-calls.ts). A call that got a partial answer keeps that part, asks for less next time, and throws Unfinished
 * until nothing is left.
 *
 * The SDK's own retries do not do: its token bucket runs dry under sustained throttling, and its three attempts bypass
 * the pace. Where its clients retry nevertheless (control plane, Athena, S3), this comes on top.
 */
import { strangeAnswer } from '../../connection-errors.js';
import { describeError } from '../../describe-error.js';
import { CommandError, EXIT, ForeignAnswer } from '../../errors.js';
import { openBackOff } from './back-off.js';
import { isPassing, isThrottled } from './failed-calls.js';
import type { Pace } from './pace.js';

export interface PatienceOptions {
  /** `--retry-for`: how long a call may keep failing, in seconds. */
  retryFor: number;
  /** Once aborted, nothing more is sent, and waiting callers get its reason. */
  signal: AbortSignal;
  /** Asked for a turn before each call, and told the outcome. */
  pace?: Pace;
  /** Errors that may clear within seconds, and are permanent otherwise. */
  isBrief?(error: Error): boolean;
  /** That many records (`units` of the attempt) are about to be sent or requested again. */
  onRetry?(units: number): void;
}

type Send<T> = (signal: AbortSignal) => Promise<T>;

interface AttemptOptions {
  /** How many records a retry concerns; `onRetry` is called only where this is given. */
  units?(): number;
}

export type Patience = ReturnType<typeof openPatience>;

/** A new group is unknown to parts of the service for a moment. */
const BRIEF_PATIENCE_MS = 10_000;
/** A restarting service is back by then; a mistyped endpoint should not cost more time. */
const UNREACHED_PATIENCE_MS = 3_000;

/** Part of the work is done, and the rest is worth another call. */
export class Unfinished extends Error {
  /** Whether the call got anything done: the back-off then starts over. */
  readonly progressed: boolean;
  /** Whether throttling held the rest back. */
  readonly throttled: boolean;

  constructor(message: string, { progressed = false, throttled = false } = {}) {
    super(message);
    this.name = 'Unfinished';
    this.progressed = progressed;
    this.throttled = throttled;
  }
}

/** Retries ran out of time; the cause is the last failure. */
export class GaveUp extends CommandError {
  constructor(what: string, seconds: number, cause: Error) {
    const told = /^(Unfinished|ForeignAnswer)$/.test(cause.name) ? '' : `${cause.name}: `;
    const instead = strangeAnswer(cause)?.instead;
    const words = instead
      ? `it was answered with ${instead}`
      : `${told}${cause.message}`.trim().replace(/\s*\n\s*/g, ' ');
    super(
      `Gave up after ${seconds} s in which ${what} did not succeed (${words}); trying again later may help.`,
      EXIT.UNAVAILABLE,
      { cause },
    );
    this.name = 'GaveUp';
  }
}

export function openPatience(options: PatienceOptions) {
  const { retryFor, signal, pace, isBrief } = options;
  let reached = false;

  /** Sends one call, once, when its turn comes. `slow` detects an answer that reports throttling. */
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

  /** How long an error is retried, and the error to throw after that; undefined where a retry does not help. */
  function patienceWith(error: Error): { forMs: number; spent(what: string): Error } | undefined {
    if (isBrief?.(error)) return { forMs: BRIEF_PATIENCE_MS, spent: () => describeError(error) };
    if (error instanceof ForeignAnswer && error.todo)
      return { forMs: UNREACHED_PATIENCE_MS, spent: () => describeError(error) };
    if (error instanceof ForeignAnswer && error.isPage && !reached)
      return {
        forMs: UNREACHED_PATIENCE_MS,
        spent: (what) => new GaveUp(what, Math.min(UNREACHED_PATIENCE_MS / 1000, retryFor), error),
      };
    if (error instanceof Unfinished || isPassing(error, reached))
      return { forMs: Infinity, spent: (what) => new GaveUp(what, retryFor, error) };
    return isPassing(error, true) ? { forMs: UNREACHED_PATIENCE_MS, spent: () => error } : undefined;
  }

  /** As `attempt`, for work that sends several calls, each through `once`. */
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
        if (backOff.waited() >= Math.min(kept.forMs, retryFor * 1000)) throw kept.spent(what);
        if (units) options.onRetry?.(units());
        await backOff.wait(signal);
        signal.throwIfAborted();
      }
    }
  }

  /**
   * Sends a call until it succeeds.
   * @param what its name, for the error: `ListRecords`
   * @throws GaveUp when the time is up; the signal's reason; the call's own error where a retry does not help
   */
  const attempt = <T>(what: string, send: Send<T>, more?: AttemptOptions) => persist(what, () => once(send), more);

  return { once, persist, attempt };
}
