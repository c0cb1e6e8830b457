/** Files that are either whole or not there: written under a temporary name, then renamed. */
import { rename, rm, writeFile } from 'node:fs/promises';

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
