/** Buffered rows → Parquet files, one per partition, with the columns and types of the offline store. */
import { relative } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { fieldIdsOption, loadDuckDB, literal, quoted, type DuckDB } from '../store/duckdb.js';
import type { BufferedRow, Layout } from './offline-buffer.js';
import { partitionOf, stampOf } from './partitions.js';

/** The service has several writers per hour, each with its own files. */
const WRITERS = 2;

export interface ParquetFile {
  path: string;
  /** Distinguishes the files of one write; the same on every repetition. */
  part: string;
  /** Newest event time in the file, `yyyyMMdd'T'HHmmss'Z'`. */
  latest: string;
  rows: number;
}

export interface Batch {
  layout: Layout;
  /** Each page fits into a vector of DuckDB. */
  pages: Iterable<BufferedRow[]>;
  /** Milliseconds since the epoch. */
  writeTime: number;
  /** An empty folder; the caller moves or removes its files. */
  folder: string;
  /** By column name in lower case, for Iceberg. */
  fieldIds?: Map<string, number>;
}

/** Columns that Feature Store adds. */
const ADDED = ['write_time', 'api_invocation_time', 'is_deleted'];
const SQL_TYPE = { Integral: 'BIGINT', Fractional: 'DOUBLE', String: 'VARCHAR' } as const;
const READ = { Integral: BigInt, Fractional: Number, String };

/** Writes the batch; deterministic. */
export async function writeParquet(duckdb: DuckDB, batch: Batch): Promise<ParquetFile[]> {
  const { layout, writeTime, folder, fieldIds } = batch;
  const names = layout.definitions.map(({ FeatureName }) => FeatureName);
  // Iceberg has microseconds.
  const timestamp = fieldIds ? 'TIMESTAMP' : 'TIMESTAMP_MS';
  const timeOf = (milliseconds: string): string => `make_timestamp_ms(${milliseconds}::BIGINT)::${timestamp}`;
  const added = [timeOf(String(writeTime)), timeOf('"invoked.at"'), 'is_deleted'].map(
    (sql, i) => `${sql} AS ${ADDED[i]}`,
  );
  const connection = await duckdb.connect();
  try {
    const features = layout.definitions.map((each) => `${quoted(each.FeatureName)} ${SQL_TYPE[each.FeatureType]}`);
    // Names with a dot are no features.
    const others = ['"invoked.at" DOUBLE', 'is_deleted BOOLEAN', '"partition.key" VARCHAR'];
    await connection.run(`CREATE TEMP TABLE batch (${[...features, ...others].join(', ')})`);
    const latest = await append(connection, batch);
    const written = await connection.runAndReadAll(
      `COPY (SELECT ${[...names.map(quoted), ...added].join(', ')}, "partition.key"
             FROM batch ORDER BY "partition.key", rowid) TO ${literal(folder)}
       (FORMAT parquet, COMPRESSION snappy, PARTITION_BY ("partition.key"), OVERWRITE_OR_IGNORE, RETURN_STATS
        ${fieldIdsOption(fieldIds, [...names, ...ADDED])})`,
    );
    const files = written.getRowObjectsJson() as { filename: string; count: string }[];
    return files.map(({ filename: path, count }) => {
      const part = relative(folder, path);
      return { path, part, latest: latest.get(part.split(/[=\\/]/)[1]!)!, rows: Number(count) };
    });
  } finally {
    await connection.run('DROP TABLE IF EXISTS batch');
    connection.closeSync();
  }
}

/** Puts the rows into the table of DuckDB; returns the newest event time of each partition. */
async function append(connection: DuckDBConnection, { layout, pages }: Batch): Promise<Map<string, string>> {
  const api = await loadDuckDB();
  const { definitions, eventTime, tableFormat } = layout;
  const fractional = definitions.some((f) => f.FeatureName === eventTime && f.FeatureType === 'Fractional');
  const writers = tableFormat === 'Glue' ? WRITERS : 1;
  const latest = new Map<string, string>();
  let placed = 0;
  const place = (row: BufferedRow) => {
    const stamp = stampOf(row.eventTime, fractional);
    const key = `${partitionOf(stamp, layout)}-${placed++ % writers}`;
    if (stamp > (latest.get(key) ?? '')) latest.set(key, stamp);
    return key;
  };
  const types = definitions.map(({ FeatureType }) => api[SQL_TYPE[FeatureType]]);
  const appender = await connection.createAppender('batch');
  for (const rows of pages) {
    const chunk = api.DuckDBDataChunk.create([...types, api.DOUBLE, api.BOOLEAN, api.VARCHAR]);
    chunk.setColumns([
      ...definitions.map(({ FeatureType }, at) =>
        rows.map(({ values }) => (typeof values[at] === 'string' ? READ[FeatureType](values[at]) : null)),
      ),
      rows.map(({ invokedAt }) => invokedAt),
      rows.map(({ deleted }) => deleted),
      rows.map(place),
    ]);
    appender.appendDataChunk(chunk);
    await setImmediate();
  }
  appender.closeSync();
  return latest;
}
