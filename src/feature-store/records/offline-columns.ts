/** Columns that are not features: those that an offline store adds, and the index of a data frame. Pure. */
import type { Cell } from '../../utils/json.js';

/** Columns that the service adds, besides the next one. */
export const SYSTEM_COLUMNS = ['write_time', 'api_invocation_time'];
export const DELETION_COLUMN = 'is_deleted';
/**
 * No feature can have one of these names.
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateFeatureGroup.html
 */
export const OFFLINE_COLUMNS = [...SYSTEM_COLUMNS, DELETION_COLUMN];

export const isOfflineColumn = (column: string): boolean => OFFLINE_COLUMNS.includes(column);

/**
 * Index of the column that marks deletions; -1 if there is none. Spelled differently, such a column belongs to the
 * user, unless its neighbours show that the rows come from an offline store.
 */
export function deletionMarker(columns: string[], readers: { has(column: string): boolean }): number {
  if (readers.has(DELETION_COLUMN) && !OFFLINE_COLUMNS.every((column) => columns.includes(column))) return -1;
  return columns.indexOf(DELETION_COLUMN);
}

/** Why a row with this cell is not a record; undefined if it is. */
export function deletionOf(cell: Cell | undefined): string | undefined {
  if (cell === null || cell === undefined || cell === '') return undefined;
  const text = (typeof cell === 'object' ? JSON.stringify(cell) : String(cell)).trim().toLowerCase();
  if (['false', 'f', '0', '0.0'].includes(text)) return undefined;
  if (!['true', 't', '1', '1.0'].includes(text))
    return `Column ${DELETION_COLUMN} is neither true nor false, so it is not known whether the row is a record.`;
  return 'The row marks a deletion in the offline store (is_deleted): it is not a record.';
}

/** The index column of pandas: without a name in CSV, under one of these in Parquet or a rewritten CSV. */
const INDEX_NAMES = /^(?:|Unnamed: 0|__index_level_0__)$/;
const WHOLE = /^(?:0|[1-9]\d{0,17})(?:\.0)?$/;

/** Whether the index may have this name. */
export const isIndexName = (name: string): boolean => INDEX_NAMES.test(name);

/** Whether a column only numbers the rows: integers, in any order once rows were shuffled or put together. */
export const isIndexColumn = (name: string, cells: (Cell | undefined)[]): boolean =>
  isIndexName(name) && cells.every((cell) => typeof cell === 'string' && WHOLE.test(cell));

/** What is said of one that is left out. */
export const indexNote = (name: string): string =>
  `the column ${name === '' ? 'without a name' : name} only numbers the rows (the index of a data frame): left out.`;
