/** Scratch folders below `tmp`, on the same disk as the objects that their files become. */
import { lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FOLDER_MODE, isOwn } from './folder.js';

/** Older folders belong to killed processes. */
const ABANDONED_MS = 24 * 60 * 60 * 1000;
const PREFIX = 'scratch-';

/** Creates a folder, passes it on, and removes it with its content. */
export async function withScratch<T>(dir: string, name: string, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = join(dir, 'tmp', `${PREFIX}${name}`);
  await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Removes leftovers of killed processes. */
export async function sweepScratch(dir: string): Promise<void> {
  const tmp = join(dir, 'tmp');
  await mkdir(tmp, { recursive: true, mode: FOLDER_MODE });
  for (const name of (await readdir(tmp)).filter((each) => each.startsWith(PREFIX) && isOwn('tmp', each))) {
    // Another process may be sweeping as well.
    const age = Date.now() - (await lstat(join(tmp, name)).then(({ mtimeMs }) => mtimeMs, Date.now));
    if (age > ABANDONED_MS) await rm(join(tmp, name), { recursive: true, force: true });
  }
}
