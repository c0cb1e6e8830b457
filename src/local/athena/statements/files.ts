/** Parquet files of a statement, and their move into the store. */
import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
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

interface FileToWrite {
  job: Job;
  query: string;
  key: string;
  /** The table of the file; Iceberg finds columns by field id. */
  table?: Table;
  /** Field ids of columns without a table. */
  ids?: Map<string, number>;
}

/** Writes the rows of a query to a Parquet file; undefined without rows. */
export async function writeFile(
  connection: DuckDBConnection,
  { job, query, key, table, ids = idsOf(job, table) }: FileToWrite,
): Promise<NewFile | undefined> {
  const path = join(job.folder, randomUUID());
  const option = fieldIdsOption(ids, table?.columns.map(({ name }) => name) ?? [...(ids?.keys() ?? [])]);
  const result = await connection.run(
    `COPY (${query}) TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd${option})`,
  );
  const [[rows]] = (await result.getRows()) as [[bigint]];
  if (rows === 0n) return undefined;
  return { path, key, rows: Number(rows), size: (await stat(path)).size };
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
