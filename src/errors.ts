/** The kinds of error, the exit code of each, and how an AWS error reads as one plain sentence. */
import { connectionTrouble } from './connection-errors.js';

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
export interface ErrorMore extends ErrorOptions {
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

/** Wrong usage or invalid input, found before anything was sent. */
export class UsageError extends CommandError {
  constructor(message: string, options?: ErrorMore) {
    super(message, EXIT.USAGE, options);
    this.name = 'UsageError';
  }
}

/** A feature group or record that is not there. */
export class NotFoundError extends CommandError {
  constructor(message: string) {
    super(message, EXIT.NOT_FOUND);
    this.name = 'NotFoundError';
  }
}

/** Some of the work failed and was told already; the rest is done. Nothing more is printed but this sentence. */
export class PartialFailure extends CommandError {
  constructor(message: string, more?: ErrorMore) {
    super(message, EXIT.PARTIAL, more);
    this.name = 'PartialFailure';
  }
}

/** Consent is missing, or a guard rail was hit: nothing was changed. */
export class RefusedError extends CommandError {
  constructor(message: string, more?: ErrorMore) {
    super(message, EXIT.REFUSED, more);
    this.name = 'RefusedError';
  }
}

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

  constructor(operation: string, instead: string) {
    super(`${operation} was answered with ${instead}, which is not the service's`);
    this.name = 'ForeignAnswer';
  }
}

interface AwsError extends Error {
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
const SIGN_IN =
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
/** The service checks another action than the operation's own name. */
const ACTIONS: Record<string, string> = {
  UpdateRecord: 'PutRecord',
  ListObjectsV2: 'ListBucket',
  HeadObject: 'GetObject',
};
const ACTION_PREFIX: Record<string, string> = { SageMaker: 'sagemaker', SageMakerFeatureStoreRuntime: 'sagemaker' };

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

/** The HTTP status that an error came with; 0 where there was no answer. */
export function statusOf(error: unknown): number {
  return (error as AwsError).$metadata?.httpStatusCode ?? 0;
}

/** True for any 403: which of the service's two error names is used is not documented. */
export function isAccessDenied(error: unknown): boolean {
  const { name = '' } = error as AwsError;
  if (SIGN_IN.test(name) || refusalOf(error)) return false;
  return statusOf(error) === 403 || /AccessDenied|AccessForbidden/.test(name);
}

/** What a 403 is about that no policy is the reason of. */
function refusalOf(error: unknown): string | undefined {
  const { name = '' } = error as AwsError;
  return REFUSALS.find(([names]) => names.test(name))?.[1];
}

/** True when the feature group (or record) is not there; PutRecord says it in a ValidationError's message. */
export function isNotFound(error: unknown): boolean {
  const { name = '', message = '' } = error as AwsError;
  return name === 'ResourceNotFound' || /^Resource Not Found/i.test(message);
}

/** Turns anything thrown into a CommandError: one plain sentence and the exit code that goes with it. */
export function describeError(error: unknown): CommandError {
  if (error instanceof CommandError) return error;
  if (!(error instanceof Error)) return new CommandError(String(error));
  const aws = error as AwsError;
  const described = describeCredentials(aws) ?? describeNetwork(aws) ?? describeFile(aws) ?? describeService(aws);
  return described ?? new CommandError(sentence(error.message || error.name), EXIT.FAILED, { cause: error });
}

function describeCredentials(error: AwsError): CommandError | undefined {
  const { name, message, profile } = error;
  if (/Region is missing/.test(message)) {
    return new UsageError('No AWS region is set: pass --region NAME, set AWS_REGION, or add a region to your profile.');
  }
  if (/sso.*(expired|invalid)|(expired|invalid).*sso|aws sso login/i.test(message)) {
    return new CommandError('The SSO session is missing or has expired: run `aws sso login`, then try again.');
  }
  if (/Could not resolve credentials using profile|profile.*(not found|could not be found)/i.test(message)) {
    return new UsageError(`${sentence(message)} Check --profile, AWS_PROFILE and ~/.aws/config.`);
  }
  if (/Could not load credentials|Credentials? (is|are) missing/i.test(message)) {
    if (profile)
      return new UsageError(
        `Profile ${profile} has no AWS credentials: check --profile, AWS_PROFILE and ~/.aws/config.`,
      );
    return new UsageError(
      'No AWS credentials were found: pass --profile NAME, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `aws configure`. To try the tool without an account, add --local.',
    );
  }
  if (name === 'CredentialsProviderError') return new UsageError(`No AWS credentials: ${sentence(message)}`);
  if (SIGN_IN.test(name))
    return new CommandError(`AWS does not accept these credentials (${name}): ${sentence(message)}`);
  return undefined;
}

function describeNetwork(error: AwsError): CommandError | undefined {
  const trouble = connectionTrouble(error);
  return trouble === undefined ? undefined : new CommandError(trouble, EXIT.FAILED, { cause: error });
}

function describeFile(error: AwsError & { path?: string }): CommandError | undefined {
  const words: Record<string, string> = {
    ENOENT: 'does not exist',
    EACCES: 'cannot be opened: permission denied',
    EISDIR: 'is a directory, not a file',
    ENOSPC: 'could not be written: the disk is full',
  };
  const word = words[error.code ?? ''];
  if (!word || !error.path) return undefined;
  return new CommandError(`${error.path} ${word}.`, error.code === 'ENOSPC' ? EXIT.FAILED : EXIT.USAGE, {
    cause: error,
  });
}

function describeService(error: AwsError): CommandError | undefined {
  if (error.$metadata === undefined && error.$fault === undefined) return undefined;
  const during = error.operation ? ` (${error.operation})` : '';
  const message = sentence(error.message || error.name);
  if (isNotFound(error)) return new CommandError(message, EXIT.NOT_FOUND, { cause: error });
  const refusal = refusalOf(error);
  if (refusal) return new CommandError(`${error.name}${during}: ${refusal}`, EXIT.FAILED, { cause: error });
  if (isAccessDenied(error)) {
    return new CommandError(`Access denied: this needs ${missingAction(error)}. AWS says: ${message}`, EXIT.FAILED, {
      cause: error,
    });
  }
  if (error.name === 'ForeignAnswer') {
    const words = `${error.message}; gave up after ${error.$metadata?.attempts ?? 1} attempts, trying again later may help.`;
    return new CommandError(words, EXIT.UNAVAILABLE, { cause: error });
  }
  if (isTransient(error)) {
    const retry = `Gave up after ${error.$metadata?.attempts ?? 1} attempts${during}; trying again later may help.`;
    return new CommandError(`${error.name}: ${message} ${retry}`, EXIT.UNAVAILABLE, { cause: error });
  }
  return new CommandError(`${error.name}${during}: ${message}`, EXIT.FAILED, { cause: error });
}

function missingAction(error: AwsError): string {
  const named = /not authorized to perform: ([a-z0-9-]+:[A-Za-z]+)/.exec(error.message)?.[1];
  if (named) return `the IAM action ${named}`;
  const [client = '', command = ''] = (error.operation ?? '').split('.');
  if (!command) return 'an IAM action that the caller lacks';
  return `the IAM action ${ACTION_PREFIX[client] ?? client.toLowerCase()}:${ACTIONS[command] ?? command}`;
}

function sentence(text: string): string {
  const line = text.trim().replace(/\s*\n\s*/g, ' ');
  return /[.!?]$/.test(line) ? line : `${line}.`;
}
