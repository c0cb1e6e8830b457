/** BatchGetRecord, patiently: what the service hands back unprocessed is asked for again. */
import type { BatchGetRecordError, FeatureValue } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { CommandError, EXIT, isTransient } from '../../errors.js';
import { openBackOff } from '../../utils/back-off.js';
import type { Pace } from '../../utils/pace.js';
import type { WriteTarget } from './types.js';
import { isPassing, isThrottled } from './write-verdicts.js';

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_feature_store_BatchGetRecord.html */
export const MAX_IDENTIFIERS_PER_BATCH_GET = 100;

export interface GetOptions {
  /** All of them by default. */
  featureNames?: string[];
  /** Patience with throttling, in seconds. */
  retryForSeconds: number;
  signal: AbortSignal;
  /** Asked for a turn before each call, and told how it went. */
  pace?: Pace;
  /** So many records are about to be asked for again. */
  onRetry?(records: number): void;
  /** Whether the service has answered before: then a lost connection is worth another call. */
  isReached?(): boolean;
}

/**
 * The records of at most 100 identifiers; those that are not there are missing from the map.
 * @throws the service's own errors; CommandError (exit 5) when patience is spent.
 */
export async function getRecords(
  { runtime, group, nameOrArn = group.name }: WriteTarget,
  identifiers: string[],
  { featureNames, retryForSeconds, signal, pace, onRetry, isReached }: GetOptions,
): Promise<Map<string, FeatureValue[]>> {
  const { BatchGetRecordCommand } = await import('../../sdk/featurestore-runtime.js');
  const records = new Map<string, FeatureValue[]>();
  const backOff = openBackOff();
  for (let rest = identifiers; rest.length > 0;) {
    await pace?.turn(signal);
    signal.throwIfAborted();
    const request = { FeatureGroupName: nameOrArn, RecordIdentifiersValueAsString: rest, FeatureNames: featureNames };
    try {
      const answer = await runtime.send(new BatchGetRecordCommand({ Identifiers: [request] }), { abortSignal: signal });
      for (const { RecordIdentifierValueAsString: id, Record } of answer.Records ?? []) records.set(id!, Record!);
      rest = [
        ...(answer.UnprocessedIdentifiers ?? []).flatMap((each) => each.RecordIdentifiersValueAsString ?? []),
        ...(answer.Errors ?? []).map(retryable),
      ];
      pace?.accepted();
    } catch (error) {
      const isPatient = isPassing(error as Error, isReached?.() === true);
      if (!isPatient || backOff.waited() > retryForSeconds * 1000) throw error;
      if (isThrottled(error as Error)) pace?.throttled();
    }
    if (rest.length === 0) break;
    onRetry?.(rest.length);
    if (backOff.waited() > retryForSeconds * 1000) throw spent(group.name, retryForSeconds);
    await backOff.wait(signal);
  }
  return records;
}

/** The identifier to ask for again; any other error of a record is the run's. */
function retryable({ ErrorCode, ErrorMessage, RecordIdentifierValueAsString }: BatchGetRecordError): string {
  const error = Object.assign(new Error(ErrorMessage), { name: ErrorCode, $metadata: {} });
  if (isTransient(error)) return RecordIdentifierValueAsString!;
  throw error;
}

function spent(group: string, seconds: number): CommandError {
  return new CommandError(
    `Gave up after ${seconds} s in which ${group} handed records back unread; trying again later may help.`,
    EXIT.UNAVAILABLE,
  );
}
