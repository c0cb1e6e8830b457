/** The life of a multipart upload besides its parts: CreateMultipartUpload, AbortMultipartUpload and ListParts. */
import { ALGORITHMS } from '../request/checksum.js';
import { emptyResponse, invalidArgument, isoTime, numberOf, xmlResponse } from '../request/call.js';
import type { S3Call } from '../request/call.js';
import { targetOf } from '../request/object-headers.js';
import { uploadOf } from './upload-part.js';
import type { Checksum } from '../stored-object.js';

const MAX_PER_PAGE = 1000;

export async function createMultipartUpload(call: S3Call): Promise<Response> {
  const { store, bucket, key } = call;
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
