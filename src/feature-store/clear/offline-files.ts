/** A group's own objects on S3: listed and deleted, with or without their old versions. */
import type { ObjectIdentifier, S3Client } from '@aws-sdk/client-s3';
import { isAccessDenied } from '../../errors.js';
import { openBackOff } from '../../utils/back-off.js';
import { explainS3 } from '../../s3/address.js';
import { uriOf, type Place } from './offline-prefix.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
export const MAX_KEYS_PER_DELETE = 1000;
const PASSING = /InternalError|SlowDown|ServiceUnavailable|OperationAborted|RequestTimeout/;

/** An object, or a version of one, or the marker of its deletion. */
export interface StoredObject {
  key: string;
  size: number;
  /** With its quotes, as S3 writes it; none for a marker. */
  etag?: string;
  versionId?: string;
  /** Not what a plain GET would find: an old version, or a delete marker. */
  isOld?: boolean;
  isMarker?: boolean;
}

/** Pages of at most 1,000 objects, in the order of their keys. */
export async function* listObjects(
  s3: S3Client,
  place: Place,
  abortSignal: AbortSignal,
): AsyncGenerator<StoredObject[]> {
  const { ListObjectsV2Command } = await import('../../sdk/s3.js');
  let ContinuationToken: string | undefined;
  do {
    const page = await explained(place, 'ListBucket', () =>
      s3.send(
        // Encoded, for a key may hold what XML cannot.
        new ListObjectsV2Command({ ...request(place), ContinuationToken, EncodingType: 'url' }),
        { abortSignal },
      ),
    );
    const objects = (page.Contents ?? []).map(({ Key, Size = 0, ETag }) => ({
      key: decode(Key),
      size: Size,
      etag: ETag,
    }));
    if (objects.length > 0) yield objects;
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken);
}

/**
 * Pages of at most 1,000 versions and delete markers.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
 */
export async function* listVersions(
  s3: S3Client,
  place: Place,
  abortSignal: AbortSignal,
): AsyncGenerator<StoredObject[]> {
  const { ListObjectVersionsCommand } = await import('../../sdk/s3.js');
  let KeyMarker: string | undefined;
  let VersionIdMarker: string | undefined;
  do {
    const page = await explained(place, 'ListBucketVersions', () =>
      s3.send(new ListObjectVersionsCommand({ ...request(place), KeyMarker, VersionIdMarker, EncodingType: 'url' }), {
        abortSignal,
      }),
    );
    const versions: StoredObject[] = [
      ...(page.Versions ?? []).map(({ Key, Size = 0, ETag, VersionId, IsLatest }) => ({
        ...{ key: decode(Key), size: Size, etag: ETag, versionId: VersionId, isOld: IsLatest !== true },
      })),
      ...(page.DeleteMarkers ?? []).map(({ Key, VersionId }) => ({
        ...{ key: decode(Key), size: 0, versionId: VersionId, isOld: true, isMarker: true },
      })),
    ];
    if (versions.length > 0) yield versions;
    // The marker is a key, and comes encoded as keys do.
    KeyMarker = page.IsTruncated ? decode(page.NextKeyMarker) : undefined;
    VersionIdMarker = page.NextVersionIdMarker;
  } while (KeyMarker);
}

const request = ({ bucket, prefix }: Place) => ({ Bucket: bucket, Prefix: prefix });

/** S3 writes a space as `+` in what it encodes. */
const decode = (key = ''): string => decodeURIComponent(key.replaceAll('+', ' '));

/** Whether the bucket keeps old versions; undefined where IAM does not let us know. */
export async function versioningOf(
  s3: S3Client,
  place: Place,
  abortSignal: AbortSignal,
): Promise<'Enabled' | 'Suspended' | 'never' | undefined> {
  const { GetBucketVersioningCommand } = await import('../../sdk/s3.js');
  try {
    const { Status } = await s3.send(new GetBucketVersioningCommand({ Bucket: place.bucket }), { abortSignal });
    return Status ?? 'never';
  } catch (error) {
    if (isAccessDenied(error)) return undefined;
    throw explainS3(error, uriOf(place), 'ListBucket');
  }
}

export interface FailedKey {
  key: string;
  versionId?: string;
  code: string;
  message: string;
}

/**
 * Deletes at most 1,000 objects, or versions of them where these are named, in one call; what S3 could not do at the
 * time is tried again.
 * @returns the keys that S3 has refused
 */
export async function deleteObjects(
  s3: S3Client,
  { place, objects, retryForSeconds }: { place: Place; objects: StoredObject[]; retryForSeconds: number },
): Promise<FailedKey[]> {
  const { DeleteObjectsCommand } = await import('../../sdk/s3.js');
  const outside = objects.find(({ key }) => !key.startsWith(place.prefix));
  // No answer of S3, and no mistake of ours, may lead beyond the prefix that was shown and agreed to.
  if (outside || place.prefix === '') throw new Error(`${outside?.key ?? uriOf(place)} is not below ${uriOf(place)}`);
  const backOff = openBackOff();
  const failed: FailedKey[] = [];
  let rest: ObjectIdentifier[] = objects.map(({ key, versionId }) => ({ Key: key, VersionId: versionId }));
  while (rest.length > 0) {
    const Delete = { Objects: rest, Quiet: true };
    const answer = await explained(place, 'DeleteObject', () =>
      s3.send(new DeleteObjectsCommand({ Bucket: place.bucket, Delete })),
    );
    const isSpent = backOff.waited() >= retryForSeconds * 1000;
    rest = [];
    for (const { Key = '', VersionId, Code = 'Unknown', Message = '' } of answer.Errors ?? []) {
      if (PASSING.test(Code) && !isSpent) rest.push({ Key, VersionId });
      else failed.push({ key: Key, versionId: VersionId, code: Code, message: Message });
    }
    if (rest.length > 0) await backOff.wait(new AbortController().signal);
  }
  return failed;
}

async function explained<T>(place: Place, action: Parameters<typeof explainS3>[2], call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw explainS3(error, uriOf(place), action);
  }
}
