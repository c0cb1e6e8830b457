/** Saves the identifiers of an online source to a file: ListRecords has no stable order, which a resumed run needs. */
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { MAX_IDENTIFIERS_PER_BATCH_GET } from './batch-get.js';

/**
 * Writes one identifier per line, as JSON, readable only by the owner; the file appears once it is complete.
 * @throws errors of the listing and of the file system
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

/** readline breaks lines at U+2028 and U+2029, which JSON does not escape. */
const lineOf = (identifier: string) =>
  `${JSON.stringify(identifier).replace(/[\u2028\u2029]/g, (end) => (end === '\u2028' ? '\\u2028' : '\\u2029'))}\n`;

/** Yields the identifiers in file order, enough for one call at a time. */
export async function* readListing(path: string): AsyncGenerator<string[]> {
  let page: string[] = [];
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    if (page.push(JSON.parse(line) as string) < MAX_IDENTIFIERS_PER_BATCH_GET) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}
