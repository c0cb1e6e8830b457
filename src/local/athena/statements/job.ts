/** A statement at work: what it is given, what comes of it, and what all statements need: tables and prepared queries. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Table } from '../../glue/tables.js';
import type { Engine } from '../engine/engine.js';
import { QueryError, tableNotFound, translate, type Origin } from '../language/errors.js';
import { itemsOf } from '../engine/guard.js';
import { columnNames } from '../language/select-list.js';
import type { ParsedStatement } from '../language/statement.js';
import type { TableName } from '../language/statement-reader.js';
import type { Token } from '../language/tokens.js';
import { resultTypeOf, type ResultType } from '../language/types.js';
import { openWorkspace, type Workspace } from './workspace.js';

export interface ResultColumn {
  name: string;
  type: ResultType;
}

export interface Outcome {
  columns: ResultColumn[];
  /** The result as a file in Athena's form of CSV, header included. */
  csv?: string;
  /** The result of a statement whose answer is short text. */
  lines?: string[];
  updateCount?: number;
  /** URIs of the objects that the statement adds, for its manifest. */
  written?: string[];
  /** Bytes. */
  scanned: number;
  /** Moves in what the statement wrote. Synchronous, run in the transaction that says that the query succeeded. */
  publish?: () => void;
}

export interface Job extends ParsedStatement {
  id: string;
  engine: Engine;
  region: string;
  database: string;
  parameters?: string[];
  /** A folder of the query's own for the files that it writes. */
  folder: string;
  /** Is told of each connection that works for the query, so that it can be interrupted. */
  watch: (connection: DuckDBConnection) => void;
}

/** A query ready to run: in DuckDB's words, in a database that has its tables, its columns named as Trino names them. */
export interface Prepared {
  workspace: Workspace;
  origin: Origin;
  columns: (ResultColumn & { duckType: string })[];
}

/** A second look at a query that is bound but not run. */
type Check = (prepared: Prepared, strict: Origin) => Promise<void>;

/** Opens the query's tables, hands it on, and closes them; DuckDB's errors come out in Trino's words. */
export async function withQuery<T>(
  job: Job,
  { query: tokens, check }: { query: Token[]; check?: Check },
  use: (prepared: Prepared) => Promise<T>,
): Promise<T> {
  const origin = await job.engine.rewrite({ ...job, tokens });
  const workspace = await openWorkspace(job.engine, { ...job, tokens });
  try {
    job.watch(workspace.connection);
    await bind(workspace.connection, origin.strict);
    const found = await bind(workspace.connection, origin);
    const names = columnNames(
      itemsOf(origin.tree),
      found.map(({ name }) => name),
    );
    const columns = found.map(({ duckType }, i) => ({ name: names[i]!, duckType, type: resultTypeOf(duckType) }));
    const prepared = { workspace, origin, columns };
    await check?.(prepared, origin.strict);
    await workspace.fill();
    return await use(prepared);
  } catch (error) {
    throw translate(error, origin);
  } finally {
    await workspace.close();
  }
}

/** Binds a query without running it: its columns as DuckDB has them. Throws QueryError for what does not go together. */
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

/** The names that stand for a prepared query's columns where their own could be missing or repeated. */
export const positions = (columns: unknown[]): string[] => columns.map((_, i) => `c${i}`);

/** Finds the table that a statement names. Throws QueryError TABLE_NOT_FOUND or SCHEMA_NOT_FOUND. */
export function tableNamed(job: Job, { name, database = job.database }: TableName): Table {
  const { tables } = job.engine.core;
  const table = tables.get(job.region, database, name);
  if (table) return table;
  throw tableNotFound(job, `${database}.${name}`);
}

/** As `tableNamed`, for a statement that only Iceberg tables know. */
export function icebergTable(job: Job, name: TableName, statement: string): Table {
  const table = tableNamed(job, name);
  if (table.format === 'Iceberg') return table;
  throw new QueryError(
    'NOT_SUPPORTED',
    `${statement} is only supported for Iceberg tables: ${table.database}.${table.name}`,
  );
}
