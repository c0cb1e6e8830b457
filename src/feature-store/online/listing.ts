/** The identifiers of an online source, listed once into a file: ListRecords has no lasting order, and a resumed run needs one. */
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { MAX_IDENTIFIERS_PER_BATCH_GET } from './batch-get.js';

/**
 * Writes one identifier a line, as JSON, for the owner alone; the file is there once it is whole.
 * @throws what listing throws; the file system's own errors
 */
export async function writeListing(path: string, pages: AsyncIterable<string[]>): Promise<void> {
  const temporary = `${path}.tmp`;
  await mkdir(dirname(path), { recursive: true });
  await rm(temporary, { force: true });
  const file = await open(temporary, 'wx', 0o600);
  try {
    for await (const page of pages) await file.write(page.map(lineOf).join(''));
    await file.sync();
    await file.close();
    await rename(temporary, path);
  } catch (error) {
    await file.close();
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Node's reader of lines takes these two for ends of lines, and JSON does not escape them. */
const lineOf = (identifier: string) =>
  `${JSON.stringify(identifier).replace(/[\u2028\u2029]/g, (end) => (end === '\u2028' ? '\\u2028' : '\\u2029'))}\n`;

/** Yields the identifiers in the file's order, a call's worth at a time. */
export async function* readListing(path: string): AsyncGenerator<string[]> {
  let page: string[] = [];
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    if (page.push(JSON.parse(line) as string) < MAX_IDENTIFIERS_PER_BATCH_GET) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}
