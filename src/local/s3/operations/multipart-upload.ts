/** The life of a multipart upload but for its end: CreateMultipartUpload, the parts, ListParts and AbortMultipartUpload. */
import { receiveFile } from '../request/body.js';
import { emptyResponse, invalidArgument, isoTime, numberOf, xmlResponse, type S3Call } from '../request/call.js';
import { ALGORITHMS } from '../request/checksum.js';
import { checksumHeaders, targetOf } from '../request/object-headers.js';
import { orRemoved, type Staged } from '../request/stage.js';
import type { StoredObject } from '../stored-object.js';
import type { Part, Upload } from '../uploads.js';
import { checkCopySize, copySourceOf, sourceVersionHeader, stageCopy } from './copy-object.js';
import { limitOf } from './listing.js';

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

function checksumKindOf(headers: Headers): Pick<Upload, 'checksumAlgorithm' | 'checksumType'> {
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
  const limit = limitOf(call, 'max-parts');
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

/** AmazonS3/latest/userguide/qfacts.html */
const MAX_PART_NUMBER = 10_000;

export async function uploadPart(call: S3Call): Promise<Response> {
  const [upload, number] = [uploadOf(call), partNumberOf(call)];
  const received = await receiveFile(call, upload.checksumAlgorithm);
  const part = await keepPart(call, upload, { ...received, number });
  return emptyResponse(200, { etag: `"${part.etag}"`, ...checksumHeaders(received) });
}

export async function uploadPartCopy(call: S3Call): Promise<Response> {
  const [upload, number] = [uploadOf(call), partNumberOf(call)];
  const { object, staged } = await stageCopy(call, copySourceOf(call), {
    range: (source) => copyRangeOf(call, source),
    algorithm: upload.checksumAlgorithm,
  });
  const part = await keepPart(call, upload, { ...staged, number });
  return xmlResponse(
    'CopyPartResult',
    {
      LastModified: isoTime(part.lastModified),
      ETag: `"${part.etag}"`,
      ...(staged.checksum && { [`Checksum${staged.checksum.algorithm}`]: staged.checksum.value }),
    },
    sourceVersionHeader(call, object),
  );
}

export function uploadOf({ store, bucket, key, query }: S3Call): Upload {
  return store.objects.uploads.get(bucket, key, query.get('uploadId') ?? '');
}

function partNumberOf(call: S3Call): number {
  const number = numberOf(call, 'partNumber', 0);
  if (number >= 1 && number <= MAX_PART_NUMBER) return number;
  throw invalidArgument(
    `Part number must be an integer between 1 and ${MAX_PART_NUMBER}, inclusive`,
    'partNumber',
    String(number),
  );
}

function keepPart({ store }: S3Call, upload: Upload, received: Staged & { number: number }): Promise<Part> {
  const { number, size, md5, checksum, file } = received;
  const part = { number, size, etag: md5, checksum: checksum?.value, file };
  return orRemoved(file, () => store.objects.uploads.putPart(upload, part));
}

/** `bytes=first-last`, both inclusive and both there. */
function copyRangeOf({ headers, store }: S3Call, { size }: StoredObject): { start?: number; end?: number } {
  const header = headers.get('x-amz-copy-source-range');
  if (header === null) {
    checkCopySize(size, store.objects.limits.copyBytes);
    return {};
  }
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(header) ?? [];
  const [start, end] = [Number(first), Number(last)];
  if (start <= end && end < size) return { start, end };
  throw invalidArgument(
    `Range specified is not valid for source object of size: ${size}`,
    'x-amz-copy-source-range',
    header,
  );
}
