/** DELETE, OPTIMIZE and VACUUM: the statements that only Iceberg tables know. */
import { dirname } from 'node:path/posix';
import { randomUUID } from 'node:crypto';
import { literal, quoted } from '../../store/duckdb.js';
import { commit, expireSnapshots, filesAt, readMetadata } from '../../glue/iceberg.js';
import { mark } from '../../runtime/partitions.js';
import { placeOf } from '../../store/s3-uri.js';
import type { Table } from '../../glue/tables.js';
import { QueryError, translate } from './errors.js';
import { adoptAll, withoutPath, writeFile, type NewFile } from './files.js';
import { icebergTable, tableNamed, type Job, type Outcome } from './run.js';
import type { Statement } from './statement.js';
import type { TableName } from './statement-reader.js';
import { resultTypeOf } from './types.js';
import { filesOf, openWorkspace, PATH, selectFrom } from './workspace.js';

/** What INSERT, DELETE and CTAS answer instead of rows. */
export const UPDATE_COUNT_COLUMN = { name: 'rows', type: resultTypeOf('BIGINT') };

type Delete = Extract<Statement, { kind: 'delete' }>;

/** Writes the files that hold doomed rows anew without them; the old bytes stay until VACUUM. */
export async function deleteRows(job: Job, { table: name, where }: Delete): Promise<Outcome> {
  const table = icebergTable(job, name, 'DELETE');
  const { engine } = job;
  const origin = await engine.rewrite({ ...job, tokens: where });
  const condition = where.length ? origin.rewritten : 'true';
  const { bucket } = placeOf(table.location);
  const workspace = await openWorkspace(engine.core, engine.duckdb, {
    ...job,
    database: job.database,
    tokens: job.tokens,
  });
  try {
    job.watch(workspace.connection);
    await workspace.show(table, { withPath: true });
    const view = `${quoted(table.database)}.${quoted(table.name)}`;
    const doomed = await workspace.connection.runAndReadAll(
      `SELECT ${quoted(PATH)}, count(*) FROM ${view} WHERE ${condition}\n GROUP BY ALL`,
    );
    const counts = new Map(doomed.getRows().map(([path, count]) => [String(path), Number(count)]));
    const touched = filesOf(engine.core, table).filter(({ file }) => counts.has(file));
    const kept: NewFile[] = [];
    for (const { file, key } of touched) {
      const rows = selectFrom(table.columns, [file]);
      const query = `SELECT * FROM (${rows}) AS ${quoted(table.name)} WHERE (${condition}\n) IS NOT TRUE`;
      const written = await writeFile(workspace.connection, { job, query, key: besides(key) });
      if (written) kept.push(written);
    }
    const updateCount = [...counts.values()].reduce((sum, count) => sum + count, 0);
    return {
      columns: [UPDATE_COUNT_COLUMN],
      updateCount,
      scanned: workspace.scanned,
      publish: () =>
        replaceFiles(job, { table, bucket, operation: 'delete', kept, removed: touched.map(({ key }) => key) }),
    };
  } catch (error) {
    throw translate(error, origin);
  } finally {
    await workspace.close();
  }
}

/** `OPTIMIZE t REWRITE DATA USING BIN_PACK`: the small files of a partition become one. */
export async function optimize(job: Job, name: TableName): Promise<Outcome> {
  const table = icebergTable(job, name, 'OPTIMIZE');
  const { core, duckdb } = job.engine;
  const { bucket } = placeOf(table.location);
  const partitions = new Map<string, ReturnType<typeof filesOf>>();
  for (const file of filesOf(core, table)) {
    const label = labelOf(file.key);
    partitions.set(label, [...(partitions.get(label) ?? []), file]);
  }
  const removed: string[] = [];
  const kept: NewFile[] = [];
  let scanned = 0;
  const connection = await duckdb.connect();
  job.watch(connection);
  for (const files of partitions.values()) {
    if (files.length < 2) continue;
    scanned += files.reduce((sum, { size }) => sum + size, 0);
    const query = selectFrom(
      table.columns,
      files.map(({ file }) => file),
    );
    const written = await writeFile(connection, { job, query, key: besides(files[0]!.key) });
    if (written) kept.push(written);
    removed.push(...files.map(({ key }) => key));
  }
  connection.closeSync();
  return {
    columns: [],
    lines: [],
    scanned,
    publish: () => replaceFiles(job, { table, bucket, operation: 'replace', kept, removed }),
  };
}

/** `VACUUM t`: snapshots past their age are forgotten, and with them the files that only they had. */
export async function vacuum(job: Job, name: TableName): Promise<Outcome> {
  const table = icebergTable(job, name, 'VACUUM');
  const { core } = job.engine;
  const { bucket } = placeOf(table.location);
  const obsolete = await core.env.transaction(() => expireSnapshots(core, tableNamed(job, name)));
  for (const key of obsolete) await core.objects.delete(bucket, key);
  return { columns: [], lines: [], scanned: 0 };
}

interface Change {
  table: Table;
  bucket: string;
  operation: 'delete' | 'replace' | 'append';
  kept: NewFile[];
  removed: string[];
}

/** Commits first: a conflict must be found before a file is moved in. */
export function replaceFiles(job: Job, { table, bucket, operation, kept, removed }: Change): void {
  if (kept.length === 0 && removed.length === 0) return;
  commit(job.engine.core, table, { operation, added: kept.map(withoutPath), removed });
  adoptAll(job, bucket, kept);
}

/** A new file of the same partition. */
function besides(key: string): string {
  const label = labelOf(key);
  const data = label ? dirname(dirname(dirname(key))) : dirname(key);
  const seed = randomUUID();
  return label ? `${data}/${mark(seed, 8)}/${label}/${seed}.parquet` : `${data}/${seed}.parquet`;
}

/** `EventTime_trunc=2026-01-31`, or nothing for a file outside a partition. */
function labelOf(key: string): string {
  const folder = dirname(key).split('/').at(-1) ?? '';
  return folder.includes('_trunc=') ? folder : '';
}

/** The partition label that the table's files bear, without its value; undefined while there is none. */
export function partitionLabel(job: Job, table: Table): string | undefined {
  const [first] = filesAt(readMetadata(job.engine.core, table));
  const label = first && labelOf(first.key);
  return label ? label.slice(0, label.lastIndexOf('=')) : undefined;
}

/** Throws as Athena does when a statement would write too many partitions at once. */
export function checkPartitionCount(count: number, format: 'HIVE' | 'ICEBERG'): void {
  if (count <= MAX_PARTITIONS_PER_WRITE) return;
  throw new QueryError(
    `${format}_TOO_MANY_OPEN_PARTITIONS`,
    `Exceeded limit of ${MAX_PARTITIONS_PER_WRITE} open writers for partitions/buckets`,
  );
}

/** [CTAS and INSERT INTO](https://docs.aws.amazon.com/athena/latest/ug/ctas-insert-into.html) */
const MAX_PARTITIONS_PER_WRITE = 100;

/** An event-time column's value → the partition it belongs to: Iceberg's `truncate[10]`. */
export const truncated = (column: string): string => `left(CAST(${quoted(column)} AS VARCHAR), 10)`;

export const inPartition = (column: string, value: string): string => `${truncated(column)} = ${literal(value)}`;
