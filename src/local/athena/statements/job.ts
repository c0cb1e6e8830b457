/** A running statement: its input, its outcome, and what all statements need. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Table } from '../../glue/tables.js';
import type { Engine } from '../engine/engine.js';
import type { Rewritten, Source } from '../engine/rewrite.js';
import { QueryError, tableNotFound, translate, type Origin } from '../language/errors.js';
import { itemsOf } from '../engine/guard.js';
import type { ParsedStatement } from '../language/statement.js';
import { resultTypeOf, type ResultType } from '../language/types.js';
import { openWorkspace, type Workspace } from './workspace.js';

export interface ResultColumn {
  name: string;
  type: ResultType;
}

export interface Outcome {
  columns: ResultColumn[];
  /** Path of the result as Athena CSV, with header. */
  csv?: string;
  /** The result of a statement that returns text. */
  lines?: string[];
  updateCount?: number;
  /** URIs of the added objects, for the manifest. */
  written?: string[];
  /** Bytes. */
  scanned: number;
  /** Moves the written files in. Synchronous, in the transaction that marks the query as succeeded. */
  publish?: () => void;
}

export interface Job extends ParsedStatement, Source {
  id: string;
  engine: Engine;
  /** A folder for the files of the query. */
  folder: string;
  /** Called with each connection of the query, so that it can be interrupted. */
  watch: (connection: DuckDBConnection) => void;
}

/** A query ready to run in DuckDB, in a database with its tables, and with the column names of Trino. */
export interface Prepared {
  /** Not filled yet. */
  workspace: Workspace;
  origin: Rewritten;
  columns: (ResultColumn & { duckType: string })[];
}

/** Opens the tables of the query for `use`, and closes them; errors of DuckDB are translated. */
export async function withQuery<T>(job: Job, use: (prepared: Prepared) => Promise<T>): Promise<T> {
  const tokens = job.statement.query;
  const origin = await job.engine.rewrite({ ...job, tokens });
  const workspace = await openWorkspace(job.engine, { ...job, tokens });
  try {
    job.watch(workspace.connection);
    if (origin.strict.rewritten !== origin.rewritten) await bind(workspace.connection, origin.strict);
    const found = await bind(workspace.connection, origin);
    const names = columnNames(
      itemsOf(origin.tree),
      found.map(({ name }) => name),
    );
    const columns = found.map(({ duckType }, i) => ({ name: names[i]!, duckType, type: resultTypeOf(duckType) }));
    return await use({ workspace, origin, columns });
  } catch (error) {
    throw translate(error, origin);
  } finally {
    await workspace.close();
  }
}

/** Binds a query without running it, and returns its DuckDB columns. Throws QueryError for a type error. */
export async function bind(
  connection: DuckDBConnection,
  origin: Origin,
): Promise<{ name: string; duckType: string }[]> {
  try {
    const prepared = await connection.prepare(origin.rewritten);
    const columns = Array.from({ length: prepared.columnCount }, (_, i) => {
      const type = prepared.columnType(i);
      return { name: prepared.columnName(i), duckType: type.alias === 'JSON' ? 'JSON' : String(type) };
    });
    prepared.destroySync();
    return columns;
  } catch (error) {
    throw translate(error, origin);
  }
}

/** Unique column names of a prepared query, since its own may be missing or repeated. */
export const positions = (columns: unknown[]): string[] => columns.map((_, i) => `c${i}`);

/** The table of the statement. Throws QueryError TABLE_NOT_FOUND. */
export function tableNamed(job: Job): Table {
  const { table, database = table.database ?? job.database } = job.statement;
  const found = job.engine.core.tables.get(job.region, database, table.name);
  if (found) return found;
  throw tableNotFound(job, database, table.name);
}

/** As `tableNamed`, for statements on Iceberg tables only. */
export function icebergTable(job: Job): Table {
  const table = tableNamed(job);
  if (table.format === 'Iceberg') return table;
  const words = `${job.statement.kind} is only supported for Iceberg tables: ${table.database}.${table.name}`;
  throw new QueryError('NOT_SUPPORTED', words);
}

/**
 * Names result columns like Trino: as in the SELECT list, else `_col0`. Items are matched from both ends, so that one `*` may stand for any number; with several stars,
 * the columns between them keep their DuckDB names.
 * @param items from `itemsOf`
 */
function columnNames(items: (string | undefined)[], found: string[]): string[] {
  const [first, last] = [items.indexOf('*'), items.lastIndexOf('*')];
  const after = items.length - last - 1;
  return found.map((name, i) => {
    if (first < 0 || i < first) return items[i] ?? `_col${i}`;
    if (i < found.length - after) return name;
    return items[i - found.length + items.length] ?? `_col${i}`;
  });
}
