/** Saves a pipe in a temporary file, so that any part of it can be read. The file is unlinked as soon as it is open. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileSlices, type Slices } from '../utils/slices.js';

/** Waits for the pipe's end. Throws what broke it, an AbortError for the signal. */
export async function spool(pipe: Readable, signal?: AbortSignal): Promise<Slices> {
  const folder = await mkdtemp(join(tmpdir(), 'sagemaker-fs-'));
  try {
    const file = join(folder, 'stdin');
    await pipeline(pipe, createWriteStream(file, { flags: 'wx', mode: 0o600 }), { signal });
    return await fileSlices(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
