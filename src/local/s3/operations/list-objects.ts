/** ListObjectsV2, and the older ListObjects with markers in place of tokens. */
import { requireBucket } from '../buckets.js';
import type { XmlContent } from '../../wire/xml.js';
import { invalidArgument, isoTime, xmlResponse } from '../request/call.js';
import type { S3Call } from '../request/call.js';
import { afterKey, afterMarker, afterPrefix, listingOf, pageOf } from './listing.js';
import type { Encode, Entry, Page } from './listing.js';
import type { StoredObject } from '../stored-object.js';

type Parameters = ReturnType<typeof listingOf>;

export function listObjectsV2(call: S3Call): Response {
  const parameters = listingOf(call);
  const token = call.query.get('continuation-token');
  const startAfter = call.query.get('start-after');
  const start = token !== undefined ? positionOf(token) : startAfter ? afterKey(startAfter) : undefined;
  const page = read(call, parameters, start);
  return xmlResponse('ListBucketResult', {
    ...shared(call, parameters, page),
    KeyCount: page.items.length + page.commonPrefixes.length,
    ContinuationToken: token,
    NextContinuationToken: page.last && tokenOf(page.last),
    StartAfter: parameters.encode(startAfter),
  });
}

export function listObjects(call: S3Call): Response {
  const parameters = listingOf(call);
  const { prefix, delimiter, encode } = parameters;
  const marker = call.query.get('marker') ?? '';
  const page = read(call, parameters, marker === '' ? undefined : afterMarker(marker, prefix, delimiter));
  return xmlResponse('ListBucketResult', {
    ...shared(call, parameters, page),
    Marker: encode(marker),
    // Without a delimiter the last key itself is the marker of the next page.
    NextMarker: delimiter === '' ? undefined : encode(page.last?.commonPrefix ?? page.last?.item?.key),
  });
}

function read(
  { store, bucket }: S3Call,
  { prefix, delimiter, limit }: Parameters,
  from?: Uint8Array,
): Page<StoredObject> {
  requireBucket(store.objects.buckets, bucket);
  return pageOf({ prefix, delimiter, limit, from, read: (start) => store.objects.list(bucket, prefix, start) });
}

function shared(call: S3Call, parameters: Parameters, page: Page<StoredObject>): { [name: string]: XmlContent } {
  const { prefix, delimiter, limit, encode } = parameters;
  return {
    Name: call.bucket,
    Prefix: encode(prefix),
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    MaxKeys: limit,
    EncodingType: call.query.get('encoding-type'),
    IsTruncated: page.last !== undefined,
    Contents: page.items.map((object) => ({ Key: encode(object.key), ...contentOf(object) })),
    CommonPrefixes: prefixElements(page.commonPrefixes, encode),
  };
}

export const prefixElements = (prefixes: string[], encode: Encode): XmlContent =>
  prefixes.map((prefix) => ({ Prefix: encode(prefix) }));

/** What a listing tells of an object besides its key. */
export const contentOf = ({
  lastModified,
  etag,
  size,
  checksum,
  storageClass = 'STANDARD',
}: StoredObject): { [name: string]: XmlContent } => ({
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
