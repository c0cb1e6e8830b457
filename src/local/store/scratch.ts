/** Folders for files in the making: below `tmp`, on the same disk as the objects that the files become. */
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A folder that old belongs to a process that was killed. */
const ABANDONED_MS = 24 * 60 * 60 * 1000;
const PREFIX = 'scratch-';

/** Makes a folder, hands it on, and removes it with whatever is still in it. */
export async function withScratch<T>(dir: string, name: string, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = join(dir, 'tmp', `${PREFIX}${name}`);
  await mkdir(folder, { recursive: true });
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Removes what killed processes left behind. */
export async function sweepScratch(dir: string): Promise<void> {
  const tmp = join(dir, 'tmp');
  await mkdir(tmp, { recursive: true });
  for (const name of (await readdir(tmp)).filter((each) => each.startsWith(PREFIX))) {
    // Another process may be sweeping too.
    const age = Date.now() - (await stat(join(tmp, name)).then(({ mtimeMs }) => mtimeMs, Date.now));
    if (age > ABANDONED_MS) await rm(join(tmp, name), { recursive: true, force: true });
  }
}
