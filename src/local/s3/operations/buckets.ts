/** The operations on buckets themselves: create, delete, head, list, location, versioning and configuration. */
import type { Bucket } from '../buckets.js';
import { ServiceError } from '../../wire/service-error.js';
import { receiveText, receiveXml } from '../request/body.js';
import { emptyResponse, isoTime, xmlResponse, type S3Call } from '../request/call.js';

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
  return emptyResponse(200, { 'x-amz-bucket-region': store.objects.buckets.get(bucket).region });
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

export async function putBucketVersioning(call: S3Call): Promise<Response> {
  const { Status } = await receiveXml(call, 'VersioningConfiguration');
  if (Status !== 'Enabled' && Status !== 'Suspended') {
    throw new ServiceError('IllegalVersioningConfigurationException', 'The Versioning element must be specified');
  }
  await call.store.objects.buckets.change(call.bucket, { versioning: Status });
  return emptyResponse(200);
}

/** AmazonS3/latest/userguide/bucket-policies.html */
const MAX_POLICY_BYTES = 20 << 10;

export async function putBucketPolicy(call: S3Call): Promise<Response> {
  const policy = await receiveText(call, MAX_POLICY_BYTES);
  if (!isPolicy(policy)) throw new ServiceError('MalformedPolicy', 'Policies must be valid JSON with a Statement');
  await call.store.objects.buckets.change(call.bucket, { policy });
  return emptyResponse(204);
}

function isPolicy(text: string): boolean {
  try {
    return typeof (JSON.parse(text) as { Statement?: unknown } | null)?.Statement === 'object';
  } catch {
    return false;
  }
}

export async function deleteBucketPolicy({ store, bucket }: S3Call): Promise<Response> {
  await store.objects.buckets.change(bucket, { policy: undefined });
  return emptyResponse(204);
}

const notConfigured = (code: string, message: string, bucket: Bucket): ServiceError =>
  new ServiceError(code, message, { status: 404, fields: { BucketName: bucket.name } });

const SSE_S3 = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' }, BucketKeyEnabled: false };
const ALL_BLOCKED = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
};

/** What cannot be configured here is as S3 makes it for a new bucket: some of it is there, and some is not. */
const CONFIGURATIONS: Record<string, (bucket: Bucket) => Response | ServiceError> = {
  location: ({ region }) => xmlResponse('LocationConstraint', region === FIRST_REGION ? '' : region),
  versioning: ({ versioning }) => xmlResponse('VersioningConfiguration', { Status: versioning }),
  policy: (bucket) =>
    bucket.policy === undefined
      ? notConfigured('NoSuchBucketPolicy', 'The bucket policy does not exist', bucket)
      : new Response(bucket.policy, { headers: { 'content-type': 'application/json' } }),
  encryption: () => xmlResponse('ServerSideEncryptionConfiguration', { Rule: SSE_S3 }),
  ownershipControls: () => xmlResponse('OwnershipControls', { Rule: { ObjectOwnership: 'BucketOwnerEnforced' } }),
  publicAccessBlock: () => xmlResponse('PublicAccessBlockConfiguration', ALL_BLOCKED),
  lifecycle: (bucket) =>
    notConfigured('NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist', bucket),
  tagging: (bucket) => notConfigured('NoSuchTagSet', 'The TagSet does not exist', bucket),
};

/** Reads what the parameter names of a bucket: GetBucketLocation, GetBucketPolicy and so on. */
export function getConfiguration({ store, bucket, query }: S3Call): Response {
  const name = [...query.keys()].find((key) => Object.hasOwn(CONFIGURATIONS, key))!;
  const read = CONFIGURATIONS[name]!(store.objects.buckets.get(bucket));
  if (read instanceof ServiceError) throw read;
  return read;
}
