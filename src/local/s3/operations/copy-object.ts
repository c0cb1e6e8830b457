/** CopyObject: a server-side copy, complete or rejected. */
import { ServiceError } from '../../wire/service-error.js';
import { decoded, invalidArgument, isoTime, xmlResponse, type S3Call } from '../request/call.js';
import { checkCopySource } from '../request/conditions.js';
import type { Algorithm } from '../request/checksum.js';
import { embeddedError } from '../request/errors.js';
import { checksumElements, targetOf, versionHeader } from '../request/object-headers.js';
import { openSource, refuseArchived, type Wanted } from './open-source.js';
import { publishUpload } from './put-object.js';
import { READ_CHUNK_BYTES, stage, type Staged } from '../request/stage.js';
import type { StoredObject, Target } from '../stored-object.js';

export async function copyObject(call: S3Call): Promise<Response> {
  const { objects } = call.store;
  const source = copySourceOf(call);
  const replaced = targetOf(call);
  const failure = embeddedError(call);
  if (failure) return failure;

  const { object, staged } = await stageCopy(call, source, {
    range({ size }) {
      checkCopySize(size, objects.limits.copyBytes);
      checkChange(call, source);
      return {};
    },
  });
  const { contentType, headers, metadata } = object;
  const target = replaces(call) ? replaced : { ...replaced, contentType, headers, metadata };
  const stored = await publishUpload(call, { ...target, ...digestsOf(object, staged) }, staged);
  return xmlResponse(
    'CopyObjectResult',
    {
      LastModified: isoTime(stored.lastModified),
      ETag: `"${stored.etag}"`,
      ...checksumElements(stored),
    },
    { ...versionHeader(call, stored), ...sourceVersionHeader(call, object) },
  );
}

/** Reads `bucket/key?versionId=…`, percent-encoded, with or without a slash before it. Throws InvalidArgument. */
export function copySourceOf({ headers }: S3Call): Wanted {
  const header = headers.get('x-amz-copy-source') ?? '';
  const [, path = '', versionId] = /^(.*?)(?:\?versionId=(.*))?$/s.exec(header) ?? [];
  const [, bucket, key] = /^\/?([^/]+)\/(.+)$/s.exec(decoded(path) ?? '') ?? [];
  if (bucket !== undefined && key !== undefined) return { bucket, key, versionId };
  throw invalidArgument(
    'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    'x-amz-copy-source',
    header,
  );
}

interface Copying {
  /** What of the source is wanted; may throw. */
  range(object: StoredObject): { start?: number; end?: number };
  algorithm?: Algorithm;
}

/** Copies bytes of the source to a file of their own, under the conditions of the request. */
export async function stageCopy(call: S3Call, source: Wanted, { range, algorithm }: Copying) {
  const { object, handle } = await openSource(call.store, source, sourceIsMarker);
  try {
    refuseArchived(object, "Operation is not valid for the source object's storage class");
    checkCopySource(call.headers, object);
    const reading = { ...range(object), autoClose: false, highWaterMark: READ_CHUNK_BYTES };
    return { object, staged: await stage(call.store.objects, handle.createReadStream(reading), { algorithm }) };
  } finally {
    await handle.close();
  }
}

const refused = (words: string): ServiceError => new ServiceError('InvalidRequest', words);

const sourceIsMarker = (): ServiceError =>
  refused('The source of a copy request may not specifically refer to a delete marker by version id.');

/** @throws ServiceError InvalidRequest */
export function checkCopySize(size: number, limit: number): void {
  if (size <= limit) return;
  throw refused(`The specified copy source is larger than the maximum allowable size for a copy source: ${limit}`);
}

const replaces = ({ headers }: S3Call): boolean => headers.get('x-amz-metadata-directive')?.toUpperCase() === 'REPLACE';

function checkChange(call: S3Call, { bucket, key, versionId }: Wanted): void {
  const isOther = bucket !== call.bucket || key !== call.key || versionId !== undefined;
  if (isOther || replaces(call) || call.headers.has('x-amz-storage-class')) return;
  throw refused(
    'This copy request is illegal because it is trying to copy an object to itself without changing ' +
      "the object's metadata, storage class, website redirect location or encryption attributes.",
  );
}

/** A copy has a single part, so a checksum of checksums of its source does not apply. */
const digestsOf = ({ checksum }: StoredObject, { md5 }: Staged): Pick<Target, 'etag' | 'checksum'> => ({
  etag: md5,
  checksum: checksum?.type === 'FULL_OBJECT' ? checksum : undefined,
});

export const sourceVersionHeader = (call: S3Call, { bucket, versionId }: StoredObject): Record<string, string> => {
  const spoken = versionHeader({ ...call, bucket }, { versionId })['x-amz-version-id'];
  return spoken === undefined ? {} : { 'x-amz-copy-source-version-id': spoken };
};
