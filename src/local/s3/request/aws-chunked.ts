/** The `aws-chunked` encoding: chunks with their length (and signature) before them, trailers after the last. */
import { ServiceError } from '../../wire/service-error.js';

/** A chunk's header and a trailer are short; more without a line's end is no aws-chunked body. */
const MAX_LINE_BYTES = 16_384;

/**
 * Yields the bytes inside; signatures are read over. Trailers are put into `trailers`, names in lower case.
 * AmazonS3/latest/API/sigv4-streaming-trailers.html
 * @throws ServiceError IncompleteBody, InvalidChunkSizeError
 */
export async function* decodeAwsChunked(
  body: AsyncIterable<Uint8Array>,
  trailers: Map<string, string>,
): AsyncGenerator<Uint8Array> {
  let next: 'header' | 'end of chunk' | 'trailer' | 'nothing' = 'header';
  /** Bytes of the chunk that are still to come. */
  let missing = 0;
  let rest: Buffer = Buffer.alloc(0);
  for await (const bytes of body) {
    if (next === 'nothing') continue;
    rest = rest.length === 0 ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) : Buffer.concat([rest, bytes]);
    while (rest.length > 0) {
      if (missing > 0) {
        const piece = rest.subarray(0, missing);
        yield piece;
        missing -= piece.length;
        rest = rest.subarray(piece.length);
        continue;
      }
      const end = rest.indexOf('\r\n');
      if (end < 0 && rest.length > MAX_LINE_BYTES) throw invalidChunk();
      if (end < 0) break;
      const line = rest.toString('latin1', 0, end);
      rest = rest.subarray(end + 2);
      if (next === 'header') {
        missing = chunkSize(line);
        next = missing === 0 ? 'trailer' : 'end of chunk';
      } else if (next === 'end of chunk') {
        if (line !== '') throw invalidChunk();
        next = 'header';
      } else if (line === '') {
        next = 'nothing';
        break;
      } else {
        const [, name, value] = /^([^:]+):(.*)$/s.exec(line) ?? [];
        if (name !== undefined) trailers.set(name.trim().toLowerCase(), value!.trim());
      }
    }
  }
  // The empty line after the trailers may be missing.
  if (next !== 'nothing' && (next !== 'trailer' || rest.length > 0)) {
    throw new ServiceError(
      'IncompleteBody',
      'The request body terminated unexpectedly before all of its chunks had come',
    );
  }
}

function chunkSize(header: string): number {
  const hex = header.split(';', 1)[0]!;
  if (!/^[0-9a-f]{1,12}$/i.test(hex)) throw invalidChunk();
  return parseInt(hex, 16);
}

const invalidChunk = (): ServiceError => new ServiceError('InvalidChunkSizeError', 'The chunk framing is not valid');
