/** What an answer or an error of a write call means for each of its records. Pure. */
import type {
  BatchWriteRecordCommandOutput,
  BatchWriteRecordEntry,
} from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { describeError, isAccessDenied, isNotFound, isTransient } from '../../errors.js';
import type { WriteItem } from './types.js';

export type Verdict =
  | { kind: 'written' }
  | { kind: 'refused'; code: string; message: string }
  /** Waiting may help, or is worth it only briefly. `failure` is set where the call as a whole failed. */
  | { kind: 'retry'; code: string; message: string; failure?: Error; brief?: boolean }
  /** Not the record's doing: send it again at once, another way. */
  | { kind: 'resend' };

export const WRITTEN: Verdict = { kind: 'written' };
export const RESEND: Verdict = { kind: 'resend' };
const UNPROCESSED: Verdict = { kind: 'retry', code: 'Unprocessed', message: 'The service did not take the record.' };

/** What the free-text ErrorCode of an entry says when waiting may cure it. */
const CURABLE =
  /Throttl|ServiceUnavailable|InternalFailure|InternalServer|TooMany|RequestLimit|ProvisionedThroughput|Timeout/i;
const DENIED = /AccessDenied|AccessForbidden|NotAuthorized|Unauthorized/i;
const THROTTLED = /Throttl|TooManyRequests|RequestLimit|ProvisionedThroughput|SlowDown/i;
const UNKNOWN_OPERATION = /UnknownOperation|UnsupportedOperation|NotImplemented|MethodNotAllowed/;
const CONNECTION_LOST = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** Of these, those that a single connection may meet though the service is there. */
const BROKEN_OFF = new Set(['ECONNRESET', 'EPIPE']);

/**
 * A group that was just created is unknown to some of the service's machines for a moment, and a connection may break
 * before anything was ever answered; both may as well be wrong for good.
 */
const BRIEF_PATIENCE_MS = 10_000;

/** How long a `retry` is worth waiting for, in milliseconds. */
export function patienceMs(isBrief: boolean, retryForSeconds: number): number {
  return isBrief ? Math.min(BRIEF_PATIENCE_MS, retryForSeconds * 1000) : retryForSeconds * 1000;
}

/** Verdicts by position, or undefined where the answer names an entry that cannot be told. */
export function readAnswer(
  { Errors = [], UnprocessedEntries = [] }: Partial<BatchWriteRecordCommandOutput>,
  items: WriteItem[],
  identifierFeature: string,
): Verdict[] | undefined {
  const verdicts = new Array<Verdict>(items.length).fill(WRITTEN);
  if (Errors.length === 0 && UnprocessedEntries.length === 0) return verdicts;
  // The service names a failed entry by repeating it, without an index; identifiers are unique within a call.
  const positions = new Map(items.map(({ identifier }, index) => [identifier, index]));
  const positionOf = (entry: BatchWriteRecordEntry | undefined) => {
    const value = entry?.Record?.find(({ FeatureName }) => FeatureName === identifierFeature);
    return items.length === 1 ? 0 : positions.get(value?.ValueAsString ?? '');
  };
  for (const { Entry, ErrorCode: code = 'Unknown', ErrorMessage: message = '' } of Errors) {
    const position = positionOf(Entry);
    if (position === undefined) return undefined;
    verdicts[position] = { kind: CURABLE.test(code) ? 'retry' : 'refused', code, message };
  }
  for (const entry of UnprocessedEntries) {
    const position = positionOf(entry);
    if (position === undefined) return undefined;
    verdicts[position] = UNPROCESSED;
  }
  return verdicts;
}

/** What a failed call means for its records; an error that concerns the whole run is thrown. */
export function readFailure(error: unknown, reached: boolean): Verdict {
  if (!(error instanceof Error)) throw error;
  const { name: code, message } = error;
  const isBrief = isNotFound(error) || (!reached && BROKEN_OFF.has((error as { code?: string }).code ?? ''));
  if (isBrief) return { kind: 'retry', code, message, failure: describeError(error), brief: true };
  if (isPassing(error, reached)) return { kind: 'retry', code, message, failure: error };
  const status = statusOf(error);
  if ((status === 400 && /Validation/.test(code)) || status === 413) return { kind: 'refused', code, message };
  throw error;
}

/** Whether an entry was refused for lack of access, which no entry can be blamed for. */
export function isDenied(verdict: Verdict): boolean {
  return verdict.kind === 'refused' && DENIED.test(verdict.code);
}

/** Whether a throttled call, or a call most of whose entries were throttled, asks for a slower pace. */
export function isThrottled(result: Verdict[] | Error): boolean {
  if (result instanceof Error) return THROTTLED.test(result.name) || statusOf(result) === 429;
  const throttled = result.filter((verdict) => verdict.kind === 'retry' && THROTTLED.test(verdict.code));
  return throttled.length * 2 > result.length;
}

/** Why BatchWriteRecord is not to be had, if that is what the error says. */
export function whyUnavailable(error: unknown): string | undefined {
  if (isAccessDenied(error)) return 'is not allowed (IAM action sagemaker:BatchWriteRecord)';
  return isUnknownOperation(error) || (statusOf(error) === 404 && !isNotFound(error)) ? 'is not known here' : undefined;
}

/** Whether the endpoint has never heard of the operation. */
export function isUnknownOperation(error: unknown): boolean {
  return UNKNOWN_OPERATION.test((error as Error).name) || [405, 501].includes(statusOf(error));
}

/** Throttling and the like; a lost connection counts once the service has been reached. */
export function isPassing(error: Error & { code?: string }, reached: boolean): boolean {
  return isTransient(error) || (reached && (CONNECTION_LOST.has(error.code ?? '') || error.name === 'TimeoutError'));
}

function statusOf(error: unknown): number {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 0;
}
