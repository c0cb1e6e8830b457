/** A group's Iceberg table, emptied by DELETE FROM; --vacuum also gives the bytes back. Objects are never deleted here. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clients } from '../../config.js';
import { CommandError } from '../../errors.js';
import type { AthenaRow } from '../offline/athena-csv.js';
import { readResult, removeResult } from '../offline/athena-result.js';
import { QueryFailed, runQuery, type AthenaOptions } from '../offline/athena-run.js';
import { countRowsSql, deleteRowsSql, optimizeSql, setPropertiesSql, showPropertiesSql, vacuumSql } from './sql.js';
import type { FeatureGroup } from '../groups/describe.js';

/** Old snapshots keep the bytes this long where the table does not say otherwise. */
export const DEFAULT_SNAPSHOT_AGE_DAYS = 5;
/** Snapshots younger than this survive a VACUUM, so the vacuum waits as long. */
const VACUUM_AGE_SECONDS = 60;
/** For as long as the vacuum takes. One delete file is reason enough to rewrite a data file: by default it takes two. */
const vacuumProperties = (ageSeconds: number): Record<string, string> => ({
  vacuum_max_snapshot_age_seconds: String(ageSeconds),
  vacuum_min_snapshots_to_keep: '1',
  optimize_rewrite_delete_file_threshold: '1',
});
/** https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-creating-tables.html */
const DEFAULT_PROPERTIES: Record<string, string> = {
  vacuum_max_snapshot_age_seconds: '432000',
  vacuum_min_snapshots_to_keep: '1',
  optimize_rewrite_delete_file_threshold: '2',
};
/** The service commits rows of its own meanwhile; whoever comes second has to try again. */
const COMMIT_CONFLICT = /ICEBERG_COMMIT_ERROR|ICEBERG_CONFLICT|ConcurrentModification/;
const MORE_RUNS_NEEDED = /ICEBERG_(OPTIMIZE|VACUUM)_MORE_RUNS_NEEDED/;
const MAX_ATTEMPTS = 8;
const MAX_RUNS = 1000;
const PAUSE_MS = 500;

export interface IcebergOptions extends AthenaOptions {
  /** Seconds that a snapshot must be old to be vacuumed; for tests. */
  vacuumAgeSeconds?: number;
}

/** @throws as runQuery does */
export async function countRows(aws: Clients, group: FeatureGroup, options: AthenaOptions): Promise<number> {
  const [, row = []] = await ask(aws, { group, sql: countRowsSql(group) }, options);
  return Number(row[0]);
}

/**
 * Deletes all rows and proves by a count that none is left.
 * @returns rows that there were
 * @throws CommandError when rows keep appearing; otherwise as runQuery does
 */
export async function deleteRows(aws: Clients, group: FeatureGroup, options: AthenaOptions): Promise<number> {
  let deleted = 0;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const rows = await countRows(aws, group, options);
    if (rows === 0) return deleted;
    try {
      await ask(aws, { group, sql: deleteRowsSql(group) }, options);
      deleted += rows;
    } catch (error) {
      if (!(error instanceof QueryFailed) || !COMMIT_CONFLICT.test(error.reason)) throw error;
      await sleep(PAUSE_MS * attempt, undefined, { signal: options.signal });
    }
  }
  const { database, name } = group.offline!.table!;
  throw new CommandError(`Rows keep appearing in ${database}.${name}: stop what writes them, then run this again.`);
}

/**
 * Expires the snapshots that still hold the deleted rows, which removes their files. Takes as long as a snapshot must be
 * old; the table's own settings are put back afterwards.
 */
export async function vacuumTable(aws: Clients, group: FeatureGroup, options: IcebergOptions): Promise<void> {
  const { vacuumAgeSeconds: age = VACUUM_AGE_SECONDS, signal } = options;
  const before = await propertiesOf(aws, group, options);
  await ask(aws, { group, sql: setPropertiesSql(group, vacuumProperties(age)) }, options);
  try {
    await repeat(aws, { group, sql: optimizeSql(group) }, options);
    await sleep((age + 1) * 1000, undefined, { signal });
    await repeat(aws, { group, sql: vacuumSql(group) }, options);
  } finally {
    const restored = Object.keys(DEFAULT_PROPERTIES).map((name) => [name, before[name] ?? DEFAULT_PROPERTIES[name]!]);
    const sql = setPropertiesSql(group, Object.fromEntries(restored) as Record<string, string>);
    // Also after Ctrl-C: a table must not keep on forgetting its snapshots after a minute.
    await ask(aws, { group, sql }, { ...options, signal: new AbortController().signal });
  }
}

async function propertiesOf(
  aws: Clients,
  group: FeatureGroup,
  options: AthenaOptions,
): Promise<Record<string, string>> {
  const rows = await ask(aws, { group, sql: showPropertiesSql(group) }, options);
  // Hive's listings have no header, and may come as one cell with tabs in it.
  const pairs = rows.map((row) => row.join('\t').split('\t'));
  return Object.fromEntries(pairs.map(([name = '', value = '']) => [name.trim(), value.trim()]));
}

/** Athena does a part of the work at a time, and fails the query to say that there is more. */
async function repeat(aws: Clients, query: Question, options: AthenaOptions): Promise<void> {
  for (let run = 1; ; run += 1) {
    try {
      await ask(aws, query, options);
      return;
    } catch (error) {
      const isMore = error instanceof QueryFailed && MORE_RUNS_NEEDED.test(error.reason);
      if (!isMore || run >= MAX_RUNS) throw error;
    }
  }
}

interface Question {
  group: FeatureGroup;
  sql: string;
}

async function ask(aws: Clients, { group, sql }: Question, options: AthenaOptions): Promise<AthenaRow[]> {
  const result = await runQuery(aws, { sql, table: group.offline!.table! }, options);
  try {
    if (!/^S(ELECT|HOW)/.test(sql)) return [];
    const rows: AthenaRow[] = [];
    for await (const batch of readResult(aws, result, options)) rows.push(...batch);
    return rows;
  } finally {
    await removeResult(aws, result, options.note);
  }
}
