/** The index column of pandas: without a name in CSV, under one of these in Parquet or a rewritten CSV. Pure. */
import type { Cell } from '../../utils/json.js';

const NAMES = /^(?:|Unnamed: 0|__index_level_0__)$/;
const WHOLE = /^(?:0|[1-9]\d{0,17})(?:\.0)?$/;

/** Whether a column only numbers the rows: ascending integers. */
export function isIndexColumn(name: string, cells: (Cell | undefined)[]): boolean {
  if (!NAMES.test(name)) return false;
  let last = -1;
  for (const cell of cells) {
    if (typeof cell !== 'string' || !WHOLE.test(cell) || Number(cell) <= last) return false;
    last = Number(cell);
  }
  return true;
}
