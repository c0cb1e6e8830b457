/**
 * Numbers in Parquet that the service writes otherwise: `1.50` and `007` keep their text, so that what is read back is
 * what was there. The texts of a row group lie behind it, where no other reader looks; the footer says where.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Cell } from '../../utils/json.js';

/** Whose files have them: another program that rewrites a file may carry the footer's entry over, but not the texts. */
export const CREATED_BY = 'sagemaker-fs';
export const TEXTS_KEY = 'sagemaker-fs.texts';

/** Column → [row within the row group, what stands there] */
export type Texts = Map<string, [number, Cell][]>;
/** Offset and length of each row group's texts; null where every number is its own text. */
export type TextPlaces = ([number, number] | null)[];

export function packTexts(texts: Texts): Uint8Array | undefined {
  return texts.size === 0 ? undefined : gzipSync(JSON.stringify(Object.fromEntries(texts)));
}

/** The texts of a row group. */
export function unpackTexts(packed: Uint8Array): Texts {
  const texts = JSON.parse(gunzipSync(packed).toString()) as Record<string, [number, Cell][]>;
  return new Map(Object.entries(texts));
}
