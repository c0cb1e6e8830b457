/** DELETE, OPTIMIZE and VACUUM, which exist only for Iceberg tables. */
import { dirname } from 'node:path/posix';
import { randomUUID } from 'node:crypto';
import { literal, quoted } from '../../store/duckdb.js';
import { commit, expireSnapshots, type Change } from '../../glue/iceberg.js';
import { mark } from '../../runtime/partitions.js';
import { placeOf } from '../../store/s3-uri.js';
import type { Table } from '../../glue/tables.js';
import { PATH } from '../engine/rewrite.js';
import { around, translate } from '../language/errors.js';
import { adoptAll, withoutPath, writeFiles, type NewFile } from './files.js';
import { bind, icebergTable, tableNamed, type Job, type Outcome } from './job.js';
import { resultTypeOf } from '../language/types.js';
import { filesOf, openWorkspace, PLACED, POSITION, selectFrom, type TableFile, type Workspace } from './workspace.js';

/** The result of INSERT and DELETE. */
export const UPDATE_COUNT_COLUMN = { name: 'rows', type: resultTypeOf('BIGINT') };

/**
 * With a condition, writes position delete files beside the data, whose bytes stay until OPTIMIZE and VACUUM, like
 * Athena. Without one, removes all files from the snapshot.
 */
export async function deleteRows(job: Job): Promise<Outcome> {
  const table = icebergTable(job);
  const where = job.statement.query;
  const origin = await job.engine.rewrite({ ...job, tokens: where });
  const workspace = await openWorkspace(job.engine, { ...job, placed: table });
  try {
    job.watch(workspace.connection);
    const place = `${quoted(table.database)}.${quoted(PLACED)} AS ${quoted(table.name)}`;
    const before = `SELECT ${quoted(PATH)} AS file_path, ${quoted(POSITION)} AS pos FROM ${place} WHERE ${where.length ? '' : true}`;
    for (const words of [origin.strict, origin]) await bind(workspace.connection, around(words, before, '\n'));
    await workspace.fill();
    await workspace.connection.run(`CREATE TEMP TABLE doomed AS ${before}${origin.rewritten}\n`);
    const files = filesOf(job.engine.core, table);
    const change = where.length
      ? { operation: 'overwrite' as const, kept: await writePositions(job, workspace, files), removed: [] }
      : { operation: 'delete' as const, kept: [], removed: keysOf(files) };
    const counted = await workspace.connection.runAndReadAll('SELECT count(*) FROM doomed');
    return {
      columns: [UPDATE_COUNT_COLUMN],
      updateCount: Number(counted.getRows()[0]?.[0]),
      scanned: workspace.scanned,
      publish: () => replaceFiles(job, table, change),
    };
  } catch (error) {
    throw translate(error, origin);
  } finally {
    await workspace.close();
  }
}

/** https://iceberg.apache.org/spec/#position-delete-files */
const POSITION_DELETE_IDS = new Map([
  ['file_path', 2147483546],
  ['pos', 2147483545],
]);

/** Writes a position delete file for each file with deleted rows. */
async function writePositions(job: Job, { connection }: Workspace, files: TableFile[]): Promise<NewFile[]> {
  const found = await connection.runAndReadAll('SELECT DISTINCT file_path FROM doomed');
  const touched = new Set(found.getRows().map(([uri]) => String(uri)));
  const kept: NewFile[] = [];
  for (const { key, uri, partition } of files.filter((each) => touched.has(each.uri))) {
    const query = `SELECT file_path, pos FROM doomed WHERE file_path = ${literal(uri)} ORDER BY pos`;
    const [written] = await writeFiles(connection, { job, query, ids: POSITION_DELETE_IDS });
    if (written) kept.push({ ...written, key: besides(key), partition, deletesFrom: key });
  }
  return kept;
}

/** [Athena: Optimize Iceberg tables](https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-creating-tables.html) */
const OPTIMIZE_DEFAULTS = {
  optimize_rewrite_delete_file_threshold: 2,
  optimize_rewrite_data_file_threshold: 5,
  write_target_data_file_size_bytes: 536_870_912,
};
const SMALL = 0.75;

/**
 * `OPTIMIZE t REWRITE DATA USING BIN_PACK`: merges files of a partition that are small or have many delete files, if
 * there are enough of them.
 */
export async function optimize(job: Job): Promise<Outcome> {
  const table = icebergTable(job);
  const { core, duckdb } = job.engine;
  const setting = (key: keyof typeof OPTIMIZE_DEFAULTS) => Number(table.properties[key] ?? OPTIMIZE_DEFAULTS[key]);
  const isSmall = ({ size }: TableFile) => size < SMALL * setting('write_target_data_file_size_bytes');
  const isHoley = ({ deletes }: TableFile) => deletes.length >= setting('optimize_rewrite_delete_file_threshold');
  const partitions = new Map<TableFile['partition'], TableFile[]>();
  for (const file of filesOf(core, table).filter((each) => isSmall(each) || isHoley(each))) {
    partitions.set(file.partition, [...(partitions.get(file.partition) ?? []), file]);
  }
  const enough = setting('optimize_rewrite_data_file_threshold');
  const worthwhile = [...partitions.values()].filter((files) => files.length >= enough || files.some(isHoley));
  const kept: NewFile[] = [];
  const connection = await duckdb.connect();
  job.watch(connection);
  for (const files of worthwhile) {
    const [{ key, partition }] = files as [TableFile];
    const query = selectFrom(table.columns, files);
    const [written] = await writeFiles(connection, { job, query, table });
    if (written) kept.push({ ...written, key: besides(key), partition });
  }
  connection.closeSync();
  const rewritten = worthwhile.flat();
  const change = { operation: 'replace' as const, kept, removed: keysOf(rewritten) };
  return {
    columns: [],
    lines: [],
    scanned: rewritten.reduce((sum, { size }) => sum + size, 0),
    publish: () => replaceFiles(job, table, change),
  };
}

const keysOf = (files: TableFile[]): string[] =>
  files.flatMap(({ key, deletes }) => [key, ...deletes.map((each) => each.key)]);

/** `VACUUM t`: expires old snapshots, and deletes files that no other snapshot needs. */
export async function vacuum(job: Job): Promise<Outcome> {
  const table = icebergTable(job);
  const { core } = job.engine;
  const obsolete = await core.env.transaction(() => expireSnapshots(core, tableNamed(job)));
  await core.objects.deleteAll(
    placeOf(table.location).bucket,
    obsolete.map((key) => ({ key })),
  );
  return { columns: [], lines: [], scanned: 0 };
}

/** Commits first, to detect a conflict before a file is moved in. */
export function replaceFiles(
  job: Job,
  table: Table,
  { operation, kept, removed }: Omit<Change, 'added'> & { kept: NewFile[] },
): void {
  if (kept.length === 0 && removed.length === 0) return;
  commit(job.engine.core, table, { operation, added: kept.map(withoutPath), removed });
  adoptAll(job, placeOf(table.location).bucket, kept);
}

/** Key of a new file in the same partition. */
function besides(key: string): string {
  const label = /[^/]+_trunc=[^/]*(?=\/[^/]*$)/.exec(key)?.[0];
  const seed = randomUUID();
  return label
    ? `${dirname(dirname(dirname(key)))}/${mark(seed, 8)}/${label}/${seed}.parquet`
    : `${dirname(key)}/${seed}.parquet`;
}
