/** Empties an Iceberg table with DELETE FROM, and proves it with a count. Never deletes objects itself. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clients } from '../../../config.js';
import { CommandError, isAccessDenied, RefusedError } from '../../../errors.js';
import { counted } from '../../../utils/quantities.js';
import { numbersOf, queryTable, removeResult, updateCount } from '../../offline/athena-result.js';
import { QueryFailed, runQuery, type AthenaOptions, type AthenaQuery } from '../../offline/athena-run.js';
import { countRowsSql, deleteRowsSql } from './sql.js';
import type { FeatureGroup } from '../../groups/describe.js';

/** Default of Iceberg: snapshots keep deleted data this long. */
export const DEFAULT_SNAPSHOT_AGE_DAYS = 5;
/** Commits of the service may conflict with ours: try again. */
const COMMIT_CONFLICT = /ICEBERG_COMMIT_ERROR|ICEBERG_CONFLICT|ConcurrentModification/;
const MORE_RUNS_NEEDED = /ICEBERG_(OPTIMIZE|VACUUM)_MORE_RUNS_NEEDED/;
const MAX_ATTEMPTS = 8;
const MAX_RUNS = 1000;
const PAUSE_MS = 500;

/** @throws as runQuery does */
export async function countRows(aws: Clients, group: FeatureGroup, options: AthenaOptions): Promise<number> {
  const [header = [], row] = await queryTable(aws, { group, sql: countRowsSql(group) }, options);
  return numbersOf(header, row)('rows');
}

/**
 * Deletes all rows, and proves with a count that none is left.
 * @returns the number of deleted rows
 * @throws RefusedError for more than `maxDelete`; CommandError where rows keep appearing; else as runQuery does
 */
export async function deleteRows(
  aws: Clients,
  group: FeatureGroup,
  { maxDelete = Infinity, ...options }: AthenaOptions & { maxDelete?: number },
): Promise<number> {
  const { database, name } = group.offline!.table!;
  let deleted = 0;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const rows = await countRows(aws, group, options);
    if (rows === 0) return deleted;
    // The table may have grown since the plan: stop at the confirmed number.
    if (deleted + rows > maxDelete)
      throw new RefusedError(
        `There are more than ${counted(maxDelete, 'row')} in ${database}.${name} by now (--max-delete): stopped there.`,
      );
    try {
      // Rows may have landed since they were counted.
      deleted += (await deletedRows(aws, group, options)) || rows;
    } catch (error) {
      if (!(error instanceof QueryFailed) || !COMMIT_CONFLICT.test(error.reason)) throw error;
      await sleep(PAUSE_MS * attempt, undefined, { signal: options.signal });
    }
  }
  throw new CommandError(`Rows keep appearing in ${database}.${name}: stop what writes them, then run this again.`);
}

/** Deletes all rows once. Returns how many Athena says they were; 0 where it does not say, or we may not ask. */
async function deletedRows(aws: Clients, group: FeatureGroup, options: AthenaOptions): Promise<number> {
  const result = await runQuery(aws, { group, sql: deleteRowsSql(group) }, options);
  try {
    return await updateCount(aws, result.id);
  } catch (error) {
    if (isAccessDenied(error)) return 0;
    throw error;
  } finally {
    await removeResult(aws, result, options.note);
  }
}

/** Athena does part of the work, then fails the query with a request to run it again. */
export async function repeat(aws: Clients, query: AthenaQuery, options: AthenaOptions): Promise<void> {
  for (let run = 1; ; run += 1) {
    try {
      await queryTable(aws, query, options);
      return;
    } catch (error) {
      const isMore = error instanceof QueryFailed && MORE_RUNS_NEEDED.test(error.reason);
      if (!isMore || run >= MAX_RUNS) throw error;
    }
  }
}
