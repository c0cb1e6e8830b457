/** An SDK client whose every call has the patience of `--retry-for`: control plane, Athena and S3 in a job that works in bulk. */
import { isClockSet } from './clock.js';
import { operationOf, type Stack } from '../utils/stack.js';
import { openPace } from '../utils/patience/pace.js';
import { openPatience, type Patience } from '../utils/patience/patience.js';

/** What is begun after Ctrl-C cleans up, and is not worth more. Seconds. */
const LAST_PATIENCE_SECONDS = 5;

interface PatientOptions {
  /** `--retry-for`, in seconds. */
  retryFor: number;
  /** Aborted: calls in flight are finished, and not sent again. */
  signal: AbortSignal;
}

type Next = (args: unknown) => Promise<unknown>;

export type PatienceByOperation = ReturnType<typeof openPatienceByOperation>;

/** AWS limits each operation by itself, so each has a pace of its own, which all calls of it share. */
export function openPatienceByOperation({ retryFor, signal }: PatientOptions) {
  const byOperation = new Map<string, Patience>();
  const patienceFor = (operation: string): Patience => {
    const known = byOperation.get(operation);
    if (known) return known;
    const opened = openPatience({ retryFor, signal, isBrief: isClockSet, pace: openPace() });
    byOperation.set(operation, opened);
    return opened;
  };
  const last = openPatience({
    retryFor: Math.min(retryFor, LAST_PATIENCE_SECONDS),
    signal: new AbortController().signal,
    isBrief: isClockSet,
  });
  /** Sends a call until it succeeds, or patience is spent. */
  const attempt = <T>(operation: string, send: () => Promise<T>): Promise<T> =>
    (signal.aborted ? last : patienceFor(operation)).attempt(operation, send);
  const middleware = (next: Next, context: { commandName?: string }) => {
    return (args: unknown) => attempt(operationOf(context), () => next(args));
  };
  return {
    attempt,
    /** Outermost of all middleware, so that each retry is built and signed again. The client itself must not retry. */
    applyTo: ({ middlewareStack }: Stack) =>
      middlewareStack.add(middleware, { step: 'initialize', priority: 'high', name: 'sagemakerFsPatience' }),
  };
}
