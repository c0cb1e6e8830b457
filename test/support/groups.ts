/** Feature groups for the tests of the embedded store, one line each. */
import { CreateFeatureGroupCommand } from '@aws-sdk/client-sagemaker';
import type { CreateFeatureGroupCommandInput, FeatureDefinition, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { BatchWriteRecordCommand, PutRecordCommand } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import type { FeatureValue, SageMakerFeatureStoreRuntimeClient } from '@aws-sdk/client-sagemaker-featurestore-runtime';

export const ROLE = 'arn:aws:iam::000000000000:role/feature-store';

export const ONLINE = { EnableOnlineStore: true };
export const OFFLINE = { S3StorageConfig: { S3Uri: 's3://features/store' } };

/** `"id:String, at:String, price:Fractional"` → FeatureDefinitions. */
export const definitions = (text: string): FeatureDefinition[] =>
  text.split(',').map((one) => {
    const [FeatureName, FeatureType] = one.trim().split(':');
    return { FeatureName, FeatureType } as FeatureDefinition;
  });

/** An input of CreateFeatureGroup: `id` identifies, `at` is the event time, both stores unless told otherwise. */
export const groupInput = (
  name: string,
  change: Partial<CreateFeatureGroupCommandInput> = {},
): CreateFeatureGroupCommandInput => ({
  FeatureGroupName: name,
  RecordIdentifierFeatureName: 'id',
  EventTimeFeatureName: 'at',
  FeatureDefinitions: definitions('id:String, at:String, price:Fractional, stock:Integral, name:String'),
  OnlineStoreConfig: ONLINE,
  OfflineStoreConfig: OFFLINE,
  RoleArn: ROLE,
  ...change,
});

export async function createGroup(
  client: SageMakerClient,
  name: string,
  change: Partial<CreateFeatureGroupCommandInput> = {},
): Promise<string> {
  const created = await client.send(new CreateFeatureGroupCommand(groupInput(name, change)));
  return created.FeatureGroupArn!;
}

export type PlainRecord = Record<string, string | string[]>;

/** `{ id: '1', tags: ['a'] }` → FeatureValue[]. */
export const featureValues = (record: PlainRecord): FeatureValue[] =>
  Object.entries(record).map(([FeatureName, value]) =>
    typeof value === 'string' ? { FeatureName, ValueAsString: value } : { FeatureName, ValueAsStringList: value },
  );

export const plain = (values: FeatureValue[] | undefined): PlainRecord | undefined =>
  values &&
  Object.fromEntries(values.map((value) => [value.FeatureName!, value.ValueAsStringList ?? value.ValueAsString!]));

export const putCommand = (name: string, record: PlainRecord, more: object = {}): PutRecordCommand =>
  new PutRecordCommand({ FeatureGroupName: name, Record: featureValues(record), ...more });

/** Writes any number of records, 25 a call. */
export async function writeAll(
  client: SageMakerFeatureStoreRuntimeClient,
  name: string,
  records: PlainRecord[],
): Promise<void> {
  for (let i = 0; i < records.length; i += 25) {
    const Entries = records
      .slice(i, i + 25)
      .map((record) => ({ FeatureGroupName: name, Record: featureValues(record) }));
    const { Errors } = await client.send(new BatchWriteRecordCommand({ Entries }));
    if (Errors?.length) throw new Error(JSON.stringify(Errors[0]));
  }
}
