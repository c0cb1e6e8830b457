/** GetRecord and DeleteRecord: calls for a single record. */
import type { FeatureValue } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { refuseOther } from './answered-records.js';
import type { TargetStore, WriteTarget } from './types.js';

export interface DeletionRequest {
  identifier: string;
  eventTime: string;
  /** Leave no tombstone. */
  hard?: boolean;
  targetStores?: TargetStore[];
}

/**
 * The calls for a group, each of which is sent once.
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_feature_store_GetRecord.html
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_feature_store_DeleteRecord.html
 */
export async function openSingleCalls({ runtime, group, nameOrArn = group.name }: WriteTarget) {
  const { DeleteRecordCommand, GetRecordCommand } = await import('../../sdk/featurestore-runtime.js');
  const requestOf = (identifier: string) => ({
    FeatureGroupName: nameOrArn,
    RecordIdentifierValueAsString: identifier,
  });
  return {
    /** Undefined where there is no visible record. Throws ForeignAnswer for the record of another identifier. */
    async get(
      identifier: string,
      { featureNames, abortSignal }: { featureNames?: string[]; abortSignal?: AbortSignal } = {},
    ): Promise<FeatureValue[] | undefined> {
      const command = new GetRecordCommand({ ...requestOf(identifier), FeatureNames: featureNames });
      const { Record: record } = await runtime.send(command, { abortSignal });
      if (record) refuseOther('GetRecord', { record, identifier, group });
      return record;
    },
    /** Takes no signal: a deletion in flight is finished. */
    async remove({ identifier, eventTime, hard, targetStores }: DeletionRequest): Promise<void> {
      const command = new DeleteRecordCommand({
        ...requestOf(identifier),
        EventTime: eventTime,
        TargetStores: targetStores,
        DeletionMode: hard ? 'HardDelete' : 'SoftDelete',
      });
      await runtime.send(command);
    },
  };
}
