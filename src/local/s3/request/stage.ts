/** Receives the bytes of an object: writes them to a temporary file, and hashes them. */
import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import type { Objects } from '../objects.js';
import { openChecksum, type Algorithm } from './checksum.js';
import type { Checksum } from '../stored-object.js';

export interface Digests {
  size: number;
  /** Hex. */
  md5: string;
  checksum?: Checksum;
}

/** The caller publishes or removes the file. */
export interface Staged extends Digests {
  file: string;
}

export const READ_CHUNK_BYTES = 1 << 20;

/** @param options.check gets the digests, and may throw to reject the file */
export async function stage(
  objects: Objects,
  chunks: AsyncIterable<Uint8Array>,
  { algorithm, check }: { algorithm?: Algorithm; check?: (digests: Digests) => void } = {},
): Promise<Staged> {
  const file = objects.temp();
  const handle = await open(file, 'wx');
  return orRemoved(file, async () => {
    try {
      const digests = await digest(chunks, (chunk) => handle.writeFile(chunk), algorithm);
      check?.(digests);
      return { ...digests, file };
    } finally {
      await handle.close();
    }
  });
}

/** What `use` makes of a file, which is removed when that fails. */
export async function orRemoved<T>(file: string, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}

/** Yields each chunk unchanged, and hashes it. */
export async function digest(
  chunks: AsyncIterable<Uint8Array>,
  pass: (chunk: Uint8Array) => Promise<void> | void,
  algorithm?: Algorithm,
): Promise<Digests> {
  const md5 = createHash('md5');
  const checksum = algorithm && openChecksum(algorithm);
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    md5.update(chunk);
    checksum?.update(chunk);
    await pass(chunk);
  }
  return {
    size,
    md5: md5.digest('hex'),
    checksum: checksum && { algorithm, value: await checksum.digest(), type: 'FULL_OBJECT' },
  };
}
