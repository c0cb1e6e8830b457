/** CREATE TABLE AS, INSERT INTO and UNLOAD: the statements that turn a query's rows into objects. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { literal, quoted } from '../../store/duckdb.js';
import { mark } from '../../runtime/partitions.js';
import { below, parseS3Uri, placeOf, uriOf, type Place } from '../../store/s3-uri.js';
import type { Table } from '../../glue/tables.js';
import { createIceberg, partitioningOf, readMetadata, rootOf } from '../../glue/iceberg.js';
import { QueryError } from '../language/errors.js';
import { adoptAll, athenaFileName, writeFile, type NewFile } from './files.js';
import { checkPartitionCount, replaceFiles, truncated, UPDATE_COUNT_COLUMN } from './iceberg-statements.js';
import { positions, tableNamed, withQuery, type Job, type Outcome, type Prepared } from './job.js';
import type { Statement } from '../language/statement.js';
import type { Properties } from '../language/statement-reader.js';
import { duckTypeOf, hiveTypeOf } from '../language/types.js';

type CreateTableAs = Extract<Statement, { kind: 'createTableAs' }>;
type Insert = Extract<Statement, { kind: 'insert' }>;
type Unload = Extract<Statement, { kind: 'unload' }>;

/** `CREATE TABLE t WITH (…) AS SELECT …`: Parquet under `external_location`, else under the query's own output. */
export async function createTableAs(job: Job, statement: CreateTableAs): Promise<Outcome> {
  const { properties, table: name } = statement;
  const { tables } = job.engine.core;
  const database = name.database ?? job.database;
  if (tables.get(job.region, database, name.name)) {
    if (statement.ifNotExists) return { columns: [], lines: [], scanned: 0 };
    throw new QueryError('TABLE_ALREADY_EXISTS', `Table 'awsdatacatalog.${database}.${name.name}' already exists`);
  }
  if (!tables.databases(job.region).includes(database))
    throw new QueryError('SCHEMA_NOT_FOUND', `Schema ${database} not found`);
  refuseOthers(properties, [
    'format',
    'external_location',
    'write_compression',
    'parquet_compression',
    'table_type',
    'is_external',
    'location',
  ]);
  const format = textOf(properties, 'format') ?? 'PARQUET';
  if (format.toUpperCase() !== 'PARQUET')
    throw new QueryError('NOT_SUPPORTED', `CREATE TABLE AS with format ${format}`);
  const given = textOf(properties, 'external_location') ?? textOf(properties, 'location');
  const place = given ? targetOf(job, given) : below(job.output, `tables/${job.id}`);
  return withQuery(job, statement.query, async (prepared) => {
    const { workspace, columns, origin } = prepared;
    const nameless = columns.findIndex(({ name: column }) => /^_col\d+$/.test(column));
    if (nameless >= 0)
      throw new QueryError(
        'COLUMN_NAME_NOT_SPECIFIED',
        `line 1:1: Column name not specified at position ${nameless + 1}`,
      );
    const iceberg = textOf(properties, 'table_type')?.toUpperCase() === 'ICEBERG';
    const names = positions(columns);
    const typed = columns.map(
      ({ name: column, duckType }, i) =>
        `CAST(${names[i]} AS ${duckTypeOf(hiveTypeOf(duckType))}) AS ${quoted(column.toLowerCase())}`,
    );
    const query = `SELECT ${typed.join(', ')} FROM (${origin.rewritten}\n) AS result(${names.join(', ')})`;
    const { key } = below(place, (iceberg ? 'data/' : '') + athenaFileName(job));
    const ids = iceberg ? new Map(columns.map((column, i) => [column.name.toLowerCase(), i + 1])) : undefined;
    const file = statement.empty ? undefined : await writeFile(workspace.connection, { job, query, key, ids });
    const table: Table = {
      region: job.region,
      database,
      name: name.name,
      location: uriOf({ ...place, key: place.key.replace(/\/+$/, '') }),
      format: iceberg ? 'Iceberg' : 'Glue',
      columns: columns.map((column) => ({ name: column.name.toLowerCase(), type: hiveTypeOf(column.duckType) })),
      createdAt: job.engine.core.now(),
      properties: iceberg ? {} : { EXTERNAL: 'TRUE', 'parquet.compression': 'GZIP' },
    };
    const files = file ? [file] : [];
    const publish = () => {
      if (iceberg) {
        createIceberg(job.engine.core, table);
        replaceFiles(job, table, { operation: 'append', kept: files, removed: [] });
      } else {
        tables.insert(table);
        adoptAll(job, place.bucket, files);
      }
    };
    await makeBucket(job, place);
    return {
      columns: [UPDATE_COUNT_COLUMN],
      updateCount: file?.rows ?? 0,
      written: urisOf(place, files),
      scanned: workspace.scanned,
      publish,
    };
  });
}

/** `INSERT INTO t [(columns)] query`. */
export async function insert(job: Job, statement: Insert): Promise<Outcome> {
  const table = tableNamed(job, statement.table);
  const place = placeOf(table.location);
  return withQuery(job, statement.query, async ({ workspace, origin, columns }) => {
    const targets = statement.columns ?? table.columns.map(({ name }) => name);
    const unknown = targets.find((name) => !table.columns.some((column) => column.name === name));
    if (unknown)
      throw new QueryError(
        'COLUMN_NOT_FOUND',
        `line 1:1: Insert column name does not exist in target table: ${unknown}`,
      );
    if (targets.length !== columns.length) {
      throw new QueryError(
        'TYPE_MISMATCH',
        `line 1:1: Insert query has ${columns.length} expression(s) but expected ${targets.length} target column(s)`,
      );
    }
    const names = positions(columns);
    const values = table.columns.map(({ name, type }) => {
      const at = targets.indexOf(name);
      return `CAST(${at < 0 ? 'NULL' : names[at]} AS ${duckTypeOf(type)}) AS ${quoted(name)}`;
    });
    const query = `SELECT ${values.join(', ')} FROM (${origin.rewritten}\n) AS result(${names.join(', ')})`;
    const files = await writePartitions(job, { workspace }, { table, query });
    const publish = () => {
      if (table.format === 'Iceberg') replaceFiles(job, table, { operation: 'append', kept: files, removed: [] });
      else adoptAll(job, place.bucket, files);
    };
    await makeBucket(job, place);
    const updateCount = files.reduce((sum, file) => sum + file.rows, 0);
    return {
      columns: [UPDATE_COUNT_COLUMN],
      updateCount,
      written: urisOf(place, files),
      scanned: workspace.scanned,
      publish,
    };
  });
}

/** One file; for an Iceberg table with daily partitions, one for each day. */
async function writePartitions(
  job: Job,
  { workspace }: Pick<Prepared, 'workspace'>,
  { table, query }: { table: Table; query: string },
): Promise<NewFile[]> {
  const { connection } = workspace;
  const place = table.format === 'Iceberg' ? below(rootOf(table), 'data') : placeOf(table.location);
  const partitioning = table.format === 'Iceberg' ? partitioningOf(readMetadata(job.engine.core, table)) : undefined;
  if (!partitioning) {
    const file = await writeFile(connection, { job, query, key: below(place, athenaFileName(job)).key, table });
    return file ? [file] : [];
  }
  const { column, label } = partitioning;
  await connection.run(`CREATE TEMP TABLE inserted AS ${query}`);
  const days = await connection.runAndReadAll(`SELECT DISTINCT ${truncated(column)} FROM inserted ORDER BY 1`);
  checkPartitionCount(days.currentRowCount, 'ICEBERG');
  const files: NewFile[] = [];
  for (const [day] of days.getRows() as [string | null][]) {
    const folder = `${mark(randomUUID(), 8)}/${label}=${encodeURIComponent(day ?? 'null')}`;
    const key = below(place, `${folder}/${randomUUID()}.parquet`).key;
    const isDay = `${truncated(column)} IS NOT DISTINCT FROM ${day === null ? 'NULL' : literal(day)}`;
    const rows = `SELECT * FROM inserted WHERE ${isDay}`;
    const file = await writeFile(connection, { job, query: rows, key, table });
    if (file) files.push({ ...file, partition: day });
  }
  return files;
}

/** How UNLOAD's formats are written. */
const UNLOAD_FORMATS: Record<string, string> = {
  PARQUET: 'FORMAT parquet, COMPRESSION gzip',
  JSON: 'FORMAT json, COMPRESSION gzip',
};

/** `UNLOAD (query) TO 's3://…' WITH (format = …)`: the target must be empty. */
export async function unload(job: Job, { query, to, properties }: Unload): Promise<Outcome> {
  refuseOthers(properties, ['format', 'compression']);
  const format = (textOf(properties, 'format') ?? '').toUpperCase();
  const writer = UNLOAD_FORMATS[format];
  if (!writer)
    throw new QueryError(
      'NOT_SUPPORTED',
      `UNLOAD with format '${format}'; the embedded store writes ${Object.keys(UNLOAD_FORMATS).join(', ')}`,
    );
  const place = targetOf(job, to);
  return withQuery(job, query, async ({ workspace, origin, columns }) => {
    const names = columns.map((column) => quoted(column.name)).join(', ');
    const rows = `SELECT * FROM (${origin.rewritten}\n) AS result(${names})`;
    const name = athenaFileName(job);
    const path = join(job.folder, name);
    const result = await workspace.connection.run(`COPY (${rows}) TO ${literal(path)} (${writer})`);
    const [[written]] = (await result.getRows()) as [[bigint]];
    const { key } = below(place, format === 'PARQUET' ? name : `${name}.gz`);
    const kept = [{ path, key, rows: 0, size: 0 }];
    await makeBucket(job, place);
    const publish = () => adoptAll(job, place.bucket, kept);
    return {
      columns: [UPDATE_COUNT_COLUMN],
      updateCount: Number(written),
      written: urisOf(place, kept),
      scanned: workspace.scanned,
      publish,
    };
  });
}

/** A place to write to. Throws as Athena does when it is no S3 path or holds objects already. */
function targetOf(job: Job, uri: string): Place {
  const place = parseS3Uri(uri);
  if (!place) throw new QueryError('INVALID_TABLE_PROPERTY', `'${uri}' is not a valid S3 location`);
  const prefix = place.key === '' || place.key.endsWith('/') ? place.key : `${place.key}/`;
  const { objects } = job.engine.core;
  const [present] = objects.hasBucket(place.bucket) ? objects.list(place.bucket, prefix) : [];
  if (present) throw new QueryError('HIVE_PATH_ALREADY_EXISTS', `Target directory for table already exists: ${uri}`);
  return place;
}

async function makeBucket({ engine, region }: Job, { bucket }: Place): Promise<void> {
  if (!engine.core.objects.hasBucket(bucket)) await engine.core.objects.createBucket(bucket, region);
}

const urisOf = ({ bucket }: Place, files: { key: string }[]): string[] =>
  files.map(({ key }) => uriOf({ bucket, key }));

const textOf = (properties: Properties, name: string): string | undefined => {
  const value = properties[name];
  return typeof value === 'string' ? value : undefined;
};

function refuseOthers(properties: Properties, known: string[]): void {
  const other = Object.keys(properties).find((name) => !known.includes(name));
  if (other) throw new QueryError('NOT_SUPPORTED', `the embedded store does not know the property '${other}' here`);
}
