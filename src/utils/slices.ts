/** Random access to a file, which Parquet needs: its directory is at the end. */
import { open } from 'node:fs/promises';
import { UsageError } from '../errors.js';

export interface Slices {
  byteLength: number;
  slice(start: number, end?: number): Promise<ArrayBuffer>;
  close(): Promise<void>;
}

export async function fileSlices(path: string): Promise<Slices> {
  const handle = await open(path);
  const stats = await handle.stat();
  if (stats.isDirectory()) {
    await handle.close();
    throw new UsageError(`${path} is a directory, not a file.`);
  }
  return {
    byteLength: stats.size,
    async slice(start, end = stats.size) {
      const bytes = new Uint8Array(end - start);
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
      return bytes.buffer.slice(0, bytesRead);
    },
    close: () => handle.close(),
  };
}
