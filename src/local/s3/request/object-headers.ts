/** Converts the properties of an object between headers and index. */
import { ServiceError } from '../../wire/service-error.js';
import type { S3Call } from './call.js';
import { checksumHeader } from './checksum.js';
import type { StoredObject, Target } from '../stored-object.js';

const KEPT = ['cache-control', 'content-disposition', 'content-encoding', 'content-language', 'expires'];
const OVERRIDABLE = ['content-type', ...KEPT].map((name) => `response-${name}`);
const METADATA = 'x-amz-meta-';
/** AmazonS3/latest/API/API_PutObject.html */
const STORAGE_CLASSES = [
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER_IR',
  'GLACIER',
  'DEEP_ARCHIVE',
];
/** AmazonS3/latest/userguide/UsingMetadata.html */
const MAX_METADATA_BYTES = 2048;
/** AmazonS3/latest/userguide/object-keys.html */
const MAX_KEY_BYTES = 1024;

/**
 * Reads the object properties of a write. Throws ServiceError KeyTooLongError, MetadataTooLarge, InvalidStorageClass.
 */
export function targetOf({ bucket, key, headers }: S3Call): Target {
  checkKey(key);
  const metadata = Object.fromEntries(
    [...headers].flatMap(([name, value]) => (name.startsWith(METADATA) ? [[name.slice(METADATA.length), value]] : [])),
  );
  const size = Object.entries(metadata).reduce((sum, pair) => sum + Buffer.byteLength(pair.join('')), 0);
  if (size > MAX_METADATA_BYTES) {
    throw new ServiceError('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size');
  }
  const kept = KEPT.flatMap((name) => {
    const value = headers.get(name)?.replace(/\s*aws-chunked\s*,?\s*/, '');
    return value ? [[name, value]] : [];
  });
  const contentType = headers.get('content-type') ?? undefined;
  const storageClass = storageClassOf(headers);
  return {
    bucket,
    key,
    contentType,
    storageClass,
    metadata,
    headers: Object.fromEntries(kept) as Record<string, string>,
  };
}

function storageClassOf(headers: Headers): string | undefined {
  const named = headers.get('x-amz-storage-class') ?? 'STANDARD';
  if (named === 'STANDARD') return undefined;
  if (STORAGE_CLASSES.includes(named)) return named;
  throw new ServiceError('InvalidStorageClass', 'The storage class you specified is not valid', {
    fields: { StorageClassRequested: named },
  });
}

function checkKey(key: string): void {
  if (Buffer.byteLength(key) <= MAX_KEY_BYTES) return;
  throw new ServiceError('KeyTooLongError', 'Your key is too long', {
    fields: { Size: Buffer.byteLength(key), MaxSizeAllowed: MAX_KEY_BYTES },
  });
}

/** The headers of an object; the checksum only for a whole object, on request. */
export function objectHeaders(call: S3Call, object: StoredObject): Record<string, string> {
  const metadata = Object.entries(object.metadata).map(([name, value]) => [METADATA + name, value]);
  const overridden = [...call.query].flatMap(([name, value]) =>
    OVERRIDABLE.includes(name) ? [[name.slice('response-'.length), value]] : [],
  );
  return {
    'accept-ranges': 'bytes',
    'content-length': String(object.size),
    'content-type': object.contentType ?? 'binary/octet-stream',
    'last-modified': new Date(object.lastModified).toUTCString(),
    etag: `"${object.etag}"`,
    ...(object.storageClass && { 'x-amz-storage-class': object.storageClass }),
    ...object.headers,
    ...(Object.fromEntries([...metadata, ...overridden]) as Record<string, string>),
    ...versionHeader(call, object),
    ...(call.headers.get('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED' ? checksumHeaders(object) : {}),
  };
}

/** No version header unless versioning was ever configured. */
export function versionHeader(
  { store, bucket }: S3Call,
  { versionId }: { versionId?: string },
): Record<string, string> {
  const spoken = store.objects.buckets.get(bucket).versioning !== undefined;
  return spoken && versionId !== undefined ? { 'x-amz-version-id': versionId } : {};
}

/** The same in the answer of a copy or a completion. */
export const checksumElements = ({ checksum }: StoredObject): Record<string, string> =>
  checksum ? { [`Checksum${checksum.algorithm}`]: checksum.value, ChecksumType: checksum.type } : {};

export function checksumHeaders({ checksum }: Pick<StoredObject, 'checksum'>): Record<string, string> {
  return checksum ? { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type } : {};
}
