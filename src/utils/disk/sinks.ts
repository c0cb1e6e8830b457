/** Byte sinks: stdout, or a file that appears only once complete; optionally compressed. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Transform } from 'node:stream';
import { UsageError } from '../../errors.js';
import { besides, removeLeftFiles } from './temporary.js';

export interface Sink {
  write(bytes: string | Uint8Array): Promise<void>;
  /** Publishes what was written under its final name. */
  end(): Promise<void>;
  /** Discards what was written, after a failure. */
  abort(): Promise<void>;
}

/** Discards what was written after an error, and throws that; what keeps it from being discarded is at most its cause. */
export async function abandon(error: unknown, ...opened: Pick<Sink, 'abort'>[]): Promise<never> {
  for (const each of opened)
    await each.abort().catch((second: unknown) => {
      if (error instanceof Error) error.cause ??= second;
    });
  throw error;
}

/** Standard output, which cannot be undone. */
export function stdoutSink(write: Sink['write']): Sink {
  const nothing = async () => {};
  return { write, end: nothing, abort: nothing };
}

/** Refuses to replace a file, or an object. */
export const alreadyThere = (target: string, cause?: ErrorOptions): UsageError =>
  new UsageError(`${target} already exists: add --overwrite to replace it.`, cause);

/** Writes are buffered up to this size; a system call per page of records would cost more than the page. */
const WRITE_BYTES = 1024 * 1024;
const encoder = new TextEncoder();

/** Writes to a temporary name until `end`; pipes and devices such as /dev/null are written directly. */
export async function fileSink(path: string, { overwrite }: { overwrite?: boolean } = {}): Promise<Sink> {
  if (await isPipeOrDevice(path)) {
    const handle = await open(path, 'w');
    return { write: writerTo(handle, path), end: () => handle.close(), abort: () => handle.close() };
  }
  removeLeftFiles(path);
  const temporary = besides(path);
  // On ENOENT the folder is missing, so name that, not the temporary file. 0600: records are private.
  const handle = await open(temporary, 'wx', 0o600).catch((error: Error) => {
    throw Object.assign(error, { path: dirname(path) });
  });
  // One buffer per file: buffers allocated per write would survive many garbage collections.
  const waiting = Buffer.allocUnsafeSlow(WRITE_BYTES);
  let size = 0;
  const writeOut = writerTo(handle, path);

  async function flush(): Promise<void> {
    await writeOut(waiting.subarray(0, size));
    size = 0;
  }

  async function writeBytes(bytes: Uint8Array): Promise<void> {
    if (size + bytes.length > WRITE_BYTES) await flush();
    if (bytes.length > WRITE_BYTES) return writeOut(bytes);
    waiting.set(bytes, size);
    size += bytes.length;
  }

  async function writeText(text: string): Promise<void> {
    for (let rest = text; rest !== '';) {
      const { read, written } = encoder.encodeInto(rest, waiting.subarray(size));
      size += written;
      rest = rest.slice(read);
      if (rest !== '') await flush();
    }
  }

  return {
    write: (bytes) => (typeof bytes === 'string' ? writeText(bytes) : writeBytes(bytes)),
    async end() {
      await flush();
      await handle.close();
      // Asked once more: it may have been made while this ran.
      if (!overwrite && existsSync(path)) throw alreadyThere(path);
      await rename(temporary, path);
    },
    async abort() {
      await handle.close();
      await rm(temporary, { force: true });
    },
  };
}

/** On an open handle, `writeFile` appends at the current position, and its errors lack the path. */
function writerTo(handle: FileHandle, path: string): Sink['write'] {
  return (bytes) => handle.writeFile(bytes).catch((error: Error) => Promise.reject(Object.assign(error, { path })));
}

/** Such a file is not replaced, so `--overwrite` does not apply. */
export async function isPipeOrDevice(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  return stats !== undefined && !stats.isFile() && !stats.isDirectory();
}

/** Compresses what goes into the sink. */
export function zipped(sink: Sink, gzip: Transform): Sink {
  const drained = drain(gzip, sink);
  // The next `write` or `end` reports it.
  drained.catch(() => {});
  return {
    async write(bytes) {
      if (!gzip.write(bytes)) await Promise.race([once(gzip, 'drain'), drained]);
    },
    async end() {
      gzip.end();
      await drained;
      await sink.end();
    },
    async abort() {
      gzip.destroy();
      await drained.catch(() => {});
      await sink.abort();
    },
  };
}

async function drain(gzip: AsyncIterable<Buffer>, sink: Sink): Promise<void> {
  for await (const chunk of gzip) await sink.write(chunk);
}
