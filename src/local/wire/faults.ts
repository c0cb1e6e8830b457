/** Fault injection: latency, throttling, server errors and denied actions, adjustable while the store runs. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceError } from './service-error.js';

export interface Faults {
  /** Added latency, milliseconds. */
  latencyMs: number;
  /** Requests per second; more are throttled. 0 for no limit. */
  throttlePerSecond: number;
  /** Share of requests, 0 to 1, that fail with a 500 or 503. */
  errorRate: number;
  /** Denied IAM actions, such as `sagemaker:PutRecord` or `s3:*`. */
  deny: string[];
}

/** A request from the view of IAM. */
export interface Attempt {
  actions: readonly string[];
  resource: string;
  accountId: string;
  signal?: AbortSignal;
}

/** Whether an IAM action is denied; case-insensitive, like IAM, and `*` matches anything. */
export function isDenied(faults: Faults, action: string): boolean {
  return faults.deny.some((denied) => matches(denied.toLowerCase(), action.toLowerCase()));
}

/** The message of IAM for a denied action. */
export function deniedMessage(action: string, { resource, accountId }: Omit<Attempt, 'actions'>): string {
  const user = `arn:aws:sts::${accountId}:assumed-role/local/user`;
  return `User: ${user} is not authorized to perform: ${action} on resource: ${resource}`;
}

/** Whether the resource is in another account or partition; none is shared with this one. */
function isForeign({ resource, accountId }: Attempt): boolean {
  const [, partition, account] = /^arn:([^:]*):sagemaker:[^:]*:([^:]*):/.exec(resource) ?? [];
  return account !== undefined && (account !== accountId || partition !== 'aws');
}

/** Every request passes this gate once; it reads the current faults each time. */
export function openFaultGate(faults: Faults) {
  let second = 0;
  let answered = 0;
  const overThePace = (): boolean => {
    const current = Math.floor(performance.now() / 1000);
    if (current !== second) [second, answered] = [current, 0];
    return ++answered > faults.throttlePerSecond;
  };
  return {
    /** Waits, or throws the ServiceError that the faults cause. */
    async pass(attempt: Attempt) {
      if (faults.latencyMs > 0) await sleep(faults.latencyMs, undefined, { signal: attempt.signal });
      if (faults.throttlePerSecond > 0 && overThePace()) throw new ServiceError('ThrottlingException', 'Rate exceeded');
      if (faults.errorRate > 0 && Math.random() < faults.errorRate) throw serverError();
      const foreign = isForeign(attempt);
      const denied = attempt.actions.find((action) => foreign || isDenied(faults, action));
      if (denied) throw new ServiceError('AccessDeniedException', deniedMessage(denied, attempt), { status: 403 });
    },
  };
}

const serverError = (): ServiceError =>
  Math.random() < 0.5
    ? new ServiceError('InternalFailure', 'Internal server error. Please try again later.', { status: 500 })
    : new ServiceError('ServiceUnavailable', 'The service is currently unavailable.', { status: 503 });

function matches(pattern: string, action: string): boolean {
  return pattern.endsWith('*') ? action.startsWith(pattern.slice(0, -1)) : pattern === action;
}
