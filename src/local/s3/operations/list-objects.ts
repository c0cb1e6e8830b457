/** The lists of a bucket: ListObjectsV2, ListObjects, ListObjectVersions and ListMultipartUploads. */
import type { XmlContent } from '../../wire/xml.js';
import { invalidArgument, isoTime, xmlResponse, type S3Call } from '../request/call.js';
import { afterKey, afterMarker, afterPrefix, pageOf, type Entry } from './listing.js';
import type { ObjectVersion, StoredObject } from '../stored-object.js';

export function listObjectsV2(call: S3Call): Response {
  const token = call.query.get('continuation-token');
  const startAfter = call.query.get('start-after');
  const start = token !== undefined ? positionOf(token) : startAfter ? afterKey(startAfter) : undefined;
  const { page, answer } = objectsFrom(call, start);
  return xmlResponse('ListBucketResult', {
    ...answer,
    KeyCount: page.items.length + page.shared.CommonPrefixes.length,
    ContinuationToken: token,
    NextContinuationToken: page.last && tokenOf(page.last),
    StartAfter: page.encode(startAfter),
  });
}

/** The older ListObjects, with markers in place of tokens. */
export function listObjects(call: S3Call): Response {
  const marker = call.query.get('marker') ?? '';
  const { page, answer } = objectsFrom(call, marker === '' ? undefined : afterMarker(call, marker));
  return xmlResponse('ListBucketResult', {
    ...answer,
    Marker: page.encode(marker),
    // Without a delimiter the last key itself is the marker of the next page.
    NextMarker: page.shared.Delimiter === undefined ? undefined : page.lastKey,
  });
}

function objectsFrom(call: S3Call, from?: Uint8Array) {
  const { store, bucket } = call;
  const read = (prefix: string, start?: Uint8Array) => store.objects.list(bucket, prefix, start);
  const page = pageOf(call, { limit: 'max-keys', from, read });
  const Contents = page.items.map((object) => ({ Key: page.encode(object.key), ...contentOf(object) }));
  return { page, answer: { Name: bucket, MaxKeys: page.limit, ...page.shared, Contents } };
}

/** What a listing tells of an object besides its key. */
const contentOf = ({ lastModified, etag, size, checksum, storageClass = 'STANDARD' }: StoredObject) => ({
  LastModified: isoTime(lastModified),
  ETag: `"${etag}"`,
  ChecksumAlgorithm: checksum?.algorithm,
  ChecksumType: checksum?.type,
  Size: size,
  StorageClass: storageClass,
});

/** A token is a position among the bytes of keys, so it holds when the key that it came from is gone. */
const tokenOf = ({ item, commonPrefix }: Entry<StoredObject>): string =>
  (item ? afterKey(item.key) : afterPrefix(commonPrefix)).toString('base64url');

function positionOf(token: string): Buffer {
  const position = Buffer.from(token, 'base64url');
  if (position.length > 0 && position.toString('base64url') === token) return position;
  throw invalidArgument('The continuation token provided is incorrect', 'continuation-token', token);
}

/** Versions and delete markers of each key, the newest first. */
export function listObjectVersions(call: S3Call): Response {
  const { store, bucket, query } = call;
  const id = query.get('version-id-marker');
  if (id && !query.get('key-marker')) {
    throw invalidArgument('A version-id marker cannot be specified without a key marker.', 'version-id-marker', id);
  }
  const { page, answer } = afterTwoMarkers(call, 'Version', {
    limit: 'max-keys',
    read: (prefix, from) => store.objects.listVersions(bucket, prefix, from),
    idOf: ({ versionId }) => versionId,
  });
  const element = (version: ObjectVersion): XmlContent => ({
    Key: page.encode(version.key),
    VersionId: version.versionId,
    IsLatest: version.isLatest,
    ...('deleteMarker' in version ? { LastModified: isoTime(version.lastModified) } : contentOf(version)),
  });
  return xmlResponse('ListVersionsResult', {
    Name: bucket,
    MaxKeys: page.limit,
    ...answer,
    Version: page.items.filter((version) => !('deleteMarker' in version)).map(element),
    DeleteMarker: page.items.filter((version) => 'deleteMarker' in version).map(element),
  });
}

export function listMultipartUploads(call: S3Call): Response {
  const { store, bucket } = call;
  const { page, answer } = afterTwoMarkers(call, 'Upload', {
    limit: 'max-uploads',
    read: (prefix, from = Buffer.of()) =>
      store.objects.uploads.list(bucket, prefix).filter(({ key }) => Buffer.compare(Buffer.from(key), from) >= 0),
    idOf: ({ id }) => id,
  });
  return xmlResponse('ListMultipartUploadsResult', {
    Bucket: bucket,
    MaxUploads: page.limit,
    ...answer,
    Upload: page.items.map(({ key, id, initiatedAt, checksumAlgorithm, checksumType, storageClass = 'STANDARD' }) => ({
      Key: page.encode(key),
      UploadId: id,
      Initiated: isoTime(initiatedAt),
      StorageClass: storageClass,
      ChecksumAlgorithm: checksumAlgorithm,
      ChecksumType: checksumType,
    })),
  });
}

/** A page of a list with several items of a key, which starts after the item that a key and an id name. */
function afterTwoMarkers<T extends { key: string }>(
  call: S3Call,
  what: 'Version' | 'Upload',
  { idOf, read, limit }: Pick<Parameters<typeof pageOf<T>>[1], 'limit' | 'read'> & { idOf(item: T): string },
) {
  const key = call.query.get('key-marker') ?? '';
  const id = call.query.get(`${what.toLowerCase()}-id-marker`) ?? '';
  const after = id === '' ? afterMarker(call, key) : Buffer.from(key);
  const page = pageOf(call, {
    limit,
    from: key === '' ? undefined : after,
    read: (prefix, from) => afterItem(read(prefix, from), key, (item) => idOf(item) === id),
  });
  const markers = {
    KeyMarker: page.encode(key),
    [`${what}IdMarker`]: id,
    NextKeyMarker: page.lastKey,
    [`Next${what}IdMarker`]: page.last?.item && idOf(page.last.item),
  };
  return { page, answer: { ...page.shared, ...markers } };
}

/** Drops the items of a key up to the named one; all stay when that one has been deleted since. */
function* afterItem<T extends { key: string }>(items: Iterable<T>, key: string, isNamed: (item: T) => boolean) {
  let held: T[] = [];
  for (const item of items) {
    if (item.key === key) {
      if (isNamed(item)) held = [];
      else held.push(item);
      continue;
    }
    yield* held.splice(0);
    yield item;
  }
  yield* held;
}
