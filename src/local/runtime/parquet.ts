/** Buffered rows → Parquet files, one per partition, with the columns and types of the offline store. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { DuckDBConnection, DuckDBType } from '@duckdb/node-api';
import { fieldIdsOption, loadDuckDB, literal, quoted, type DuckDB, type DuckDBApi } from '../store/duckdb.js';
import type { FeatureType } from '../sagemaker/groups.js';
import type { BufferedRow, Layout } from './offline-buffer.js';
import { partitionOf, stampOf } from './partitions.js';

/** Vector size of DuckDB: maximum rows per chunk. */
const ROWS_PER_CHUNK = 2048;
/** The service has several writers per hour, each with its own files. */
const WRITERS = 2;
/** Contains a dot, so it cannot be a feature name. */
const PARTITION = 'partition.key';

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
  rows: Iterable<BufferedRow>;
  /** Milliseconds since the epoch. */
  writeTime: number;
  /** An empty folder; the caller moves or removes its files. */
  folder: string;
  /** By column name in lower case, for Iceberg. */
  fieldIds?: Map<string, number>;
}

/** Columns that Feature Store adds. */
const ADDED = ['write_time', 'api_invocation_time', 'is_deleted'];

/** Writes the batch; deterministic. */
export async function writeParquet(duckdb: DuckDB, batch: Batch): Promise<ParquetFile[]> {
  const connection = await duckdb.connect();
  try {
    await connection.run(`CREATE TEMP TABLE batch (${columnsOf(batch.layout).join(', ')})`);
    const partitions = await append(connection, batch);
    // Iceberg has microseconds.
    const times = ADDED.slice(0, 2).map((name) => `CAST(${name} AS TIMESTAMP) AS ${name}`);
    const columns = batch.fieldIds ? `* REPLACE (${times.join(', ')})` : '*';
    const names = [...batch.layout.definitions.map(({ FeatureName }) => FeatureName), ...ADDED];
    await connection.run(
      `COPY (SELECT ${columns} FROM batch ORDER BY ${quoted(PARTITION)}, rowid) TO ${literal(batch.folder)}
       (FORMAT parquet, COMPRESSION snappy, PARTITION_BY (${quoted(PARTITION)}), OVERWRITE_OR_IGNORE${fieldIdsOption(batch.fieldIds, names)})`,
    );
    return await filesIn(batch.folder, partitions);
  } finally {
    await connection.run('DROP TABLE IF EXISTS batch');
    connection.closeSync();
  }
}

const SQL_TYPE: Record<FeatureType, string> = { Integral: 'BIGINT', Fractional: 'DOUBLE', String: 'VARCHAR' };

const columnsOf = (layout: Layout): string[] => [
  ...layout.definitions.map((feature) => `${quoted(feature.FeatureName)} ${SQL_TYPE[feature.FeatureType]}`),
  'write_time TIMESTAMP_MS',
  'api_invocation_time TIMESTAMP_MS',
  'is_deleted BOOLEAN',
  `${quoted(PARTITION)} VARCHAR`,
];

type Partitions = Map<string, { latest: string; rows: number }>;

async function append(connection: DuckDBConnection, { layout, rows, writeTime }: Batch): Promise<Partitions> {
  const api = await loadDuckDB();
  const partitions: Partitions = new Map();
  const fractional = layout.definitions.some(
    (f) => f.FeatureName === layout.eventTime && f.FeatureType === 'Fractional',
  );
  const writers = layout.tableFormat === 'Glue' ? WRITERS : 1;
  let placed = 0;
  const place = (row: BufferedRow) => {
    const stamp = stampOf(row.eventTime, fractional);
    const key = `${partitionOf(stamp, layout)}-${placed++ % writers}`;
    const known = partitions.get(key);
    partitions.set(key, { latest: known && known.latest > stamp ? known.latest : stamp, rows: (known?.rows ?? 0) + 1 });
    return key;
  };
  const appender = await connection.createAppender('batch');
  for (const some of chunked(rows)) {
    appender.appendDataChunk(chunkOf(api, { layout, rows: some, writeTime, keys: some.map(place) }));
    await setImmediate();
  }
  appender.closeSync();
  return partitions;
}

function chunkOf(
  api: DuckDBApi,
  { layout, rows, writeTime, keys }: { layout: Layout; rows: BufferedRow[]; writeTime: number; keys: string[] },
) {
  const types: Record<FeatureType, DuckDBType> = { Integral: api.BIGINT, Fractional: api.DOUBLE, String: api.VARCHAR };
  const moment = (milliseconds: number) => new api.DuckDBTimestampMillisecondsValue(BigInt(milliseconds));
  const fixed = [api.TIMESTAMP_MS, api.TIMESTAMP_MS, api.BOOLEAN, api.VARCHAR];
  const chunk = api.DuckDBDataChunk.create(
    [...layout.definitions.map((feature) => types[feature.FeatureType]), ...fixed],
    rows.length,
  );
  const width = layout.definitions.length;
  layout.definitions.forEach(({ FeatureType }, at) => {
    const read = READ[FeatureType];
    chunk.setColumnValues(
      at,
      rows.map(({ values }) => (typeof values[at] === 'string' ? read(values[at]) : null)),
    );
  });
  const written = moment(writeTime);
  chunk.setColumnValues(width, new Array<typeof written>(rows.length).fill(written));
  chunk.setColumnValues(
    width + 1,
    rows.map((row) => moment(row.invokedAt)),
  );
  chunk.setColumnValues(
    width + 2,
    rows.map((row) => row.deleted),
  );
  chunk.setColumnValues(width + 3, keys);
  return chunk;
}

const READ: Record<FeatureType, (text: string) => bigint | number | string> = {
  Integral: BigInt,
  Fractional: Number,
  String: (text) => text,
};

function* chunked(rows: Iterable<BufferedRow>): Generator<BufferedRow[]> {
  let some: BufferedRow[] = [];
  for (const row of rows) {
    if (some.push(row) < ROWS_PER_CHUNK) continue;
    yield some;
    some = [];
  }
  if (some.length) yield some;
}

async function filesIn(folder: string, partitions: Partitions): Promise<ParquetFile[]> {
  const files: ParquetFile[] = [];
  for (const [key, { latest, rows }] of partitions) {
    const inside = join(folder, `${PARTITION}=${key}`);
    for (const name of (await readdir(inside)).sort()) {
      files.push({ path: join(inside, name), part: `${key}/${name}`, latest, rows });
    }
  }
  return files;
}
