/** INSERT INTO: writes the rows of a query as objects. */
import { randomUUID } from 'node:crypto';
import { quoted } from '../../store/duckdb.js';
import { mark } from '../../runtime/partitions.js';
import { below, placeOf, uriOf } from '../../store/s3-uri.js';
import type { Table } from '../../glue/tables.js';
import { partitioningOf, readMetadata, rootOf } from '../../glue/iceberg.js';
import { around, QueryError } from '../language/errors.js';
import { adoptAll, athenaFileName, writeFiles, type NewFile } from './files.js';
import { replaceFiles, UPDATE_COUNT_COLUMN } from './iceberg-statements.js';
import { bind, positions, tableNamed, withQuery, type Job, type Outcome, type Prepared } from './job.js';
import { duckTypeOf } from '../language/types.js';

/** `INSERT INTO t [(columns)] query`. */
export async function insert(job: Job): Promise<Outcome> {
  const table = tableNamed(job);
  const place = placeOf(table.location);
  const targets = job.statement.columns ?? table.columns.map(({ name }) => name);
  const typeOf = new Map(table.columns.map(({ name, type }) => [name, duckTypeOf(type)]));
  const unknown = targets.find((name) => !typeOf.has(name));
  if (unknown) {
    const words = `line 1:1: Insert column name does not exist in target table: ${unknown}`;
    throw new QueryError('COLUMN_NOT_FOUND', words);
  }
  return withQuery(job, async ({ workspace, origin, columns }) => {
    const mismatch = (words: string) => new QueryError('TYPE_MISMATCH', `line 1:1: Insert query has ${words}`);
    if (targets.length !== columns.length)
      throw mismatch(`${columns.length} expression(s) but expected ${targets.length} target column(s)`);
    const names = positions(columns);
    const wider = targets.map((name, i) => `coalesce(CAST(NULL AS ${typeOf.get(name)}), ${names[i]})`);
    const strict = around(origin.strict, `SELECT ${wider.join(', ')} FROM (`, `\n) AS result(${names.join(', ')})`);
    const bound = await bind(workspace.connection, strict).catch((error: unknown) => {
      if (error instanceof QueryError && error.code === 'TYPE_MISMATCH') return [];
      throw error;
    });
    if (targets.some((name, i) => bound[i]?.duckType.replace(/^(?:HUGEINT|U\w+)$/, 'BIGINT') !== typeOf.get(name))) {
      const of = (types: (string | undefined)[]) => types.map((type) => type?.toLowerCase()).join(', ');
      const [wanted, found] = [targets.map((name) => typeOf.get(name)), columns.map(({ duckType }) => duckType)];
      throw mismatch(`mismatched column types: Table: [${of(wanted)}], Query: [${of(found)}]`);
    }
    await workspace.fill();
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
    await job.engine.core.objects.createBucket(place.bucket, job.region);
    const updateCount = files.reduce((sum, file) => sum + file.rows, 0);
    return {
      columns: [UPDATE_COUNT_COLUMN],
      updateCount,
      written: files.map(({ key }) => uriOf({ ...place, key })),
      scanned: workspace.scanned,
      publish,
    };
  });
}

/** [CTAS and INSERT INTO](https://docs.aws.amazon.com/athena/latest/ug/ctas-insert-into.html) */
const MAX_PARTITIONS_PER_WRITE = 100;

/** Writes one file, or one per day for an Iceberg table with daily partitions. */
async function writePartitions(
  job: Job,
  { workspace }: Pick<Prepared, 'workspace'>,
  { table, query }: { table: Table; query: string },
): Promise<NewFile[]> {
  const isIceberg = table.format === 'Iceberg';
  const place = isIceberg ? below(rootOf(table), 'data') : placeOf(table.location);
  const days = isIceberg ? partitioningOf(readMetadata(job.engine.core, table)) : undefined;
  // A name with a dot is no column. The partition is `truncate[10]` of Iceberg.
  const by = days && '"partition.day"';
  const day = days && `left(CAST(${quoted(days.column)} AS VARCHAR), 10) AS ${by}`;
  const rows = days ? `SELECT *, ${day} FROM (${query})` : query;
  const files = await writeFiles(workspace.connection, { job, query: rows, table, by });
  if (new Set(files.map(({ partition }) => partition)).size > MAX_PARTITIONS_PER_WRITE) {
    const words = `Exceeded limit of ${MAX_PARTITIONS_PER_WRITE} open writers for partitions/buckets`;
    throw new QueryError('ICEBERG_TOO_MANY_OPEN_PARTITIONS', words);
  }
  return files.map((file) => {
    const folder = days && `${mark(randomUUID(), 8)}/${days.label}=${encodeURIComponent(file.partition ?? 'null')}`;
    const name = folder ? `${folder}/${randomUUID()}.parquet` : athenaFileName(job);
    return { ...file, key: below(place, name).key };
  });
}
