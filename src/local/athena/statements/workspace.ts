/** The DuckDB database of a query: a view per table, over the files of that moment. */
import { fileList, literal, quoted } from '../../store/duckdb.js';
import { fieldIds, filesAt, readMetadata, type Entry, type IcebergCore, type Snapshot } from '../../glue/iceberg.js';
import { placeOf, uriOf } from '../../store/s3-uri.js';
import type { Column, Table } from '../../glue/tables.js';
import type { Engine } from '../engine/engine.js';
import { QueryError } from '../language/errors.js';
import { informationSchema, metadataTables } from './metadata-tables.js';
import { snapshotOf } from '../engine/time-travel.js';
import { isName } from '../language/tokens.js';
import { duckTypeOf } from '../language/types.js';
import { isArchived } from '../../s3/stored-object.js';
import { periodsIn, viewOf } from '../engine/periods.js';
import { INFORMATION_SCHEMA, OWN_INFORMATION_SCHEMA, PATH, type Source } from '../engine/rewrite.js';

export type Workspace = Awaited<ReturnType<typeof openWorkspace>>;

export interface WorkspaceOptions extends Source {
  /** A table that is also visible as `PLACED`, with `PATH` and `POSITION` of its rows. */
  placed?: Table;
}

type Core = Pick<IcebergCore, 'objects' | 'tables' | 'now'>;

/** Names for the file and position of a row, and for the table that has them. */
export const POSITION = '$pos';
export const PLACED = '@placed';

let opened = 0;

/** Opens a database with the tables that the tokens may refer to. */
export async function openWorkspace(engine: Engine, options: WorkspaceOptions) {
  const { core, duckdb } = engine;
  const { region, tokens, database: home } = options;
  const connection = await duckdb.connect();
  const catalog = `query_${++opened}`;
  const names = new Set(tokens.map(({ name }) => name.toLowerCase()));
  const hidden = names.has(PATH) ? [PATH] : [];
  const periods = periodsIn(tokens);
  const filling: string[] = [];
  let scanned = 0;
  await connection.run(`ATTACH ':memory:' AS ${catalog}`);

  const create = (database: string, view: string, query: string) =>
    connection.run(`CREATE VIEW ${catalog}.${quoted(database)}.${quoted(view)} AS ${query}`);
  const show = async (table: Table, view: string, { snapshot, places = hidden }: ViewOptions = {}) => {
    // Athena silently skips archived objects.
    const files = filesOf(core, table, snapshot).filter((file) => !isArchived(file));
    scanned += files.reduce((sum, file) => sum + file.size, 0);
    const known = snapshot && fieldIds(readMetadata(core, table), snapshot);
    const columns = known ? table.columns.filter(({ name }) => known.has(name)) : table.columns;
    await create(table.database, view, selectFrom(columns, [], places));
    const name = `${catalog}.${quoted(table.database)}.${quoted(view)}`;
    filling.push(`CREATE OR REPLACE VIEW ${name} AS ${selectFrom(columns, files, places)}`);
  };

  const databases = core.tables.databases(region);
  for (const database of databases) {
    const all = core.tables.list(region, database);
    const named = all.filter((table) => tokens.some((_, i) => isTableAt(table, options, i)));
    if (named.length || database === home || names.has(database))
      await connection.run(`CREATE SCHEMA ${catalog}.${quoted(database)}`);
    for (const table of named) {
      await show(table, table.name);
      if (table.format !== 'Iceberg') continue;
      for (const [suffix, query] of metadataTables(core, table, names)) {
        await create(database, table.name + suffix, query);
      }
      for (const period of periods.filter(({ at }) => isTableAt(table, options, at - 1))) {
        const snapshot = await snapshotOf(engine, { table, period, connection, source: options });
        await show(table, viewOf(tokens, period), { snapshot });
      }
    }
  }
  if (options.placed) await show(options.placed, PLACED, { places: [PATH, POSITION] });
  if (names.has(INFORMATION_SCHEMA)) {
    await connection.run(`CREATE SCHEMA ${catalog}.${OWN_INFORMATION_SCHEMA}`);
    for (const [view, query] of informationSchema(core.tables, region))
      await create(OWN_INFORMATION_SCHEMA, view, query);
  }
  const path = `${catalog}.${databases.includes(home) ? quoted(home) : 'main'},memory.main`;
  await connection.run(`SET search_path = ${literal(path)}`);

  return {
    connection,
    /** Size of the files of the tables in the query. */
    scanned,
    /** Fills the views with rows; before that they only have columns, so that binding a query opens no file. */
    async fill() {
      for (const statement of filling) await connection.run(statement);
    },
    async close() {
      connection.closeSync();
      const other = await duckdb.connect();
      await other.run(`DETACH ${catalog}`);
      other.closeSync();
    },
  };
}

interface ViewOptions {
  /** By default the current snapshot. */
  snapshot?: Snapshot;
  /** `PATH` and/or `POSITION`, where the location of rows is needed. */
  places?: string[];
}

/** An object of a table, and its position delete files. */
export interface TableFile {
  key: string;
  uri: string;
  file: string;
  /** Bytes. */
  size: number;
  partition?: string | null;
  storageClass?: string;
  deletes: { key: string; file: string }[];
}

/** The objects of a table: those of a snapshot, or all below its location. */
export function filesOf(core: Core, table: Table, snapshot?: Snapshot): TableFile[] {
  const { bucket, key } = placeOf(table.location);
  if (table.format === 'Iceberg') {
    const open = ({ key: entry }: { key: string }) => {
      const [uri, object] = [uriOf({ bucket, key: entry }), core.objects.head(bucket, entry)];
      if (object) return { ...object, uri };
      throw new QueryError('ICEBERG_CANNOT_OPEN_SPLIT', `Error opening Iceberg split ${uri}: NoSuchKey`);
    };
    const entries = filesAt(core, { table, metadata: readMetadata(core, table), snapshot });
    const deletes = new Map<string | undefined, Entry[]>();
    for (const entry of entries) deletes.set(entry.deletesFrom, [...(deletes.get(entry.deletesFrom) ?? []), entry]);
    return (deletes.get(undefined) ?? []).map((entry) => {
      const { file, uri, storageClass } = open(entry);
      return { ...entry, file, uri, storageClass, deletes: (deletes.get(entry.key) ?? []).map(open) };
    });
  }
  return [...core.objects.list(bucket, key === '' ? '' : `${key}/`)]
    .filter((object) => object.size > 0 && !HIDDEN.test(object.key.slice(key.length)))
    .map((object) => ({ ...object, uri: uriOf({ bucket, key: object.key }), deletes: [] }));
}

/** Hive ignores files and folders with such names. */
const HIDDEN = /(?:^|\/)[._]/;

/**
 * SQL over the files, with the columns, order and types of the table, without deleted rows. Columns are matched by
 * name, ignoring case; missing ones are NULL. `places` are appended.
 */
export function selectFrom(columns: Column[], files: Omit<TableFile, 'size'>[], places: string[] = []): string {
  const types = columns.map((column) => [column.name, duckTypeOf(column.type)] as const);
  if (files.length === 0) {
    const placeTypes = places.map((place) => [place, place === PATH ? 'VARCHAR' : 'BIGINT'] as const);
    const nothing = [...types, ...placeTypes].map(([name, type]) => `CAST(NULL AS ${type}) AS ${quoted(name)}`);
    return `SELECT ${nothing.join(', ')} WHERE false`;
  }
  const pairs = files.flatMap(({ file, deletes }) => deletes.map((each) => [each.file, file] as const));
  const schema = types.map(([name, type]) => {
    const [key, kept] = [literal(name), literal(type)];
    return `${key}: {name: ${key}, type: ${kept}, default_value: NULL}`;
  });
  const placed = places.length > 0 || pairs.length > 0 ? `, filename = '$file'` : '';
  // With a schema, no file is opened before it is read.
  const rows = `read_parquet(${fileList(files.map(({ file }) => file))}, hive_partitioning = false, schema = MAP {${schema.join(', ')}}${placed})`;
  const values = (of: (readonly [string, string])[]) =>
    `(VALUES ${of.map((pair) => `(${pair.map(literal).join(', ')})`).join(', ')})`;
  const wanted = [
    ...types.map(([name]) => quoted(name)),
    ...places.map((place) => `${place === PATH ? 'f."$uri"' : 'r.file_row_number'} AS ${quoted(place)}`),
  ];
  const uris = places.includes(PATH)
    ? `JOIN ${values(files.map(({ file, uri }) => [file, uri]))} AS f("$of", "$uri") ON f."$of" = r."$file"`
    : '';
  const live = pairs.length
    ? `WHERE NOT EXISTS (SELECT 1 FROM read_parquet(${fileList(pairs.map(([by]) => by))}, filename = 'by') AS d
      JOIN ${values(pairs)} AS p("by", "of") ON p."by" = d."by" WHERE p."of" = r."$file" AND d.pos = r.file_row_number)`
    : '';
  return `SELECT ${wanted.join(', ')} FROM ${rows} AS r ${uris} ${live}`;
}

/** Whether a token may refer to the table: after FROM or JOIN, or in a list of tables. */
function isTableAt(table: Table, { tokens, database }: WorkspaceOptions, i: number): boolean {
  const token = tokens[i];
  if (!isName(token)) return false;
  const name = token.name.toLowerCase();
  if (name !== table.name && !name.startsWith(`${table.name}$`)) return false;
  if (tokens[i - 1]?.text === '.') return tokens[i - 2]?.name.toLowerCase() === table.database;
  return table.database === database && BEFORE_TABLES.has(tokens[i - 1]?.name ?? '');
}

const BEFORE_TABLES = new Set(['from', 'join', 'into', 'table', ',', '(']);
