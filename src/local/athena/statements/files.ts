/** Parquet files of a statement, and their move into the store. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { fieldIdsOption, literal } from '../../store/duckdb.js';
import { fieldIds, readMetadata, type IcebergFile } from '../../glue/iceberg.js';
import type { Table } from '../../glue/tables.js';
import { mark } from '../../runtime/partitions.js';
import type { Job } from './job.js';

/** A finished file that will become an object. */
export interface NewFile extends IcebergFile {
  path: string;
}

interface Writing {
  job: Job;
  query: string;
  /** The table of the files; Iceberg finds columns by field id. */
  table?: Table;
  /** Field ids of columns without a table. */
  ids?: Map<string, number>;
  /** A column of the query, each value of which has a file; it is not in the files. */
  by?: string;
}

/** Writes the rows of a query to a Parquet file, or to several; none without rows. */
export async function writeFiles(
  connection: DuckDBConnection,
  { job, query, table, ids = idsOf(job, table), by }: Writing,
): Promise<Omit<NewFile, 'key'>[]> {
  const path = literal(join(job.folder, randomUUID()));
  const columns = table?.columns.map(({ name }) => name) ?? [...(ids?.keys() ?? [])];
  const options = `RETURN_STATS${by ? `, PARTITION_BY (${by})` : ''}${fieldIdsOption(ids, columns)}`;
  const written = await connection.runAndReadAll(
    `COPY (${query}) TO ${path} (FORMAT parquet, COMPRESSION zstd, ${options})`,
  );
  const files = written.getRowsJson() as [string, string, string, string, object, [{ value: string | null }] | null][];
  return files
    .map(([path, rows, size, , , by]) => ({ path, rows: Number(rows), size: Number(size), partition: by?.[0].value }))
    .filter(({ rows }) => rows > 0);
}

const idsOf = ({ engine }: Job, table: Table | undefined) =>
  table?.format === 'Iceberg' ? fieldIds(readMetadata(engine.core, table)) : undefined;

/** Moves the files in. Synchronous, inside the caller's lmdb write transaction. */
export function adoptAll(job: Job, bucket: string, files: NewFile[]): void {
  for (const { key, path } of files) job.engine.core.objects.adopt({ bucket, key }, path);
}

export const withoutPath = ({ path: _, ...file }: NewFile): IcebergFile => file;

/** `yyyyMMdd_HHmmss_nnnnn_xxxxx_<uuid>`, as Athena names the files of INSERT and CTAS. */
export function athenaFileName(job: Job): string {
  const stamp = new Date(job.engine.core.now()).toISOString().replaceAll(/[-:]/g, '').slice(0, 15).replace('T', '_');
  return `${stamp}_00001_${mark(job.id, 5).toLowerCase()}_${randomUUID()}`;
}
