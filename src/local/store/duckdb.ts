/** DuckDB, opened on demand, without access to files outside the store. */
import type * as DuckDBModule from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import { optional } from './core.js';

export type DuckDBApi = typeof DuckDBModule;

/** Runs once on a new instance. */
type Prepare = (connection: DuckDBConnection, api: DuckDBApi) => Promise<void>;

/** Threads per query; the store runs on laptops, beside the program that uses it. */
const THREADS = '4';

/** What SQL may access below the folder of the store: objects and scratch files, but never the state. */
const READABLE = ['s3', 's3-versions', 'tmp'];

/** Memory limit of an instance; larger sorts and joins spill into the folder. */
const MEMORY_LIMIT = '2GB';

/** Returns at once; the package is loaded by the first `connect`, which throws when it is not installed. */
export function openDuckDB(dir: string, prepare: Prepare) {
  let opened: ReturnType<typeof start> | undefined;
  return {
    connect: async () => {
      opened ??= start(dir, prepare);
      return oneByOne(await (await opened).connect());
    },
    close: async () => {
      if (opened) (await opened).closeSync();
      opened = undefined;
    },
  };
}

async function start(dir: string, prepare: Prepare) {
  const api = await optional(() => import('@duckdb/node-api'));
  const instance = await api.DuckDBInstance.create(':memory:', {
    threads: THREADS,
    memory_limit: MEMORY_LIMIT,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
  });
  const connection = await instance.connect();
  await connection.run(`SET temp_directory = ${literal(`${dir}/tmp/spill`)}`);
  await prepare(connection, api);
  await connection.run(`SET allowed_directories = [${READABLE.map((name) => literal(`${dir}/${name}`)).join(', ')}]`);
  await connection.run('SET enable_external_access = false');
  await connection.run('SET lock_configuration = true');
  connection.closeSync();
  return instance;
}

/** Makes a connection reject multiple statements, which DuckDB would run one after another. */
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

/** The COPY option that writes the Iceberg field ids of the columns of a Parquet file; empty without ids. */
export const fieldIdsOption = (ids: Map<string, number> | undefined, columns: string[]): string =>
  ids ? `, FIELD_IDS {${columns.map((name) => `${literal(name)}: ${ids.get(name.toLowerCase())}`).join(', ')}}` : '';

/** Paths as a list for `read_parquet`, with glob characters escaped. */
export const fileList = (files: string[]): string =>
  `[${files.map((file) => literal(file.replace(/[*?[]/g, '[$&]'))).join(', ')}]`;
