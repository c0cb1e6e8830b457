/** What one would write by hand with the AWS SDK: the same records, PutRecord or BatchWriteRecord in a loop. */
import {
  BatchWriteRecordCommand,
  PutRecordCommand,
  SageMakerFeatureStoreRuntimeClient,
} from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { oneRecord } from './inputs.js';

const LOOPS = 16;
const ENTRIES = 25;

/** Sends so many records, sixteen calls at a time. */
export async function runYardstick(call: string, records: number): Promise<void> {
  const client = new SageMakerFeatureStoreRuntimeClient({});
  const FeatureGroupName = 'bench-0000';
  let next = 0;
  const put = () => client.send(new PutRecordCommand({ FeatureGroupName, Record: oneRecord(next++) }));
  const batch = () => {
    const Entries = Array.from({ length: ENTRIES }, () => ({ FeatureGroupName, Record: oneRecord(next++) }));
    return client.send(new BatchWriteRecordCommand({ Entries }));
  };
  const loop = async () => {
    while (next < records) await (call === 'put' ? put() : batch());
  };
  await Promise.all(Array.from({ length: LOOPS }, loop));
  client.destroy();
}
