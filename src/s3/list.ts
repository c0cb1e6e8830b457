/** Lists objects: one by its address, or all below a prefix, with or without old versions. */
import type { S3Client } from '@aws-sdk/client-s3';
import { isAccessDenied, statusOf } from '../errors.js';
import { parseS3, uriOf, type Place } from './address.js';
import { explained, explainS3 } from './errors.js';

/** An object, an old version, or a delete marker. */
export interface StoredObject {
  key: string;
  size: number;
  /** Quoted, as S3 returns it; none for a delete marker. */
  etag?: string;
  /** ISO-8601. */
  modified?: string;
  /** `STANDARD`, `GLACIER`, … */
  storageClass?: string;
  versionId?: string;
  /** An old version or a delete marker, which a plain GET does not return. */
  isOld?: boolean;
  isMarker?: boolean;
}

/** A listed object, by its address. */
export interface S3Object extends Pick<StoredObject, 'size' | 'etag' | 'modified'> {
  uri: string;
}

/**
 * Pages of up to 1,000 objects, in key order.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 */
export async function* listObjects(
  s3: S3Client,
  place: Place,
  abortSignal?: AbortSignal,
): AsyncGenerator<StoredObject[]> {
  const { ListObjectsV2Command } = await import('../sdk/s3.js');
  let ContinuationToken: string | undefined;
  do {
    const command = new ListObjectsV2Command({ ...requestOf(place), ContinuationToken });
    const page = await explained(uriOf(place), 'ListBucket', () => s3.send(command, { abortSignal }));
    const decode = decoderOf(page.EncodingType);
    const objects = (page.Contents ?? []).map(({ Key, Size, ETag, LastModified, StorageClass }) => ({
      key: decode(Key),
      size: Size ?? 0,
      etag: ETag,
      modified: LastModified?.toISOString(),
      storageClass: StorageClass,
    }));
    if (objects.length > 0) yield objects;
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken);
}

/**
 * Pages of up to 1,000 versions and delete markers.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
 */
export async function* listVersions(
  s3: S3Client,
  place: Place,
  abortSignal?: AbortSignal,
): AsyncGenerator<StoredObject[]> {
  const { ListObjectVersionsCommand } = await import('../sdk/s3.js');
  let KeyMarker: string | undefined;
  let VersionIdMarker: string | undefined;
  do {
    const command = new ListObjectVersionsCommand({ ...requestOf(place), KeyMarker, VersionIdMarker });
    const page = await explained(uriOf(place), 'ListBucketVersions', () => s3.send(command, { abortSignal }));
    const decode = decoderOf(page.EncodingType);
    const versions: StoredObject[] = [
      ...(page.Versions ?? []).map(({ Key, Size = 0, ETag, VersionId, IsLatest, StorageClass }) => ({
        ...{ key: decode(Key), size: Size, etag: ETag, storageClass: StorageClass },
        ...{ versionId: VersionId, isOld: IsLatest !== true },
      })),
      ...(page.DeleteMarkers ?? []).map(({ Key, VersionId }) => ({
        ...{ key: decode(Key), size: 0, versionId: VersionId, isOld: true, isMarker: true },
      })),
    ];
    if (versions.length > 0) yield versions;
    // The marker is a key, and encoded like one.
    KeyMarker = page.IsTruncated ? decode(page.NextKeyMarker) : undefined;
    VersionIdMarker = page.NextVersionIdMarker;
  } while (KeyMarker);
}

/** Requests URL-encoded keys, since keys may contain characters that XML cannot. */
const requestOf = ({ bucket, prefix, owner }: Place) => ({
  ...{ Bucket: bucket, Prefix: prefix, ExpectedBucketOwner: owner },
  EncodingType: 'url' as const,
});

/**
 * Reads the keys of an answer. S3 encodes a space as `+`. A store that ignores the wish for encoded keys answers with plain
 * ones and does not say `url`; the key `a%20b` decoded would be another object, and that one would be deleted.
 */
const decoderOf =
  (encoding: string | undefined) =>
  (key = ''): string =>
    encoding === 'url' ? decodeURIComponent(key.replaceAll('+', ' ')) : key;

/** The object at an address, or all below it, in key order. @throws UsageError where there is no such bucket */
export async function objectsAt(s3: S3Client, uri: string, abortSignal?: AbortSignal): Promise<S3Object[]> {
  const one = await headObject(s3, uri, abortSignal);
  if (one) return [one];
  const { Bucket, Key } = parseS3(uri);
  const place = { bucket: Bucket, prefix: Key === '' || Key.endsWith('/') ? Key : `${Key}/` };
  const objects: S3Object[] = [];
  try {
    for await (const page of listObjects(s3, place, abortSignal)) {
      for (const { key, size, etag, modified } of page) {
        objects.push({ uri: uriOf({ ...place, prefix: key }), size, etag, modified });
      }
    }
  } catch (error) {
    // Quote the address as typed, without the added slash.
    throw explainS3((error as Error).cause ?? error, uri, 'ListBucket');
  }
  return objects;
}

/** The object at exactly this address; undefined where there is none, or the address is a prefix. */
async function headObject(s3: S3Client, uri: string, abortSignal?: AbortSignal): Promise<S3Object | undefined> {
  const { HeadObjectCommand } = await import('../sdk/s3.js');
  const address = parseS3(uri);
  if (address.Key === '' || address.Key.endsWith('/')) return undefined;
  try {
    const { ContentLength, ETag, LastModified } = await s3.send(new HeadObjectCommand(address), { abortSignal });
    return { uri, size: ContentLength ?? 0, etag: ETag, modified: LastModified?.toISOString() };
  } catch (error) {
    // HEAD has no body, so a missing bucket looks like a missing object.
    if (statusOf(error) === 404) return undefined;
    throw explainS3(error, uri, 'GetObject');
  }
}

/** Whether the object exists; false where IAM does not allow to tell. */
export async function s3Exists(s3: S3Client, uri: string): Promise<boolean> {
  try {
    return (await headObject(s3, uri)) !== undefined;
  } catch (error) {
    if (isAccessDenied((error as Error).cause ?? error)) return false;
    throw error;
  }
}

/** Whether the bucket is versioned; undefined where IAM does not allow to tell. */
export async function versioningOf(
  s3: S3Client,
  place: Place,
  abortSignal: AbortSignal,
): Promise<'Enabled' | 'Suspended' | 'never' | undefined> {
  const { GetBucketVersioningCommand } = await import('../sdk/s3.js');
  try {
    const command = new GetBucketVersioningCommand({ Bucket: place.bucket, ExpectedBucketOwner: place.owner });
    const { Status } = await s3.send(command, { abortSignal });
    return Status ?? 'never';
  } catch (error) {
    if (isAccessDenied(error)) return undefined;
    throw explainS3(error, uriOf(place), 'ListBucket');
  }
}
