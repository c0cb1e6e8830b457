/** Interprets the answer or error of a write call for each of its records. Pure. */
import type {
  BatchWriteRecordCommandOutput,
  BatchWriteRecordEntry,
} from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { ForeignAnswer, isNotFound, statusOf } from '../../../errors.js';
import { isPassingCode, isThrottled } from '../../../utils/patience/failed-calls.js';
import type { Refusal, WriteItem } from '../types.js';

export type Verdict =
  | { kind: 'written' }
  | ({ kind: 'refused' } & Refusal)
  /** Not accepted. `failure` is set where the whole call failed; whether to retry is decided by patience.ts. */
  | ({ kind: 'retry'; failure?: Error } & Refusal)
  /** Not the fault of the record: send it again at once, with another operation. */
  | { kind: 'resend' };

export const WRITTEN: Verdict = { kind: 'written' };
export const RESEND: Verdict = { kind: 'resend' };
export const UNPROCESSED = {
  kind: 'retry',
  code: 'Unprocessed',
  message: 'The service did not take the record.',
} as const satisfies Verdict;

const DENIED = /AccessDenied|AccessForbidden|NotAuthorized|Unauthorized/i;

/**
 * Verdicts by position; undefined where the answer names an entry that cannot be identified.
 * @throws ForeignAnswer where it names an entry that was not sent
 */
export function readAnswer(
  { Errors = [], UnprocessedEntries = [] }: Partial<BatchWriteRecordCommandOutput>,
  items: WriteItem[],
  identifierFeature: string,
): Verdict[] | undefined {
  const verdicts = new Array<Verdict>(items.length).fill(WRITTEN);
  if (Errors.length === 0 && UnprocessedEntries.length === 0) return verdicts;
  // The service repeats a failed entry instead of giving its index; identifiers are unique within a call.
  const positions = new Map(items.map(({ identifier }, index) => [identifier, index]));
  const positionOf = (entry: BatchWriteRecordEntry | undefined) => {
    const value = entry?.Record?.find(({ FeatureName }) => FeatureName === identifierFeature)?.ValueAsString;
    if (value === undefined) return items.length === 1 ? 0 : undefined;
    const position = positions.get(value);
    if (position === undefined)
      throw new ForeignAnswer('BatchWriteRecord', `the record of ${value}, which was not sent,`);
    return position;
  };
  for (const { Entry, ErrorCode: code = 'Unknown', ErrorMessage: message = '' } of Errors) {
    const position = positionOf(Entry);
    if (position === undefined) return undefined;
    verdicts[position] = { kind: isPassingCode(code) ? 'retry' : 'refused', code, message };
  }
  for (const entry of UnprocessedEntries) {
    const position = positionOf(entry);
    if (position === undefined) return undefined;
    verdicts[position] = UNPROCESSED;
  }
  return verdicts;
}

/** The meaning of a failed call for its records. */
export function readFailure(error: Error): Verdict {
  const refusal = refusalOf(error);
  if (refusal) return { kind: 'refused', ...refusal };
  return { kind: 'retry', code: error.name, message: error.message, failure: error };
}

/** Why the service rejects the request, if it does; a missing group does not count. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof Error)) return undefined;
  const { name: code, message } = error;
  const status = statusOf(error);
  const isRefused = ((status === 400 && /Validation/.test(code)) || status === 413) && !isNotFound(error);
  return isRefused ? { code, message } : undefined;
}

/** Whether an entry was denied, which is not its own fault. */
export function isDenied(verdict: Verdict): boolean {
  return verdict.kind === 'refused' && DENIED.test(verdict.code);
}

/** Whether most entries were throttled, which calls for a slower pace. */
export function areThrottled(verdicts: Verdict[] | undefined): boolean {
  if (!verdicts) return false;
  const throttled = verdicts.filter((verdict) => verdict.kind === 'retry' && isThrottled({ name: verdict.code }));
  return throttled.length * 2 > verdicts.length;
}
