/** Request bodies: decoded, and checked against the headers. */
import { createHash } from 'node:crypto';
import { ServiceError } from '../../wire/service-error.js';
import { parseXml, type XmlElement } from '../../wire/xml.js';
import { decodeAwsChunked } from './aws-chunked.js';
import type { S3Call } from './call.js';
import { ALGORITHMS, checksumHeader, type Algorithm } from './checksum.js';
import { digest, stage, type Digests, type Staged } from './stage.js';

/** Limit for XML, with a margin: a thousand keys of 1024 bytes, escaped. */
const MAX_XML_BYTES = 8 << 20;

/**
 * Writes the body to a temporary file.
 * @param wanted computed if the client sends no checksum
 * @throws ServiceError BadDigest, InvalidDigest, IncompleteBody, XAmzContentSHA256Mismatch
 */
export function receiveFile(call: S3Call, wanted?: Algorithm): Promise<Staged> {
  const { chunks, algorithm, check } = openBody(call);
  return stage(call.store.objects, chunks, { algorithm: algorithm ?? wanted, check });
}

/** Reads a small body as XML; none at all is an empty element. Throws ServiceError MalformedXML, besides those of `receiveText`. */
export async function receiveXml(call: S3Call, root: string, lists: readonly string[] = []): Promise<XmlElement> {
  const text = await receiveText(call, MAX_XML_BYTES);
  return text === '' ? {} : parseXml(text, root, lists);
}

/** Reads a small body. Throws ServiceError MaxMessageLengthExceeded, besides those of `receiveFile`. */
export async function receiveText(call: S3Call, most: number): Promise<string> {
  const { chunks, algorithm, check } = openBody(call);
  const read: Uint8Array[] = [];
  let size = 0;
  const keep = (chunk: Uint8Array): void => {
    size += chunk.length;
    if (size > most) throw new ServiceError('MaxMessageLengthExceeded', 'Your request was too large.');
    read.push(chunk);
  };
  check(await digest(chunks, keep, algorithm));
  return Buffer.concat(read).toString();
}

/** The bytes inside, the algorithm of the checksum that the client sent, and the checks for the digests of all of them. */
function openBody({ request, headers }: S3Call) {
  const trailers = new Map<string, string>();
  const raw = (request.body ?? new Blob([]).stream()) as AsyncIterable<Uint8Array>;
  const signed = headers.get('x-amz-content-sha256') ?? '';
  const chunked =
    signed.startsWith('STREAMING-') || /(^|,)\s*aws-chunked\s*(,|$)/.test(headers.get('content-encoding') ?? '');
  const unwrapped = chunked ? decodeAwsChunked(raw, trailers) : raw;
  return {
    chunks: /^[0-9a-f]{64}$/.test(signed) ? checkSha256(unwrapped, signed) : unwrapped,
    algorithm: sentAlgorithm(headers),
    check(digests: Digests): void {
      checkLength(headers, digests);
      checkMd5(headers, digests);
      checkChecksum(headers, digests, trailers);
    },
  };
}

/** Algorithm of the checksum sent by the client, in a header or a trailer. */
function sentAlgorithm(headers: Headers): Algorithm | undefined {
  const named = headers.get('x-amz-sdk-checksum-algorithm')?.toUpperCase();
  const trailer = headers.get('x-amz-trailer')?.toLowerCase();
  return ALGORITHMS.find(
    (algorithm) =>
      headers.has(checksumHeader(algorithm)) || trailer === checksumHeader(algorithm) || named === algorithm,
  );
}

async function* checkSha256(chunks: AsyncIterable<Uint8Array>, sent: string): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest('hex') === sent) return;
  throw new ServiceError(
    'XAmzContentSHA256Mismatch',
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
  );
}

function checkLength(headers: Headers, { size }: Digests): void {
  const sent = headers.get('x-amz-decoded-content-length') ?? headers.get('content-length');
  if (sent === null || Number(sent) === size) return;
  throw new ServiceError(
    'IncompleteBody',
    'You did not provide the number of bytes specified by the Content-Length HTTP header',
  );
}

function checkMd5(headers: Headers, { md5 }: Digests): void {
  const sent = headers.get('content-md5');
  if (sent === null) return;
  const bytes = Buffer.from(sent, 'base64').toString('hex');
  if (bytes.length !== md5.length)
    throw new ServiceError('InvalidDigest', 'The Content-MD5 you specified was invalid.');
  if (bytes === md5) return;
  throw new ServiceError('BadDigest', 'The Content-MD5 you specified did not match what we received.');
}

/** Throws ServiceError BadDigest. */
export function checkChecksum(
  headers: Headers,
  { checksum }: Pick<Digests, 'checksum'>,
  trailers = new Map<string, string>(),
): void {
  if (!checksum) return;
  const name = checksumHeader(checksum.algorithm);
  const sent = headers.get(name) ?? trailers.get(name);
  if (sent === undefined || sent === checksum.value) return;
  throw new ServiceError('BadDigest', `The ${checksum.algorithm} you specified did not match the calculated checksum.`);
}
