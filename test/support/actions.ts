/** Every IAM action that the embedded store checks. */
import { operations as athena } from '../../src/local/athena/operations/index.js';
import { operations as glue } from '../../src/local/glue/operations.js';
import { operations as sagemaker } from '../../src/local/sagemaker/operations/index.js';

const named = (service: string, names: string[]) => names.map((name) => `${service}:${name}`);

export const ROUTED_ACTIONS = [
  ...named('sagemaker', Object.keys(sagemaker)),
  ...named('sagemaker', [
    'GetRecord',
    'BatchGetRecord',
    'ListRecords',
    'PutRecord',
    'BatchWriteRecord',
    'DeleteRecord',
  ]),
  ...named('athena', Object.keys(athena)),
  ...named('glue', Object.keys(glue)),
  ...named('s3', ['ListAllMyBuckets', 'ListBucket', 'ListBucketVersions', 'GetBucketLocation', 'GetBucketVersioning']),
  ...named('s3', ['CreateBucket', 'DeleteBucket', 'PutBucketVersioning', 'ListBucketMultipartUploads']),
  ...named('s3', ['GetObject', 'PutObject', 'DeleteObject', 'DeleteObjectVersion', 'GetObjectVersion']),
  ...named('s3', ['AbortMultipartUpload', 'ListMultipartUploadParts']),
];
