/** The index column of pandas: without a name in CSV, under one of these in Parquet or a rewritten CSV. Pure. */
import type { Cell } from '../../utils/json.js';

const NAMES = /^(?:|Unnamed: 0|__index_level_0__)$/;
const WHOLE = /^(?:0|[1-9]\d{0,17})(?:\.0)?$/;

/** Whether the index may have this name. */
export const isIndexName = (name: string): boolean => NAMES.test(name);

/** Whether a column only numbers the rows: integers, in any order once rows were shuffled or put together. */
export const isIndexColumn = (name: string, cells: (Cell | undefined)[]): boolean =>
  isIndexName(name) && cells.every((cell) => typeof cell === 'string' && WHOLE.test(cell));
