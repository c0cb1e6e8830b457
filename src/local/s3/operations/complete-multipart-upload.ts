/** CompleteMultipartUpload: joins the named parts into the object, all or nothing. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { ServiceError } from '../../wire/service-error.js';
import type { Part, Upload } from '../uploads.js';
import type { XmlElement } from '../../wire/xml.js';
import { checkChecksum, receiveXml } from '../request/body.js';
import { xmlResponse, type S3Call } from '../request/call.js';
import { compositeChecksum } from '../request/checksum.js';
import { embeddedError } from '../request/errors.js';
import { checksumElements, versionHeader } from '../request/object-headers.js';
import { publishUpload } from './put-object.js';
import { READ_CHUNK_BYTES, stage, type Digests, type Staged } from '../request/stage.js';
import { uploadOf } from './multipart-upload.js';

export async function completeMultipartUpload(call: S3Call): Promise<Response> {
  const { objects } = call.store;
  const upload = uploadOf(call);
  const request = await receiveXml(call, 'CompleteMultipartUpload', ['Part']);
  const parts = chosenParts(request, objects.uploads.parts(upload.id), upload);
  checkSizes(parts, objects.limits.minPartBytes);
  const failure = embeddedError(call);
  if (failure) return failure;

  const { file, checksum } = await joinParts(call, upload, parts);
  const { id: _id, initiatedAt: _initiatedAt, checksumAlgorithm: _algorithm, checksumType: _type, ...target } = upload;
  const stored = await publishUpload(
    call,
    { ...target, etag: multipartEtag(parts), checksum },
    { file, before: () => objects.uploads.end(upload) },
  );
  return xmlResponse(
    'CompleteMultipartUploadResult',
    {
      Location: `http://s3.amazonaws.com/${call.bucket}/${call.key}`,
      Bucket: call.bucket,
      Key: call.key,
      ETag: `"${stored.etag}"`,
      ...checksumElements(stored),
    },
    versionHeader(call, stored),
  );
}

/** The parts in the request, matched with the uploaded ones. */
function chosenParts(request: XmlElement, uploaded: Part[], { id, checksumAlgorithm }: Upload): Part[] {
  const named = (request.Part ?? []) as XmlElement[];
  if (named.length === 0) throw new ServiceError('MalformedXML', 'You must specify at least one part');
  const byNumber = new Map(uploaded.map((part) => [part.number, part]));
  let previous = 0;
  return named.map((element) => {
    const number = Number(element.PartNumber);
    if (number <= previous) {
      throw new ServiceError('InvalidPartOrder', 'The list of parts was not in ascending order.', {
        fields: { UploadId: id },
      });
    }
    previous = number;
    const part = byNumber.get(number);
    const checksum = checksumAlgorithm && element[`Checksum${checksumAlgorithm}`];
    const same = (element.ETag as string | undefined)?.replaceAll('"', '') === part?.etag;
    if (part && same && (checksum === undefined || checksum === part.checksum)) return part;
    throw new ServiceError('InvalidPart', INVALID_PART, { fields: { UploadId: id, PartNumber: number } });
  });
}

const INVALID_PART =
  'One or more of the specified parts could not be found. The part may not have been uploaded, ' +
  "or the specified entity tag may not match the part's entity tag.";

function checkSizes(parts: Part[], minimum: number): void {
  const small = parts.slice(0, -1).find(({ size }) => size < minimum);
  if (!small) return;
  throw new ServiceError('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
    fields: { ProposedSize: small.size, MinSizeAllowed: minimum, PartNumber: small.number, ETag: small.etag },
  });
}

/** MD5 of the parts' MD5s, with their number. */
function multipartEtag(parts: Part[]): string {
  const hash = createHash('md5');
  for (const { etag } of parts) hash.update(etag, 'hex');
  return `${hash.digest('hex')}-${parts.length}`;
}

async function joinParts(call: S3Call, upload: Upload, parts: Part[]): Promise<Staged> {
  const { checksumAlgorithm: algorithm, checksumType } = upload;
  const whole = checksumType === 'FULL_OBJECT' ? algorithm : undefined;
  const checksums = parts.map(({ checksum }) => checksum ?? '');
  const composite = algorithm && !whole ? await compositeChecksum(algorithm, checksums) : undefined;
  try {
    const check = ({ checksum }: Digests): void => checkChecksum(call.headers, { checksum: composite ?? checksum });
    const staged = await stage(call.store.objects, bytesOf(parts), { algorithm: whole, check });
    return { ...staged, checksum: composite ?? staged.checksum };
  } catch (error) {
    // Another call ended the upload while its parts were read.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') uploadOf(call);
    throw error;
  }
}

async function* bytesOf(parts: Part[]): AsyncGenerator<Uint8Array> {
  for (const { file } of parts) yield* createReadStream(file, { highWaterMark: READ_CHUNK_BYTES });
}
