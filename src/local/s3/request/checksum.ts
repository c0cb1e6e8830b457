/** The checksums of S3, computed incrementally. */
import { createHash } from 'node:crypto';
import { Crc32, Crc32c, Crc64Nvme } from '@aws-sdk/checksums/crc';
import type { Checksum } from '../stored-object.js';

export type Algorithm = Checksum['algorithm'];
export const ALGORITHMS: readonly Algorithm[] = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'];

export const checksumHeader = (algorithm: Algorithm): string => `x-amz-checksum-${algorithm.toLowerCase()}`;

const CRCS: Partial<Record<Algorithm, new () => Crc32 | Crc32c | Crc64Nvme>> = {
  CRC32: Crc32,
  CRC32C: Crc32c,
  CRC64NVME: Crc64Nvme,
};

export function openChecksum(algorithm: Algorithm) {
  const Crc = CRCS[algorithm];
  const running = Crc ? new Crc() : createHash(algorithm.toLowerCase());
  return {
    update: (chunk: Uint8Array) => void running.update(chunk),
    /** Base64, as S3 writes it. */
    digest: async () => Buffer.from(await running.digest()).toString('base64'),
  };
}

/** A multipart object's checksum of its parts' checksums. */
export async function compositeChecksum(algorithm: Algorithm, parts: readonly string[]): Promise<Checksum> {
  const running = openChecksum(algorithm);
  for (const part of parts) running.update(Buffer.from(part, 'base64'));
  return { algorithm, type: 'COMPOSITE', value: `${await running.digest()}-${parts.length}` };
}
