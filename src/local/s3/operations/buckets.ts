/** The operations on buckets themselves: create, delete, head, list, location and versioning. */
import { requireBucket } from '../buckets.js';
import { ServiceError } from '../../wire/service-error.js';
import { receiveXml } from '../request/body.js';
import { emptyResponse, isoTime, xmlResponse } from '../request/call.js';
import type { S3Call } from '../request/call.js';

/** Where the API began: its buckets have no location constraint, and creating one's own again is no error. */
const FIRST_REGION = 'us-east-1';

export async function createBucket(call: S3Call): Promise<Response> {
  const { store, bucket, caller } = call;
  const { LocationConstraint } = await receiveXml(call, 'CreateBucketConfiguration');
  const region = typeof LocationConstraint === 'string' && LocationConstraint ? LocationConstraint : caller.region;
  const created = await store.objects.createBucket(bucket, region);
  if (!created && caller.region !== FIRST_REGION) {
    throw new ServiceError(
      'BucketAlreadyOwnedByYou',
      'Your previous request to create the named bucket succeeded and you already own it.',
      { status: 409, fields: { BucketName: bucket } },
    );
  }
  return emptyResponse(200, { location: `/${bucket}` });
}

export async function deleteBucket({ store, bucket }: S3Call): Promise<Response> {
  await store.objects.deleteBucket(bucket);
  return emptyResponse(204);
}

export function headBucket({ store, bucket }: S3Call): Response {
  return emptyResponse(200, { 'x-amz-bucket-region': requireBucket(store.objects.buckets, bucket).region });
}

export function listBuckets({ store, caller }: S3Call): Response {
  const buckets = store.objects.buckets.list();
  return xmlResponse('ListAllMyBucketsResult', {
    Owner: { ID: caller.accountId, DisplayName: 'local' },
    Buckets: {
      Bucket: buckets.map(({ name, createdAt, region }) => ({
        Name: name,
        CreationDate: isoTime(createdAt),
        BucketRegion: region,
      })),
    },
  });
}

export function getBucketLocation({ store, bucket }: S3Call): Response {
  const { region } = requireBucket(store.objects.buckets, bucket);
  return xmlResponse('LocationConstraint', region === FIRST_REGION ? '' : region);
}

export function getBucketVersioning({ store, bucket }: S3Call): Response {
  return xmlResponse('VersioningConfiguration', { Status: requireBucket(store.objects.buckets, bucket).versioning });
}

export async function putBucketVersioning(call: S3Call): Promise<Response> {
  const { Status } = await receiveXml(call, 'VersioningConfiguration');
  if (Status !== 'Enabled' && Status !== 'Suspended') {
    throw new ServiceError('IllegalVersioningConfigurationException', 'The Versioning element must be specified');
  }
  await call.store.objects.buckets.setVersioning(call.bucket, Status);
  return emptyResponse(200);
}
