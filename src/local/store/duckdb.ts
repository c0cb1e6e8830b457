/** DuckDB: one instance for each use, opened when first needed and shut off from files outside the store's folder. */
import type * as DuckDBModule from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';

export type DuckDBApi = typeof DuckDBModule;

export interface DuckDB {
  connect(): Promise<DuckDBConnection>;
  close(): Promise<void>;
}

export interface DuckDBOptions {
  /** The store's folder. SQL may read and write objects and what lies below `tmp`, never the state. */
  dir: string;
  threads: number;
  /** Runs once on the fresh instance. */
  prepare?: (connection: DuckDBConnection, api: DuckDBApi) => Promise<void>;
}

const READABLE = ['s3', 's3-versions', 'tmp'];

/** Share of the machine that one instance may take; sorts and joins beyond it spill into the folder. */
const MEMORY_LIMIT = '2GB';

/** Returns at once; the package is loaded by the first `connect`, which throws when it is not installed. */
export function openDuckDB(options: DuckDBOptions): DuckDB {
  let opened: ReturnType<typeof start> | undefined;
  return {
    connect: async () => {
      opened ??= start(options);
      return oneByOne(await (await opened).connect());
    },
    close: async () => {
      if (opened) (await opened).closeSync();
      opened = undefined;
    },
  };
}

/** The package itself. Throws an Error that says how to install it. */
export async function loadDuckDB(): Promise<DuckDBApi> {
  try {
    return await import('@duckdb/node-api');
  } catch (cause) {
    throw new Error('The embedded store needs two optional packages: npm install lmdb @duckdb/node-api', { cause });
  }
}

async function start({ dir, threads, prepare }: DuckDBOptions) {
  const api = await loadDuckDB();
  const instance = await api.DuckDBInstance.create(':memory:', {
    threads: String(threads),
    memory_limit: MEMORY_LIMIT,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
  });
  const connection = await instance.connect();
  await connection.run(`SET temp_directory = ${literal(`${dir}/tmp/spill`)}`);
  await prepare?.(connection, api);
  await connection.run(`SET allowed_directories = [${READABLE.map((name) => literal(`${dir}/${name}`)).join(', ')}]`);
  await connection.run('SET enable_external_access = false');
  await connection.run('SET lock_configuration = true');
  connection.closeSync();
  return instance;
}

/** Makes a connection refuse a text of several statements, which DuckDB would run one after another. */
function oneByOne(connection: DuckDBConnection): DuckDBConnection {
  const run = connection.run.bind(connection);
  connection.run = async (sql, values, types) => {
    const { count } = await connection.extractStatements(sql);
    if (count !== 1) throw new Error(`${count} statements where one was expected`);
    return run(sql, values, types);
  };
  return connection;
}

/** A string as an SQL literal. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A name as a quoted SQL identifier. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** The option of COPY that gives the columns of a Parquet file the ids by which Iceberg knows them; nothing without ids. */
export const fieldIdsOption = (ids: Map<string, number> | undefined, columns: string[]): string =>
  ids ? `, FIELD_IDS {${columns.map((name) => `${literal(name)}: ${ids.get(name.toLowerCase())}`).join(', ')}}` : '';

/** Paths as the list that `read_parquet` takes; the characters of its own patterns stand for themselves. */
export const fileList = (files: string[]): string =>
  `[${files.map((file) => literal(file.replace(/[*?[]/g, '[$&]'))).join(', ')}]`;
