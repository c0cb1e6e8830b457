/** Zstandard, undone as it is read: by Node where that can, else by a library. What is written takes a Node that can. */
import { pipeline, Readable, type Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { UsageError } from '../errors.js';

export const ZSTD = [0x28, 0xb5, 0x2f, 0xfd];

/** In Node from 22.15 and 23.8 on. https://nodejs.org/api/zlib.html#zlibcreatezstddecompressoptions */
const { createZstdDecompress, createZstdCompress } = zlib as Partial<
  Record<'createZstdDecompress' | 'createZstdCompress', () => Transform>
>;

/** @throws UsageError where this Node cannot write Zstandard */
export function refuseUnwritableZstd(target: string): void {
  if (!createZstdCompress)
    throw new UsageError(
      `${target}: writing .zst takes Node 22.15 or later, and this one is older; name it .gz, or leave .zst out.`,
    );
}

/** @throws UsageError as `refuseUnwritableZstd` */
export function zstdCompress(target: string): Transform {
  refuseUnwritableZstd(target);
  return createZstdCompress!();
}

/** @throws Error that says what is broken, in words of the library */
export async function* unzipZstd(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  if (createZstdDecompress) {
    yield* pipeline(Readable.from(bytes), createZstdDecompress(), () => {}) as AsyncIterable<Buffer>;
    return;
  }
  const { Decompress } = await import('fzstd');
  let waiting: Buffer[] = [];
  const stream = new Decompress((chunk) => void waiting.push(Buffer.from(chunk)));
  for await (const chunk of bytes) {
    stream.push(chunk);
    yield* waiting;
    waiting = [];
  }
  // Throws where the last frame is not whole.
  stream.push(new Uint8Array(), true);
  yield* waiting;
}
