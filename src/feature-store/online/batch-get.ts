/** BatchGetRecord, with retries: unprocessed identifiers are requested again. */
import type {
  BatchGetRecordCommandOutput,
  BatchGetRecordError,
  BatchGetRecordResultDetail,
  FeatureValue,
} from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { ForeignAnswer, isTransient } from '../../errors.js';
import type { FeatureGroup } from '../groups/describe.js';
import { isThrottled } from '../../utils/patience/failed-calls.js';
import { Unfinished, type Patience } from '../../utils/patience/patience.js';
import { identifierReader, isRecord, refuseOther } from './answered-records.js';
import type { WriteTarget } from './types.js';
import { countedWith } from '../../utils/quantities.js';

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_feature_store_BatchGetRecord.html */
export const MAX_IDENTIFIERS_PER_BATCH_GET = 100;

export interface GetOptions {
  /** By default all. */
  featureNames?: string[];
  patience: Patience;
}

/**
 * Returns the records of up to 100 identifiers; the map lacks those that do not exist.
 * @throws errors of the service; GaveUp (exit 5) when retries run out of time
 */
export async function getRecords(
  { runtime, group, nameOrArn = group.name }: WriteTarget,
  identifiers: string[],
  { featureNames, patience }: GetOptions,
): Promise<Map<string, FeatureValue[]>> {
  const { BatchGetRecordCommand } = await import('../../sdk/featurestore-runtime.js');
  const records = new Map<string, FeatureValue[]>();
  let rest = identifiers;
  if (rest.length === 0) return records;
  await patience.attempt(
    'BatchGetRecord',
    async (abortSignal) => {
      const request = { FeatureGroupName: nameOrArn, RecordIdentifiersValueAsString: rest, FeatureNames: featureNames };
      const answer = await runtime.send(new BatchGetRecordCommand({ Identifiers: [request] }), { abortSignal });
      const { found, again, throttled } = readAnswer(answer, rest, group);
      for (const [identifier, record] of found) records.set(identifier, record);
      const progressed = again.length < rest.length;
      rest = again;
      if (rest.length === 0) return;
      throw new Unfinished(`${countedWith(rest.length, 'record', ['was', 'were'])} handed back unread`, {
        progressed,
        throttled,
      });
    },
    { units: () => rest.length },
  );
  return records;
}

/**
 * @throws ForeignAnswer where it names an identifier that was not requested; the error of a record that is permanent
 */
function readAnswer(
  { Records = [], Errors = [], UnprocessedIdentifiers = [] }: BatchGetRecordCommandOutput,
  asked: string[],
  group: FeatureGroup,
) {
  const own = identifierReader('BatchGetRecord', asked, group);
  const found: [string, FeatureValue[]][] = [];
  for (const result of Records as (BatchGetRecordResultDetail | null)[]) {
    const identifier = own(result?.RecordIdentifierValueAsString);
    const record = result?.Record;
    if (!isRecord(record)) throw new ForeignAnswer('BatchGetRecord', 'a result that holds no record');
    refuseOther('BatchGetRecord', { record, identifier, group });
    found.push([identifier, record]);
  }
  const again = UnprocessedIdentifiers.flatMap((each) => (each.RecordIdentifiersValueAsString ?? []).map(own));
  let throttled = false;
  for (const error of Errors) {
    const failure = failureOf(error);
    if (!isTransient(failure)) throw failure;
    again.push(own(error.RecordIdentifierValueAsString));
    throttled ||= isThrottled(failure);
  }
  return { found, again, throttled };
}

function failureOf({ ErrorCode = 'Unknown', ErrorMessage }: BatchGetRecordError): Error {
  return Object.assign(new Error(ErrorMessage), { name: ErrorCode, $metadata: {} });
}
