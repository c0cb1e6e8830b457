/** UploadPart and UploadPartCopy. */
import { rm } from 'node:fs/promises';
import type { Part, Upload } from '../uploads.js';
import { receiveFile } from '../request/body.js';
import { emptyResponse, invalidArgument, isoTime, numberOf, xmlResponse } from '../request/call.js';
import type { S3Call } from '../request/call.js';
import { checkCopySize, copySourceOf, sourceVersionHeader, stageCopy } from './copy-object.js';
import { checksumHeaders } from '../request/object-headers.js';
import type { Staged } from '../request/stage.js';
import type { StoredObject } from '../stored-object.js';

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

async function keepPart({ store }: S3Call, upload: Upload, received: Staged & { number: number }): Promise<Part> {
  const { number, size, md5, checksum, file } = received;
  try {
    return await store.objects.uploads.putPart(upload, { number, size, etag: md5, checksum: checksum?.value, file });
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
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
