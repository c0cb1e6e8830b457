/** The DuckDB that speaks Trino: macros and hashes installed once, each query in a database of its own. */
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { openDuckDB, type DuckDB, type DuckDBApi } from '../../store/duckdb.js';
import type { IcebergCore } from '../../glue/iceberg.js';
import { isSyntaxError, QueryError, translate, type Origin } from './errors.js';
import { HASHES, MACROS } from './functions.js';
import { crc, xxhash64 } from './hashes.js';
import { rewrite } from './rewrite.js';
import type { Statement } from './statement.js';
import type { Token } from './tokens.js';

/** Threads of one query; people run the store on laptops, beside the program that asks. */
const THREADS = 4;

export interface Engine {
  core: IcebergCore;
  duckdb: DuckDB;
  /** Trino's text → DuckDB's. Throws QueryError where Trino would refuse it. */
  rewrite(source: { sql: string; tokens: Token[]; database: string; parameters?: string[] }): Promise<Origin>;
  /** Throws QueryError MALFORMED_QUERY for a query that does not parse; says nothing of what its names mean. */
  check(source: { sql: string; statement: Statement; database: string; parameters?: string[] }): Promise<void>;
  close(): Promise<void>;
}

/** Returns at once; DuckDB is loaded by the first query. */
export function openEngine(core: IcebergCore): Engine {
  let foreign = new Set<string>();
  const duckdb = openDuckDB({
    dir: core.dir,
    threads: THREADS,
    async prepare(connection, api) {
      foreign = await functionsOf(connection);
      await install(connection, api);
    },
  });
  const engine: Engine = {
    core,
    duckdb,
    async rewrite(source) {
      if (foreign.size === 0) (await duckdb.connect()).closeSync();
      return rewrite({ ...source, foreignFunctions: foreign });
    },
    async check({ statement, ...source }) {
      if (!('query' in statement)) return;
      const tokens = statement.query;
      try {
        const origin = await engine.rewrite({ ...source, tokens });
        await parse(duckdb, origin);
      } catch (error) {
        if (!(error instanceof QueryError) || error.reason === 'MALFORMED_QUERY') throw error;
      }
    },
    close: () => duckdb.close(),
  };
  return engine;
}

/** Throws QueryError where DuckDB's parser stumbles. */
async function parse(duckdb: DuckDB, origin: Origin): Promise<void> {
  const connection = await duckdb.connect();
  try {
    await connection.extractStatements(origin.rewritten);
  } catch (error) {
    throw isSyntaxError(error) ? translate(error, origin) : error;
  } finally {
    connection.closeSync();
  }
}

async function functionsOf(connection: DuckDBConnection): Promise<Set<string>> {
  const reader = await connection.runAndReadAll('SELECT DISTINCT function_name FROM duckdb_functions()');
  return new Set(reader.getRows().map(([name]) => String(name)));
}

async function install(connection: DuckDBConnection, api: DuckDBApi): Promise<void> {
  await connection.run('SET GLOBAL integer_division = true');
  await connection.run("SET GLOBAL default_null_order = 'nulls_last'");
  await connection.run("SET GLOBAL TimeZone = 'UTC'");
  for (const macro of MACROS) await connection.run(`CREATE MACRO ${macro}`);
  const [xxhash, crc32] = HASHES as [string, string];
  registerHash(connection, api, {
    name: xxhash,
    type: api.BLOB,
    hash: (bytes) => new api.DuckDBBlobValue(xxhash64(bytes)),
  });
  registerHash(connection, api, { name: crc32, type: api.BIGINT, hash: crc });
}

function registerHash(
  connection: DuckDBConnection,
  api: DuckDBApi,
  {
    name,
    type,
    hash,
  }: { name: string; type: DuckDBApi['BLOB'] | DuckDBApi['BIGINT']; hash: (bytes: Uint8Array) => DuckDBValue },
): void {
  connection.registerScalarFunction(
    api.DuckDBScalarFunction.create({
      name,
      returnType: type,
      parameterTypes: [api.BLOB],
      mainFunction(_info, input, output) {
        const column = input.getColumnVector(0);
        for (let row = 0; row < input.rowCount; row++) {
          const value = column.getItem(row);
          output.setItem(row, value instanceof api.DuckDBBlobValue ? hash(value.bytes) : null);
        }
        output.flush();
      },
    }),
  );
}
