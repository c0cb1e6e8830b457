/** Reads pages of a result from its object: the CSV of Athena distinguishes NULL (nothing) from empty (`""`). */
import { open, type FileHandle } from 'node:fs/promises';

/** Bytes per read. */
const CHUNK = 256 * 1024;
const [QUOTE, COMMA, NEWLINE] = [0x22, 0x2c, 0x0a] as const;

export interface Page {
  rows: (string | null)[][];
  /** Byte offset of the next page; undefined on the last. */
  next?: number;
}

/** Reads up to `size` rows from the offset. */
export async function readCsvPage(file: string, { offset, size }: { offset: number; size: number }): Promise<Page> {
  const handle = await open(file);
  try {
    const { size: end } = await handle.stat();
    const rows: (string | null)[][] = [];
    let at = offset;
    for (let wanted = CHUNK; at < end && rows.length < size;) {
      const bytes = await readAt(handle, at, wanted);
      const before = at;
      at += takeRows(bytes, rows, size);
      wanted = at === before ? wanted * 2 : CHUNK;
    }
    return at < end ? { rows, next: at } : { rows };
  } finally {
    await handle.close();
  }
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

/** Appends complete rows, up to `size` in total; returns the number of bytes used. */
function takeRows(bytes: Buffer, rows: (string | null)[][], size: number): number {
  let taken = 0;
  let row: (string | null)[] = [];
  for (let start = 0; rows.length < size;) {
    const end = cellEnd(bytes, start);
    if (end === undefined) return taken;
    row.push(cellOf(bytes.subarray(start, end)));
    start = end + 1;
    if (bytes[end] === COMMA) continue;
    rows.push(row);
    row = [];
    taken = start;
  }
  return taken;
}

/** Offset of the comma or newline after the cell; undefined beyond the bytes. */
function cellEnd(bytes: Buffer, start: number): number | undefined {
  let quoted = false;
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) quoted = !quoted;
    else if (!quoted && (byte === COMMA || byte === NEWLINE)) return at;
  }
  return undefined;
}

function cellOf(bytes: Buffer): string | null {
  if (bytes.length === 0) return null;
  return bytes.toString('utf8', 1, bytes.length - 1).replaceAll('""', '"');
}
