/** The DuckDB database of one query: a view for each table that it names, over that moment's files. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { fileList, literal, quoted } from '../../store/duckdb.js';
import { fieldIds, filesAt, readMetadata, type Entry, type IcebergCore, type Snapshot } from '../../glue/iceberg.js';
import { placeOf, uriOf } from '../../store/s3-uri.js';
import type { Column, Table } from '../../glue/tables.js';
import type { Engine } from '../engine/engine.js';
import { QueryError } from '../language/errors.js';
import { metadataTables } from './metadata-tables.js';
import { snapshotOf } from '../engine/time-travel.js';
import { isName, type Token } from '../language/tokens.js';
import { duckTypeOf } from '../language/types.js';
import { isArchived } from '../../s3/stored-object.js';
import { periodsIn, viewOf } from '../engine/periods.js';

export interface Workspace {
  connection: DuckDBConnection;
  /** Bytes of the files that the tables of the query consist of. */
  readonly scanned: number;
  /** Makes the view of a table, in the database and under the name given. */
  show(table: Table, options?: ViewOptions): Promise<void>;
  close(): Promise<void>;
}

interface ViewOptions {
  /** Whether rows say where they lie: `PATH` and `POSITION`. */
  placed?: boolean;
  /** By default the current one. */
  snapshot?: Snapshot;
  /** By default the table's own name. */
  view?: string;
}

export interface WorkspaceOptions {
  sql: string;
  region: string;
  /** Where names without a database are looked up. */
  database: string;
  tokens: Token[];
  parameters?: string[];
}

type Core = Pick<IcebergCore, 'objects' | 'tables' | 'now'>;

/** The names that Trino gives a row's file and its place in it; here only where a statement asks for them. */
export const PATH = '$path';
export const POSITION = '$pos';

let opened = 0;

/** Opens a database with the tables that the tokens may name. */
export async function openWorkspace(engine: Engine, options: WorkspaceOptions): Promise<Workspace> {
  const { core, duckdb } = engine;
  const connection = await duckdb.connect();
  const catalog = `query_${++opened}`;
  let scanned = 0;
  await connection.run(`ATTACH ':memory:' AS ${catalog}`);

  const show = async (table: Table, { placed = false, snapshot, view = table.name }: ViewOptions = {}) => {
    // Athena passes over what is archived, without a word.
    const files = filesOf(core, table, snapshot).filter((file) => !isArchived(file));
    scanned += files.reduce((sum, file) => sum + file.size, 0);
    const schema = `${catalog}.${quoted(table.database)}`;
    await connection.run(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
    const known = snapshot && fieldIds(readMetadata(core, table), snapshot);
    const columns = known ? table.columns.filter(({ name }) => known.has(name)) : table.columns;
    await connection.run(`CREATE OR REPLACE VIEW ${schema}.${quoted(view)} AS ${selectFrom(columns, files, placed)}`);
  };

  const everything = options.tokens.some(({ name }) => name.toLowerCase() === 'information_schema');
  const periods = periodsIn(options.tokens);
  for (const database of core.tables.databases(options.region)) {
    const named = core.tables.list(options.region, database).filter((table) => everything || isNamed(table, options));
    if (
      named.length ||
      database === options.database ||
      options.tokens.some((token) => token.name.toLowerCase() === database)
    ) {
      await connection.run(`CREATE SCHEMA IF NOT EXISTS ${catalog}.${quoted(database)}`);
    }
    for (const table of named) {
      await show(table);
      if (table.format !== 'Iceberg') continue;
      for (const [suffix, query] of metadataTables(core, table, options.tokens)) {
        await connection.run(`CREATE VIEW ${catalog}.${quoted(database)}.${quoted(table.name + suffix)} AS ${query}`);
      }
      for (const period of periods.filter(({ at }) => isTableAt(table, options, at - 1))) {
        const snapshot = await snapshotOf(engine, { table, period, connection, source: options });
        await show(table, { snapshot, view: viewOf(options.tokens, period) });
      }
    }
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

/** An object of a table, and the files that list its deleted rows. */
export interface TableFile {
  key: string;
  file: string;
  /** Bytes. */
  size: number;
  partition?: string | null;
  storageClass?: string;
  deletes: { key: string; file: string }[];
}

/** The objects that a table consists of: what a snapshot lists, or all that lie under its location. */
export function filesOf(core: Core, table: Table, snapshot?: Snapshot): TableFile[] {
  const { bucket, key } = placeOf(table.location);
  if (table.format === 'Iceberg') {
    const open = (entry: { key: string }) => {
      const object = core.objects.head(bucket, entry.key);
      if (object) return object;
      const uri = uriOf({ bucket, key: entry.key });
      throw new QueryError('ICEBERG_CANNOT_OPEN_SPLIT', `Error opening Iceberg split ${uri}: NoSuchKey`);
    };
    const entries = filesAt(core, { table, metadata: readMetadata(core, table), snapshot });
    const deletes = new Map<string | undefined, Entry[]>();
    for (const entry of entries) deletes.set(entry.deletesFrom, [...(deletes.get(entry.deletesFrom) ?? []), entry]);
    return (deletes.get(undefined) ?? []).map((entry) => {
      const { file, storageClass } = open(entry);
      return { ...entry, file, storageClass, deletes: (deletes.get(entry.key) ?? []).map(open) };
    });
  }
  return [...core.objects.list(bucket, key === '' ? '' : `${key}/`)]
    .filter((object) => object.size > 0 && !HIDDEN.test(object.key.slice(key.length)))
    .map((object) => ({ ...object, deletes: [] }));
}

/** Hive passes over files and folders whose names begin so. */
const HIDDEN = /(?:^|\/)[._]/;

/**
 * A query over the files with the table's columns, in their order and types, without their deleted rows. Columns are
 * found by name, whatever its case; those that a file lacks are null in its rows.
 */
export function selectFrom(columns: Column[], files: Pick<TableFile, 'file' | 'deletes'>[], placed = false): string {
  const types = columns.map((column) => [quoted(column.name), duckTypeOf(column.type)] as const);
  if (placed) types.push([quoted(PATH), 'VARCHAR'], [quoted(POSITION), 'BIGINT']);
  const nothing = `SELECT ${types.map(([name, type]) => `CAST(NULL AS ${type}) AS ${name}`).join(', ')} WHERE false`;
  if (files.length === 0) return nothing;
  const wanted = types.map(([name, type]) => `CAST(${name} AS ${type}) AS ${name}`).join(', ');
  const pairs = files.flatMap(({ file, deletes }) => deletes.map((each) => [each.file, file] as const));
  const place = `, filename = ${literal(PATH)}, file_row_number = true`;
  const rows = `(${nothing} UNION ALL BY NAME
    SELECT * ${placed || pairs.length ? `RENAME (file_row_number AS ${quoted(POSITION)})` : ''}
    FROM read_parquet(${fileList(files.map(({ file }) => file))}, union_by_name = true, hive_partitioning = false${placed || pairs.length ? place : ''}))`;
  if (pairs.length === 0) return `SELECT ${wanted} FROM ${rows}`;
  const of = pairs.map(([by, file]) => `(${literal(by)}, ${literal(file)})`).join(', ');
  return `SELECT ${wanted} FROM ${rows} AS r WHERE NOT EXISTS (
    SELECT 1 FROM read_parquet(${fileList(pairs.map(([by]) => by))}, filename = 'by') AS d
    JOIN (VALUES ${of}) AS p("by", "of") ON p."by" = d."by"
    WHERE p."of" = r.${quoted(PATH)} AND d.pos = r.${quoted(POSITION)})`;
}

/** Whether the tokens may name the table. */
const isNamed = (table: Table, options: WorkspaceOptions): boolean =>
  options.tokens.some((_, i) => isTableAt(table, options, i));

/** Whether a token may name the table: after FROM or JOIN, or in a list of tables. */
function isTableAt(table: Table, { tokens, database }: WorkspaceOptions, i: number): boolean {
  const token = tokens[i];
  if (!isName(token)) return false;
  const name = token.name.toLowerCase();
  if (name !== table.name && !name.startsWith(`${table.name}$`)) return false;
  if (tokens[i - 1]?.text === '.') return tokens[i - 2]?.name.toLowerCase() === table.database;
  return table.database === database && BEFORE_TABLES.has(tokens[i - 1]?.name ?? '');
}

const BEFORE_TABLES = new Set(['from', 'join', 'into', 'table', ',', '(']);
