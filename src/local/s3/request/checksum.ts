/** The checksums that S3 knows, computed as bytes pass by. */
import { createHash } from 'node:crypto';
import * as zlib from 'node:zlib';
import type { Checksum } from '../stored-object.js';

export type Algorithm = Checksum['algorithm'];
export const ALGORITHMS: readonly Algorithm[] = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'];

export interface RunningChecksum {
  update(chunk: Uint8Array): void;
  /** Base64, as S3 writes it. */
  digest(): string;
}

export const checksumHeader = (algorithm: Algorithm): string => `x-amz-checksum-${algorithm.toLowerCase()}`;

export function openChecksum(algorithm: Algorithm): RunningChecksum {
  if (algorithm === 'CRC32') return openCrc32();
  if (algorithm === 'CRC32C') return openTableCrc32(CASTAGNOLI);
  if (algorithm === 'CRC64NVME') return openCrc64();
  const hash = createHash(algorithm.toLowerCase());
  return { update: (chunk) => void hash.update(chunk), digest: () => hash.digest('base64') };
}

/** zlib has it since Node 20.15. */
function openCrc32(): RunningChecksum {
  if (typeof zlib.crc32 !== 'function') return openTableCrc32(IEEE);
  let crc = 0;
  return {
    update: (chunk) => void (crc = zlib.crc32(chunk, crc)),
    digest: () => base64(crc),
  };
}

/** Polynomials with their bits reversed. */
const IEEE = 0xedb88320;
const CASTAGNOLI = 0x82f63b78;

function openTableCrc32(polynomial: number): RunningChecksum {
  const table = Uint32Array.from({ length: 256 }, (_, byte) => {
    for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? (byte >>> 1) ^ polynomial : byte >>> 1;
    return byte;
  });
  let crc = 0xffffffff;
  return {
    update(chunk) {
      // A captured variable is slow to write in a loop.
      let running = crc;
      for (let i = 0; i < chunk.length; i++) running = table[(running ^ chunk[i]!) & 0xff]! ^ (running >>> 8);
      crc = running;
    },
    digest: () => base64(~crc >>> 0),
  };
}

/** CRC-64/NVME, polynomial ad93d23594c93659 with its bits reversed, in two halves of 32 bits. */
const NVME = [0x9a6c9329, 0xac4bc9b5] as const;

function openCrc64(): RunningChecksum {
  const high = new Uint32Array(256);
  const low = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let [h, l] = [0, byte];
    for (let bit = 0; bit < 8; bit++) {
      const odd = l & 1;
      l = (l >>> 1) | (h << 31);
      h >>>= 1;
      if (odd) [h, l] = [h ^ NVME[0], l ^ NVME[1]];
    }
    [high[byte], low[byte]] = [h, l];
  }
  let h = ~0;
  let l = ~0;
  return {
    update(chunk) {
      let [upper, lower] = [h, l];
      for (let i = 0; i < chunk.length; i++) {
        const entry = (lower ^ chunk[i]!) & 0xff;
        lower = ((lower >>> 8) | (upper << 24)) ^ low[entry]!;
        upper = (upper >>> 8) ^ high[entry]!;
      }
      [h, l] = [upper, lower];
    },
    digest: () => base64(~h >>> 0, ~l >>> 0),
  };
}

function base64(...words: number[]): string {
  const bytes = Buffer.alloc(words.length * 4);
  words.forEach((word, place) => bytes.writeUInt32BE(word, place * 4));
  return bytes.toString('base64');
}

/** A multipart object's checksum of its parts' checksums. */
export function compositeChecksum(algorithm: Algorithm, parts: readonly string[]): Checksum {
  const running = openChecksum(algorithm);
  for (const part of parts) running.update(Buffer.from(part, 'base64'));
  return { algorithm, type: 'COMPOSITE', value: `${running.digest()}-${parts.length}` };
}
