/** DuckDB with Trino functions: each is installed once, when a query calls it; each query has its own database. */
import { crc32 } from 'node:zlib';
import type {
  DuckDBBlobValue,
  DuckDBConnection,
  DuckDBScalarMainFunction,
  DuckDBType,
  DuckDBValue,
} from '@duckdb/node-api';
import pLimit from 'p-limit';
import { xxhash64 } from 'hyparquet/src/xxhash.js';
import { openDuckDB, type DuckDBApi } from '../../store/duckdb.js';
import type { IcebergCore } from '../../glue/iceberg.js';
import { QueryError } from '../language/errors.js';
import { decimalQuotient, textOfDouble } from './numbers.js';
import { MACROS } from './functions.js';
import { guard, type Guarded } from './guard.js';
import { rewrite, type Source } from './rewrite.js';

export type Engine = ReturnType<typeof openEngine>;

/** Returns at once; DuckDB is loaded by the first query. */
export function openEngine(core: IcebergCore) {
  const duckdb = openDuckDB(core.dir, install);
  const installed = new Set<string>();
  const oneByOne = pLimit(1);
  const provide = (connection: DuckDBConnection, sql: string) =>
    oneByOne(async () => {
      for (const name of macrosIn(sql)) {
        if (!installed.has(name)) await connection.run(`CREATE MACRO ${MACROS.get(name)}`);
        installed.add(name);
      }
    });
  /**
   * Translates Trino SQL to DuckDB: one query or expression, which only reads tables of the catalog, and can be put in
   * parentheses. Throws QueryError where Trino would reject it.
   */
  async function translated(source: Source): Promise<Guarded> {
    const origin = rewrite(source);
    if (source.tokens.length === 0) return { ...origin, tree: {} };
    const connection = await duckdb.connect();
    try {
      const guarded = await guard(connection, origin, { tables: core.tables, region: source.region });
      await provide(connection, origin.rewritten + origin.strict.rewritten);
      return guarded;
    } finally {
      connection.closeSync();
    }
  }
  return {
    core,
    duckdb,
    rewrite: translated,
    /** Throws QueryError MALFORMED_QUERY for a syntax error; does not resolve names. */
    async check(source: Source): Promise<void> {
      await translated(source).catch((error: unknown) => {
        if (!(error instanceof QueryError) || error.code === 'MALFORMED_QUERY') throw error;
      });
    },
    close: () => duckdb.close(),
  };
}

/** The macros that SQL may call, after those that they call: to make all of them would take 50 ms. */
function macrosIn(sql: string, seen = new Set<string>()): string[] {
  return [...MACROS].flatMap(([name, macro]) =>
    seen.has(name) || !sql.includes(name) ? [] : [...macrosIn(macro, seen.add(name)), name],
  );
}

async function install(connection: DuckDBConnection, api: DuckDBApi): Promise<void> {
  await connection.run("SET GLOBAL default_null_order = 'nulls_last'");
  await connection.run("SET GLOBAL TimeZone = 'UTC'");
  const define = (name: string, types: DuckDBType[], compute: (...values: DuckDBValue[]) => DuckDBValue) => {
    const [returnType, ...parameterTypes] = types as [DuckDBType, ...DuckDBType[]];
    const mainFunction: DuckDBScalarMainFunction = (_info, input, output) => {
      const columns = parameterTypes.map((_, i) => input.getColumnVector(i));
      for (let row = 0; row < input.rowCount; row++) {
        const values = columns.map((column) => column.getItem(row));
        output.setItem(row, values.includes(null) ? null : compute(...values));
      }
      output.flush();
    };
    connection.registerScalarFunction(
      api.DuckDBScalarFunction.create({ name, returnType, parameterTypes, mainFunction }),
    );
  };
  const bytesOf = (value: DuckDBValue) => (value as DuckDBBlobValue).bytes;
  define('trino_xxhash64', [api.BLOB, api.BLOB], (value) => {
    const hash = Buffer.alloc(8);
    hash.writeBigUInt64BE(xxhash64(bytesOf(value)));
    return new api.DuckDBBlobValue(hash);
  });
  define('trino_crc32', [api.BIGINT, api.BLOB], (value) => BigInt(crc32(bytesOf(value))));
  const { VARCHAR } = api;
  define('trino_text_of_double', [VARCHAR, api.DOUBLE], (value) => textOfDouble(value as number));
  define('trino_decimal_quotient', [VARCHAR, VARCHAR, VARCHAR], (a, b) => decimalQuotient(String(a), String(b)));
}
