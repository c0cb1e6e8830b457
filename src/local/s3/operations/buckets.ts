/** The operations on buckets themselves: create, delete, head, list, location, versioning and configuration. */
import { requireBucket } from '../buckets.js';
import { ServiceError } from '../../wire/service-error.js';
import type { XmlContent } from '../../wire/xml.js';
import { receiveText, receiveXml } from '../request/body.js';
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

export function getBucketPolicy({ store, bucket }: S3Call): Response {
  const { policy } = requireBucket(store.objects.buckets, bucket);
  if (policy === undefined) throw notConfigured('NoSuchBucketPolicy', 'The bucket policy does not exist', bucket);
  return new Response(policy, { headers: { 'content-type': 'application/json' } });
}

export async function deleteBucketPolicy({ store, bucket }: S3Call): Promise<Response> {
  await store.objects.buckets.change(bucket, { policy: undefined });
  return emptyResponse(204);
}

const notConfigured = (code: string, message: string, bucket: string): ServiceError =>
  new ServiceError(code, message, { status: 404, fields: { BucketName: bucket } });

const SSE_S3 = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' }, BucketKeyEnabled: false };
const ALL_BLOCKED = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
};

/** What cannot be configured here is as S3 makes it for a new bucket: some of it is there, and some is not. */
const DEFAULTS: Record<string, { root: string; content: XmlContent } | { code: string; message: string }> = {
  encryption: { root: 'ServerSideEncryptionConfiguration', content: { Rule: SSE_S3 } },
  ownershipControls: { root: 'OwnershipControls', content: { Rule: { ObjectOwnership: 'BucketOwnerEnforced' } } },
  publicAccessBlock: { root: 'PublicAccessBlockConfiguration', content: ALL_BLOCKED },
  lifecycle: { code: 'NoSuchLifecycleConfiguration', message: 'The lifecycle configuration does not exist' },
  tagging: { code: 'NoSuchTagSet', message: 'The TagSet does not exist' },
};

export function getBucketDefault({ bucket, query }: S3Call): Response {
  const made = DEFAULTS[[...query.keys()].find((name) => name in DEFAULTS)!]!;
  if ('code' in made) throw notConfigured(made.code, made.message, bucket);
  return xmlResponse(made.root, made.content);
}
