/** Random access to a file, which Parquet needs: its directory is at the end. */
import { open, type FileHandle } from 'node:fs/promises';
import { UsageError } from '../errors.js';

export interface Slices {
  byteLength: number;
  slice(start: number, end?: number): Promise<ArrayBuffer>;
  close(): Promise<void>;
}

export async function fileSlices(path: string): Promise<Slices> {
  const handle = await open(path);
  const size = await sizeOf(handle, path);
  return {
    byteLength: size,
    async slice(start, end = size) {
      const bytes = new Uint8Array(end - start);
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
      return bytes.buffer.slice(0, bytesRead);
    },
    close: () => handle.close(),
  };
}

async function sizeOf(handle: FileHandle, path: string): Promise<number> {
  try {
    const stats = await handle.stat();
    if (stats.isDirectory()) throw new UsageError(`${path} is a directory, not a file.`);
    return stats.size;
  } catch (error) {
    await handle.close();
    throw error;
  }
}
