/** The kinds of error, the exit code of each, and the kinds that AWS's errors are of. */
/** Documented in `--help` and the README; scripts rely on them. */
export const EXIT = {
  DONE: 0,
  FAILED: 1,
  USAGE: 2,
  NOT_FOUND: 3,
  PARTIAL: 4,
  UNAVAILABLE: 5,
  REFUSED: 6,
  DIFFERENT: 7,
  SIGHUP: 129,
  SIGINT: 130,
  SIGTERM: 143,
} as const;

/** What is printed below the sentence. */
interface ErrorMore extends ErrorOptions {
  /** Lines that were laid out. */
  details?: readonly string[];
  /** The command to type next. */
  next?: string;
}

/** An error whose message is already the sentence to print. */
export class CommandError extends Error {
  readonly exitCode: number;
  readonly details: readonly string[];
  readonly next?: string;

  constructor(message: string, exitCode: number = EXIT.FAILED, { details = [], next, ...options }: ErrorMore = {}) {
    super(message, options);
    this.name = 'CommandError';
    this.exitCode = exitCode;
    this.details = details;
    this.next = next;
  }
}

const kind = (name: string, exitCode: number) =>
  class extends CommandError {
    constructor(message: string, more?: ErrorMore) {
      super(message, exitCode, more);
      this.name = name;
    }
  };

/** Wrong usage or invalid input, found before anything was sent. */
export class UsageError extends kind('UsageError', EXIT.USAGE) {}

/** A feature group or record that is not there. */
export class NotFoundError extends kind('NotFoundError', EXIT.NOT_FOUND) {}

/** Some of the work failed and was told already; the rest is done. Nothing more is printed but this sentence. */
export class PartialFailure extends kind('PartialFailure', EXIT.PARTIAL) {}

/** Consent is missing, or a guard rail was hit: nothing was changed. */
export class RefusedError extends kind('RefusedError', EXIT.REFUSED) {}

const STOPPED = { SIGHUP: 'The terminal was closed.', SIGINT: 'Interrupted.', SIGTERM: 'Terminated.' };

/** The person or the machine asked us to stop; what was in flight is finished. */
export class Interrupted extends CommandError {
  constructor(signal: keyof typeof STOPPED) {
    super(STOPPED[signal], EXIT[signal]);
    this.name = 'Interrupted';
  }
}

/** The reader of stdout went away (`| head`): a success. */
export class ClosedPipe extends CommandError {
  constructor() {
    super('', EXIT.DONE);
    this.name = 'ClosedPipe';
  }
}

/**
 * A success that is not the service's: a proxy's page, a body of another kind, members missing that the service's model
 * requires. It proves nothing, and the same call may do better later. The message says what came instead.
 */
export class ForeignAnswer extends Error {
  /** For the SDK's retry strategy. */
  readonly $retryable = {};
  /** The status is left out: it is not the service's. */
  readonly $metadata: { attempts?: number } = {};

  /** Whether it is a page, which only something on the way to the service sends. */
  readonly isPage: boolean;
  /** What to do about what a minute does not change: a redirect to a login page, or a proxy that lets nobody through. */
  readonly todo?: string;

  constructor(operation: string, instead: string, { isPage = false, todo }: { isPage?: boolean; todo?: string } = {}) {
    super(`${operation} was answered with ${instead}, which is not the service's`);
    this.name = 'ForeignAnswer';
    this.isPage = isPage;
    this.todo = todo;
  }
}

export interface AwsError extends Error {
  $metadata?: { httpStatusCode?: number; requestId?: string; attempts?: number };
  $fault?: string;
  /** `SageMaker.DescribeFeatureGroup`, put there by config.ts. */
  operation?: string;
  /** The profile that credentials were looked for in, if one was named. */
  profile?: string;
  code?: string;
}

const THROTTLING = /Throttl|TooManyRequests|RequestLimit|ProvisionedThroughput|SlowDown|BandwidthLimit/i;
const UNAVAILABLE =
  /ServiceUnavailable|InternalFailure|InternalServer|InternalError|OperationAborted|RequestTimeout|^ForeignAnswer$/;
/** Errors of the caller's keys, not of what they may do. */
export const SIGN_IN =
  /ExpiredToken|UnrecognizedClient|InvalidClientTokenId|SignatureDoesNotMatch|InvalidSignature|InvalidAccessKeyId/;
/** Refusals with a 403 that no policy is the reason of, in words. */
const REFUSALS: [RegExp, string][] = [
  [/RequestTimeTooSkewed|RequestExpired|RequestInTheFuture/, "The clock of this machine differs from AWS's: set it."],
  [
    /OptInRequired|SubscriptionRequired/,
    'This account is not signed up for the service, or the region is not enabled for it: check --region, or enable it in the AWS console.',
  ],
  [/InvalidObjectState/, 'The object is archived (S3 Glacier): restore it before it is read.'],
];
/** True for an error that waiting may cure: throttling, or the service being unavailable. */
export function isTransient(error: unknown): boolean {
  const status = statusOf(error);
  return isThrottled(error as Error) || UNAVAILABLE.test((error as AwsError).name ?? '') || status >= 500;
}

/** Whether the service asks for fewer calls: by the error of a call, or the code of an entry. */
export function isThrottled(error: { name?: string; message?: string; throttled?: boolean }): boolean {
  const { name = '', message = '' } = error;
  if (error.throttled === true || THROTTLING.test(name) || statusOf(error) === 429) return true;
  // The control plane says it without a type now and then.
  return statusOf(error) === 400 && /^Rate exceeded/i.test(message);
}

/** `ENOENT`, of an error of the system; empty for all others. */
export const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

/** The HTTP status that an error came with; 0 where there was no answer. */
export function statusOf(error: unknown): number {
  return (error as AwsError).$metadata?.httpStatusCode ?? 0;
}

/** True for any 403: which of the service's two error names is used is not documented. */
export function isAccessDenied(error: unknown): boolean {
  const { name = '' } = error as AwsError;
  if (SIGN_IN.test(name) || refusalOf(error)) return false;
  return statusOf(error) === 403 || isDenialCode(name);
}

export const isDenialCode = (code = ''): boolean => /AccessDenied|AccessForbidden/.test(code);

/** The IAM action that the message of a denial names. */
export const deniedAction = (message: string): string | undefined =>
  /not authorized to perform: ([a-z0-9-]+:[A-Za-z]+)/.exec(message)?.[1];

/** What a 403 is about that no policy is the reason of. */
export function refusalOf(error: unknown): string | undefined {
  const { name = '' } = error as AwsError;
  return REFUSALS.find(([names]) => names.test(name))?.[1];
}

/** True when the feature group (or record) is not there; PutRecord says it in a ValidationError's message. */
export function isNotFound(error: unknown): boolean {
  const { name = '', message = '' } = error as AwsError;
  return name === 'ResourceNotFound' || /^Resource Not Found/i.test(message);
}

export interface StrangeAnswer {
  /** What came, in words that fit behind "was answered with". */
  instead: string;
  todo: string;
}

export const CHECK_THE_WAY = 'check --endpoint-url, the region and the proxy';

/** What the status alone tells of who answered: a redirect, or a proxy that asks for a password. */
export function strangeStatus(status: number, headers?: Record<string, string | undefined>): StrangeAnswer | undefined {
  if (status >= 300 && status < 400)
    return { instead: `a redirect${targetOf(headers)} (status ${status}, a proxy's login page?)`, todo: CHECK_THE_WAY };
  if (status !== 407) return undefined;
  return {
    instead: `a proxy's question for a user name and password (status ${status})`,
    todo: 'put them into HTTPS_PROXY, as http://USER:PASSWORD@HOST:PORT (HTTP_PROXY for an http:// endpoint)',
  };
}

const PASSING = [408, 425, 429];

/** Of a page with an error's status: whether the next minute brings the same, and what to do about it. */
export function strangePage(status: number, headers?: Record<string, string | undefined>): Partial<StrangeAnswer> {
  if (status < 300 || (status >= 500 && status !== 511) || PASSING.includes(status)) return {};
  return strangeStatus(status, headers) ?? { todo: CHECK_THE_WAY };
}

/** Without path and query, which may hold secrets. */
function targetOf({ location = '' }: Record<string, string | undefined> = {}): string {
  return URL.canParse(location) ? ` to ${new URL(location).origin}` : '';
}
