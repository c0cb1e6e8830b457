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
  const source = openSource(body);
  for (;;) {
    const size = chunkSize(await source.line());
    if (size === 0) break;
    yield* source.bytes(size);
    if ((await source.line()) !== '') throw invalidChunk();
  }
  for (let line; (line = await source.line({ orEnd: true })) !== '';) {
    const colon = line.indexOf(':');
    if (colon > 0) trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  await source.drain();
}

function chunkSize(header: string): number {
  const hex = header.split(';', 1)[0]!;
  if (!/^[0-9a-f]{1,12}$/i.test(hex)) throw invalidChunk();
  return parseInt(hex, 16);
}

const invalidChunk = (): ServiceError => new ServiceError('InvalidChunkSizeError', 'The chunk framing is not valid');
const incomplete = (): ServiceError =>
  new ServiceError('IncompleteBody', 'The request body terminated unexpectedly before all of its chunks had come');

interface Source {
  /** Up to the next CRLF, without it; at the end of the body `''` when `orEnd` allows it. */
  line(options?: { orEnd: boolean }): Promise<string>;
  bytes(count: number): AsyncGenerator<Uint8Array>;
  drain(): Promise<void>;
}

function openSource(body: AsyncIterable<Uint8Array>): Source {
  const chunks = body[Symbol.asyncIterator]();
  let buffer: Uint8Array = Buffer.alloc(0);
  const pull = async (): Promise<Uint8Array | undefined> => {
    const next = await chunks.next();
    return next.done ? undefined : next.value;
  };
  return {
    async line({ orEnd } = { orEnd: false }) {
      for (;;) {
        const end = Buffer.from(buffer.buffer, buffer.byteOffset, buffer.length).indexOf('\r\n');
        if (end >= 0) {
          const line = Buffer.from(buffer.subarray(0, end)).toString('latin1');
          buffer = buffer.subarray(end + 2);
          return line;
        }
        if (buffer.length > MAX_LINE_BYTES) throw invalidChunk();
        const more = await pull();
        if (more) buffer = Buffer.concat([buffer, more]);
        else if (orEnd && buffer.length === 0) return '';
        else throw incomplete();
      }
    },
    async *bytes(count) {
      while (count > 0) {
        if (buffer.length === 0) {
          const more = await pull();
          if (!more) throw incomplete();
          buffer = more;
        }
        const piece = buffer.subarray(0, count);
        buffer = buffer.subarray(piece.length);
        count -= piece.length;
        if (piece.length > 0) yield piece;
      }
    },
    async drain() {
      while (await pull());
    },
  };
}
