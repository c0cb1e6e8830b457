/** ListObjectVersions: versions and delete markers of each key, the newest first. */
import { requireBucket } from '../buckets.js';
import type { XmlContent } from '../../wire/xml.js';
import { invalidArgument, isoTime, xmlResponse } from '../request/call.js';
import type { S3Call } from '../request/call.js';
import { contentOf, prefixElements } from './list-objects.js';
import { afterMarker, listingOf, pageOf } from './listing.js';
import type { ObjectVersion } from '../stored-object.js';

export function listObjectVersions(call: S3Call): Response {
  const { store, bucket, query } = call;
  requireBucket(store.objects.buckets, bucket);
  const { encode, ...parameters } = listingOf(call);
  const marker = markerOf(call, parameters);
  const page = pageOf({
    ...parameters,
    from: marker.from,
    read: (from) => afterVersion(store.objects.listVersions(bucket, parameters.prefix, from), marker),
  });
  const element = (version: ObjectVersion): XmlContent => ({
    Key: encode(version.key),
    VersionId: version.versionId,
    IsLatest: version.isLatest,
    ...('deleteMarker' in version ? { LastModified: isoTime(version.lastModified) } : contentOf(version)),
  });
  return xmlResponse('ListVersionsResult', {
    Name: bucket,
    Prefix: encode(parameters.prefix),
    Delimiter: parameters.delimiter === '' ? undefined : encode(parameters.delimiter),
    KeyMarker: encode(query.get('key-marker') ?? ''),
    VersionIdMarker: query.get('version-id-marker') ?? '',
    MaxKeys: parameters.limit,
    EncodingType: query.get('encoding-type'),
    IsTruncated: page.last !== undefined,
    NextKeyMarker: encode(page.last?.commonPrefix ?? page.last?.item?.key),
    NextVersionIdMarker: page.last?.item?.versionId,
    Version: page.items.filter((version) => !('deleteMarker' in version)).map(element),
    DeleteMarker: page.items.filter((version) => 'deleteMarker' in version).map(element),
    CommonPrefixes: prefixElements(page.commonPrefixes, encode),
  });
}

interface Marker {
  key: string;
  versionId?: string;
  from?: Uint8Array;
}

function markerOf({ query }: S3Call, { prefix, delimiter }: { prefix: string; delimiter: string }): Marker {
  const key = query.get('key-marker') ?? '';
  const versionId = query.get('version-id-marker') || undefined;
  if (versionId !== undefined && key === '') {
    throw invalidArgument(
      'A version-id marker cannot be specified without a key marker.',
      'version-id-marker',
      versionId,
    );
  }
  if (key === '') return { key };
  return { key, versionId, from: versionId === undefined ? afterMarker(key, prefix, delimiter) : Buffer.from(key) };
}

/** Drops the versions of the marker's key up to the marker's own; all stay when that one has been deleted since. */
function* afterVersion(versions: Iterable<ObjectVersion>, { key, versionId }: Marker): Generator<ObjectVersion> {
  const held: ObjectVersion[] = [];
  let passed = versionId === undefined;
  for (const version of versions) {
    if (!passed && version.key === key) {
      held.push(version);
      if (version.versionId !== versionId) continue;
      held.length = 0;
      passed = true;
      continue;
    }
    passed = true;
    yield* held.splice(0);
    yield version;
  }
  yield* held;
}
