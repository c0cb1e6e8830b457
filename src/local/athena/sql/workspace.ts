/** The DuckDB database of one query: a view for each table that it names, over that moment's files. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { fileList, literal, quoted, type DuckDB } from '../../store/duckdb.js';
import { filesAt, readMetadata, type IcebergCore } from '../../glue/iceberg.js';
import { placeOf } from '../../store/s3-uri.js';
import type { Column, Table } from '../../glue/tables.js';
import { isName, type Token } from './tokens.js';
import { duckTypeOf } from './types.js';

export interface Workspace {
  connection: DuckDBConnection;
  /** Bytes of the files that the tables of the query consist of. */
  readonly scanned: number;
  /** Makes the view of a table, in the database and under the name given. */
  show(table: Table, options?: { withPath?: boolean }): Promise<void>;
  close(): Promise<void>;
}

export interface WorkspaceOptions {
  region: string;
  /** Where names without a database are looked up. */
  database: string;
  tokens: Token[];
}

type Core = Pick<IcebergCore, 'objects' | 'tables'>;

/** The name that Trino gives a row's file; here only where a statement asks for it. */
export const PATH = '$path';

let opened = 0;

/** Opens a database with the tables that the tokens may name. */
export async function openWorkspace(core: Core, duckdb: DuckDB, options: WorkspaceOptions): Promise<Workspace> {
  const connection = await duckdb.connect();
  const catalog = `query_${++opened}`;
  let scanned = 0;
  await connection.run(`ATTACH ':memory:' AS ${catalog}`);

  const show = async (table: Table, { withPath = false } = {}) => {
    const files = filesOf(core, table);
    scanned += files.reduce((sum, file) => sum + file.size, 0);
    const schema = `${catalog}.${quoted(table.database)}`;
    await connection.run(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
    const paths = files.map((file) => file.file);
    await connection.run(
      `CREATE OR REPLACE VIEW ${schema}.${quoted(table.name)} AS ${selectFrom(table.columns, paths, withPath)}`,
    );
    if (table.format === 'Iceberg') await showMetadataTables(core, connection, { table, schema });
  };

  const everything = options.tokens.some(({ name }) => name.toLowerCase() === 'information_schema');
  for (const database of core.tables.databases(options.region)) {
    const named = core.tables.list(options.region, database).filter((table) => everything || isNamed(table, options));
    if (
      named.length ||
      database === options.database ||
      options.tokens.some((token) => token.name.toLowerCase() === database)
    ) {
      await connection.run(`CREATE SCHEMA IF NOT EXISTS ${catalog}.${quoted(database)}`);
    }
    for (const table of named) await show(table);
  }
  const known = core.tables.databases(options.region).includes(options.database);
  const path = `${catalog}.${known ? quoted(options.database) : 'main'},memory.main`;
  await connection.run(`SET search_path = ${literal(path)}`);

  return {
    connection,
    get scanned() {
      return scanned;
    },
    show,
    async close() {
      connection.closeSync();
      const other = await duckdb.connect();
      await other.run(`DETACH ${catalog}`);
      other.closeSync();
    },
  };
}

/** The objects that a table consists of: what its newest snapshot lists, or all that lie under its location. */
export function filesOf(core: Core, table: Table): { key: string; file: string; size: number }[] {
  const { bucket, key } = placeOf(table.location);
  if (table.format === 'Iceberg') {
    return filesAt(readMetadata(core, table)).flatMap((file) => {
      const object = core.objects.head(bucket, file.key);
      return object ? [object] : [];
    });
  }
  return [...core.objects.list(bucket, key === '' ? '' : `${key}/`)].filter(
    (object) => object.size > 0 && !HIDDEN.test(object.key.slice(key.length)),
  );
}

/** Hive passes over files and folders whose names begin so. */
const HIDDEN = /(?:^|\/)[._]/;

/**
 * A query over the files with the table's columns, in their order and types. Columns are found by name, whatever its
 * case; those that a file lacks are null in its rows.
 */
export function selectFrom(columns: Column[], files: string[], withPath = false): string {
  const types = columns.map((column) => [quoted(column.name), duckTypeOf(column.type)] as const);
  const empty = types.map(([name, type]) => `CAST(NULL AS ${type}) AS ${name}`);
  if (withPath) empty.push(`CAST(NULL AS VARCHAR) AS ${quoted(PATH)}`);
  const nothing = `SELECT ${empty.join(', ')} WHERE false`;
  if (files.length === 0) return nothing;
  const wanted = types.map(([name, type]) => `CAST(${name} AS ${type}) AS ${name}`);
  if (withPath) wanted.push(quoted(PATH));
  const path = withPath ? `, filename = ${literal(PATH)}` : '';
  return `SELECT ${wanted.join(', ')} FROM (${nothing} UNION ALL BY NAME
    SELECT * FROM read_parquet(${fileList(files)}, union_by_name = true, hive_partitioning = false${path}))`;
}

/** `"t$files"` and `"t$snapshots"`. */
async function showMetadataTables(
  core: Core,
  connection: DuckDBConnection,
  { table, schema }: { table: Table; schema: string },
) {
  const metadata = readMetadata(core, table);
  const { bucket } = placeOf(table.location);
  const files = filesAt(metadata).map(
    (file) => `(${literal(`s3://${bucket}/${file.key}`)}, 'PARQUET', ${file.rows}, ${file.size})`,
  );
  const snapshots = metadata.snapshots.map(
    (s) =>
      `(make_timestamp(${Math.trunc(s.committedAt)}000) AT TIME ZONE 'UTC', ${s.id}, ${s.id === 1 ? 'NULL' : s.id - 1}, ${literal(s.operation)})`,
  );
  const view = (suffix: string, columns: string, rows: string[]) =>
    connection.run(
      `CREATE OR REPLACE VIEW ${schema}.${quoted(table.name + suffix)} AS SELECT * FROM (VALUES ${rows.join(', ')}) AS t(${columns})
       WHERE ${rows.length === 1 && rows[0]!.startsWith('(NULL') ? 'false' : 'true'}`,
    );
  await view(
    '$files',
    'file_path, file_format, record_count, file_size_in_bytes',
    files.length ? files : ['(NULL, NULL, NULL, NULL)'],
  );
  await view(
    '$snapshots',
    'committed_at, snapshot_id, parent_id, operation',
    snapshots.length ? snapshots : ['(NULL, NULL, NULL, NULL)'],
  );
}

/** Whether the tokens may name the table: after FROM or JOIN, or in a list of tables. */
function isNamed(table: Table, { tokens, database }: WorkspaceOptions): boolean {
  return tokens.some((token, i) => {
    if (!isName(token)) return false;
    const name = token.name.toLowerCase();
    if (name !== table.name && !name.startsWith(`${table.name}$`)) return false;
    if (tokens[i - 1]?.text === '.') return tokens[i - 2]?.name.toLowerCase() === table.database;
    return table.database === database && BEFORE_TABLES.has(tokens[i - 1]?.name ?? '');
  });
}

const BEFORE_TABLES = new Set(['from', 'join', 'into', 'table', ',', '(']);
