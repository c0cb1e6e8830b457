/** The life of a multipart upload besides its parts: CreateMultipartUpload, AbortMultipartUpload, and the two lists. */
import { requireBucket } from '../buckets.js';
import { ALGORITHMS } from '../request/checksum.js';
import { emptyResponse, invalidArgument, isoTime, notImplemented, numberOf, xmlResponse } from '../request/call.js';
import type { S3Call } from '../request/call.js';
import { listingOf } from './listing.js';
import { targetOf } from '../request/object-headers.js';
import { uploadOf } from './upload-part.js';
import type { Checksum } from '../stored-object.js';

const MAX_PER_PAGE = 1000;

export async function createMultipartUpload(call: S3Call): Promise<Response> {
  const { store, bucket, key } = call;
  requireBucket(store.objects.buckets, bucket);
  const upload = await store.objects.uploads.create({ ...targetOf(call), ...checksumKindOf(call.headers) });
  const { checksumAlgorithm, checksumType } = upload;
  return xmlResponse(
    'InitiateMultipartUploadResult',
    { Bucket: bucket, Key: key, UploadId: upload.id },
    checksumAlgorithm && checksumType
      ? { 'x-amz-checksum-algorithm': checksumAlgorithm, 'x-amz-checksum-type': checksumType }
      : {},
  );
}

function checksumKindOf(headers: Headers): {
  checksumAlgorithm?: Checksum['algorithm'];
  checksumType?: Checksum['type'];
} {
  const named = headers.get('x-amz-checksum-algorithm')?.toUpperCase();
  if (named === undefined) return {};
  const checksumAlgorithm = ALGORITHMS.find((algorithm) => algorithm === named);
  if (!checksumAlgorithm) {
    throw invalidArgument('Checksum algorithm provided is unsupported.', 'x-amz-checksum-algorithm', named);
  }
  const whole = checksumAlgorithm === 'CRC64NVME' || headers.get('x-amz-checksum-type') === 'FULL_OBJECT';
  return { checksumAlgorithm, checksumType: whole ? 'FULL_OBJECT' : 'COMPOSITE' };
}

export async function abortMultipartUpload(call: S3Call): Promise<Response> {
  await call.store.objects.uploads.abort(uploadOf(call));
  return emptyResponse(204);
}

export function listParts(call: S3Call): Response {
  const { id, bucket, key, checksumAlgorithm, checksumType, storageClass = 'STANDARD' } = uploadOf(call);
  const limit = Math.min(numberOf(call, 'max-parts', MAX_PER_PAGE), MAX_PER_PAGE);
  const marker = numberOf(call, 'part-number-marker', 0);
  const parts = call.store.objects.uploads.parts(id).filter(({ number }) => number > marker);
  const page = parts.slice(0, limit);
  return xmlResponse('ListPartsResult', {
    Bucket: bucket,
    Key: key,
    UploadId: id,
    PartNumberMarker: marker,
    NextPartNumberMarker: page.at(-1)?.number ?? 0,
    MaxParts: limit,
    IsTruncated: parts.length > page.length,
    StorageClass: storageClass,
    ChecksumAlgorithm: checksumAlgorithm,
    ChecksumType: checksumType,
    Part: page.map(({ number, size, etag, lastModified, checksum }) => ({
      PartNumber: number,
      LastModified: isoTime(lastModified),
      ETag: `"${etag}"`,
      Size: size,
      ...(checksumAlgorithm && { [`Checksum${checksumAlgorithm}`]: checksum }),
    })),
  });
}

export function listMultipartUploads(call: S3Call): Response {
  const { store, bucket, query } = call;
  requireBucket(store.objects.buckets, bucket);
  const { prefix, delimiter, encode } = listingOf(call);
  if (delimiter !== '') throw notImplemented('ListMultipartUploads with a delimiter');
  const limit = Math.min(numberOf(call, 'max-uploads', MAX_PER_PAGE), MAX_PER_PAGE);
  const [keyMarker, idMarker] = [query.get('key-marker') ?? '', query.get('upload-id-marker') ?? ''];
  const all = store.objects.uploads.list(bucket, prefix);
  // Of the marker's own key, the uploads after the marker's; without one, none.
  const passed =
    keyMarker === ''
      ? -1
      : all.findLastIndex(
          ({ key, id }) => isPassed(key) || (key === keyMarker && (idMarker === '' || id === idMarker)),
        );
  const page = all.slice(passed + 1, passed + 1 + limit);
  const truncated = passed + 1 + page.length < all.length;
  return xmlResponse('ListMultipartUploadsResult', {
    Bucket: bucket,
    Prefix: encode(prefix),
    KeyMarker: encode(keyMarker),
    UploadIdMarker: idMarker,
    NextKeyMarker: truncated ? encode(page.at(-1)?.key) : undefined,
    NextUploadIdMarker: truncated ? page.at(-1)?.id : undefined,
    MaxUploads: limit,
    EncodingType: query.get('encoding-type'),
    IsTruncated: truncated,
    Upload: page.map(({ key, id, initiatedAt, checksumAlgorithm, checksumType, storageClass = 'STANDARD' }) => ({
      Key: encode(key),
      UploadId: id,
      Initiated: isoTime(initiatedAt),
      StorageClass: storageClass,
      ChecksumAlgorithm: checksumAlgorithm,
      ChecksumType: checksumType,
    })),
  });

  function isPassed(key: string): boolean {
    return Buffer.compare(Buffer.from(key), Buffer.from(keyMarker)) < 0;
  }
}
