/** ARNs of another account, partition or region: never this store's groups, whatever their name. */
import { HeadBucketCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import {
  AddTagsCommand,
  DescribeFeatureGroupCommand,
  DescribeFeatureMetadataCommand,
  SageMakerClient,
  UpdateFeatureGroupCommand,
} from '@aws-sdk/client-sagemaker';
import {
  BatchGetRecordCommand,
  BatchWriteRecordCommand,
  DeleteRecordCommand,
  GetRecordCommand,
  ListRecordsCommand,
  PutRecordCommand,
  SageMakerFeatureStoreRuntimeClient,
  UpdateRecordCommand,
} from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Local } from '../../src/local/index.js';
import { openThrowAway } from '../support/doors.js';
import { createGroup, putCommand } from '../support/groups.js';

let local: Local;
let sagemaker: SageMakerClient;
let runtime: SageMakerFeatureStoreRuntimeClient;
let s3: S3Client;

beforeAll(async () => {
  local = await openThrowAway({});
  const options = {
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    requestHandler: local.requestHandler,
    endpoint: 'http://127.0.0.1',
    maxAttempts: 1,
  };
  sagemaker = new SageMakerClient(options);
  runtime = new SageMakerFeatureStoreRuntimeClient(options);
  s3 = new S3Client({ ...options, forcePathStyle: true });
  await createGroup(sagemaker, 'people');
  await runtime.send(putCommand('people', { id: '1', at: '2026-01-01T00:00:00Z' }));
  await local.store.objects.createBucket('bkt', 'us-east-1');
});
afterAll(() => local.close());

const at = '2026-02-01T00:00:00Z';
const Record = [
  { FeatureName: 'id', ValueAsString: '1' },
  { FeatureName: 'at', ValueAsString: at },
];

const CALLS: Record<string, (FeatureGroupName: string) => Promise<unknown>> = {
  DescribeFeatureGroup: (FeatureGroupName) => sagemaker.send(new DescribeFeatureGroupCommand({ FeatureGroupName })),
  UpdateFeatureGroup: (FeatureGroupName) =>
    sagemaker.send(
      new UpdateFeatureGroupCommand({
        FeatureGroupName,
        FeatureAdditions: [{ FeatureName: 'x', FeatureType: 'String' }],
      }),
    ),
  DescribeFeatureMetadata: (FeatureGroupName) =>
    sagemaker.send(new DescribeFeatureMetadataCommand({ FeatureGroupName, FeatureName: 'id' })),
  AddTags: (ResourceArn) => sagemaker.send(new AddTagsCommand({ ResourceArn, Tags: [{ Key: 'a', Value: 'b' }] })),
  GetRecord: (FeatureGroupName) =>
    runtime.send(new GetRecordCommand({ FeatureGroupName, RecordIdentifierValueAsString: '1' })),
  PutRecord: (FeatureGroupName) => runtime.send(new PutRecordCommand({ FeatureGroupName, Record })),
  UpdateRecord: (FeatureGroupName) =>
    runtime.send(new UpdateRecordCommand({ FeatureGroupName, RecordIdentifierValueAsString: '1', Features: Record })),
  DeleteRecord: (FeatureGroupName) =>
    runtime.send(new DeleteRecordCommand({ FeatureGroupName, RecordIdentifierValueAsString: '1', EventTime: at })),
  ListRecords: (FeatureGroupName) => runtime.send(new ListRecordsCommand({ FeatureGroupName })),
  BatchWriteRecord: (FeatureGroupName) =>
    runtime.send(new BatchWriteRecordCommand({ Entries: [{ FeatureGroupName, Record }] })),
  BatchGetRecord: (FeatureGroupName) =>
    runtime.send(
      new BatchGetRecordCommand({ Identifiers: [{ FeatureGroupName, RecordIdentifiersValueAsString: ['1'] }] }),
    ),
};

describe.each(Object.entries(CALLS))('%s', (operation, call) => {
  it.each([
    ['account', 'arn:aws:sagemaker:us-east-1:999999999999:feature-group/people'],
    ['partition', 'arn:aws-cn:sagemaker:us-east-1:000000000000:feature-group/people'],
  ])('is denied for the ARN of another %s', async (_what, arn) => {
    await expect(call(arn)).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining(`is not authorized to perform: sagemaker:`),
      $metadata: { httpStatusCode: 403 },
    });
  });

  it('does not find the ARN of another region', async () => {
    const asked = call('arn:aws:sagemaker:eu-west-1:000000000000:feature-group/people');
    if (operation !== 'BatchGetRecord') return expect(asked).rejects.toThrow('Resource Not Found');
    await expect(asked).resolves.toMatchObject({ Records: [], Errors: [{ ErrorCode: 'ResourceNotFound' }] });
  });
});

it('a batch writes nothing when one of its entries is for another account', async () => {
  const others = 'arn:aws:sagemaker:us-east-1:999999999999:feature-group/people';
  const Entries = ['people', others].map((FeatureGroupName) => ({ FeatureGroupName, Record }));
  await expect(runtime.send(new BatchWriteRecordCommand({ Entries }))).rejects.toThrow('Resource Not Found');
});

it('nothing of all this has changed the group, which answers to its own ARN', async () => {
  const arn = 'arn:aws:sagemaker:us-east-1:000000000000:feature-group/PEOPLE';
  const read = await runtime.send(new GetRecordCommand({ FeatureGroupName: arn, RecordIdentifierValueAsString: '1' }));
  expect(read.Record).toContainEqual({ FeatureName: 'at', ValueAsString: '2026-01-01T00:00:00Z' });
});

it('S3 answers for the owner that is expected, and for no other', async () => {
  const expecting = (ExpectedBucketOwner: string) => ({ Bucket: 'bkt', ExpectedBucketOwner });
  await expect(s3.send(new ListObjectsV2Command(expecting('000000000000')))).resolves.toBeDefined();
  await expect(s3.send(new ListObjectsV2Command(expecting('999999999999')))).rejects.toThrow('Access Denied');
  await expect(s3.send(new HeadBucketCommand(expecting('999999999999')))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 403 },
  });
});
