/** Files that are either whole or not there: written under a temporary name, then renamed. */
import { existsSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { UsageError } from '../errors.js';

/** @throws UsageError when the file exists and may not be replaced; to be asked before any work is done. */
export function mayWrite(file: string, overwrite = false): void {
  if (!overwrite && existsSync(file)) throw new UsageError(`${file} exists already: add --overwrite to replace it.`);
}

/** Writes a small file; whoever looks sees the old one or the new one. */
export async function writeWhole(file: string, text: string): Promise<void> {
  const temporary = `${file}.${Math.random().toString(36).slice(2, 8)}.tmp`;
  try {
    await writeFile(temporary, text);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
