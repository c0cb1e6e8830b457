/** Columns that an offline store adds; no feature can have these names. Pure. */
import type { Cell } from '../../utils/json.js';

/** @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateFeatureGroup.html */
export const OFFLINE_COLUMNS = ['write_time', 'api_invocation_time', 'is_deleted'];
export const DELETION_COLUMN = 'is_deleted';

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
