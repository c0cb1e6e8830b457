/** Athena: query executions, their states and results. The SQL runs in DuckDB, over the Parquet objects. */
import { randomUUID } from 'node:crypto';
import type { DuckDBConnection } from '@duckdb/node-api';
import pLimit from 'p-limit';
import { hasEnded, openExecutions, type Execution, type Executions, type TokenRequest } from './executions.js';
import type { OfflineStore } from '../runtime/offline.js';
import { finishResult } from './query-output.js';
import { heedCommitFailure } from '../store/core.js';
import { ServiceError } from '../wire/service-error.js';
import { withScratch } from '../store/scratch.js';
import { openEngine, type Engine } from './engine/engine.js';
import { errorTypeOf } from './language/errors.js';
import { RUN } from './statements/run.js';
import type { ParsedStatement } from './language/statement.js';
import type { IcebergCore } from '../glue/iceberg.js';
import { openWorkGroups } from './workgroups.js';

export type Queries = ReturnType<typeof openQueries>;

type QueriesCore = IcebergCore & { offline: OfflineStore };

/** Concurrent queries; each occupies one of the four threads that Node also uses for the file system. */
const MAX_RUNNING = 2;
/** A silent process is presumed dead after this, milliseconds. */
const LEASE_MS = 15_000;
const BEATS_PER_LEASE = 5;
/** Interval of checks for cancellation by another process, milliseconds. */
const LOOK_MS = 200;

/** Opens Athena; DuckDB is loaded by the first query. */
export function openQueries(core: QueriesCore) {
  const executions = openExecutions(core.env);
  const engine = openEngine(core);
  const runner = randomUUID();
  const pending = new Map<string, Promise<void>>();
  const slots = pLimit(MAX_RUNNING);
  let beating: NodeJS.Timeout | undefined;

  const beat = () => void executions.beat(runner).catch(heedCommitFailure);
  const settle = (id: string) => {
    pending.delete(id);
    if (pending.size > 0) return;
    clearInterval(beating);
    beating = undefined;
  };

  return {
    workGroups: openWorkGroups(core.env),
    engine,
    executions,
    /** Id of this process, the `runner` of its executions. */
    runner,
    /** Stores and runs an execution; returns the earlier execution of the token, if there is one. */
    start: async (execution: Execution, { token, statement }: { token: TokenRequest; statement: ParsedStatement }) => {
      // With the execution, or others would take it for abandoned.
      const kept = await executions.create(execution, token, beat);
      if (kept.id !== execution.id) return kept;
      // If not even the failure can be stored, the query is abandoned when the lease expires.
      const work = slots(() => execute(core, { executions, engine, execution, statement })).catch(heedCommitFailure);
      pending.set(
        execution.id,
        work.finally(() => settle(execution.id)),
      );
      beating ??= setInterval(beat, LEASE_MS / BEATS_PER_LEASE).unref();
      return kept;
    },
    /** The current state of an execution; FAILED if its process has died. */
    get: async (region: string, id: string) => {
      const execution = executions.get(region, id);
      if (!execution || hasEnded(execution) || pending.has(id)) return execution;
      if (Date.now() - executions.lastBeat(execution.runner) < LEASE_MS) return execution;
      const gone = new Error('the process that ran this query has gone');
      await executions.advance(execution, failed(gone, core.now()));
      return executions.get(region, id);
    },
    /** Cancels a running query, in whatever process it runs. */
    stop: async (region: string, id: string) => {
      const stateChangeReason = 'Query cancelled by user';
      await executions.advance({ region, id }, { state: 'CANCELLED', stateChangeReason, completedAt: core.now() });
    },
    /** Waits for running queries to end; called when the store is closed. */
    close: async () => {
      await Promise.all(pending.values());
      await engine.close();
    },
  };
}

interface Work {
  executions: Executions;
  engine: Engine;
  execution: Execution;
  statement: ParsedStatement;
}

async function execute(core: QueriesCore, { executions, engine, execution, statement }: Work): Promise<void> {
  if (!(await executions.advance(execution, { state: 'RUNNING', startedAt: core.now() }))) return;
  const { id, region, database, parameters } = execution;
  const connections: DuckDBConnection[] = [];
  // Repeatedly: a query between two of its statements would miss a single interrupt.
  const watcher = setInterval(() => {
    if (executions.get(region, id)?.state === 'CANCELLED') connections.forEach((connection) => connection.interrupt());
  }, LOOK_MS).unref();
  const watch = (connection: DuckDBConnection) => void connections.push(connection);
  try {
    await core.offline.flush();
    await withScratch(core.dir, `query-${id}`, async (folder) => {
      const job = { ...statement, id, region, database, parameters, engine, folder, watch };
      const outcome = await RUN[statement.statement.kind](job);
      const { change, publish } = await finishResult(core, { execution, outcome, folder });
      await executions.advance(execution, { ...change, state: 'SUCCEEDED', completedAt: core.now() }, publish);
    });
  } catch (error) {
    await executions.advance(execution, failed(error, core.now()));
  } finally {
    clearInterval(watcher);
  }
}

function failed(error: unknown, now: number): Partial<Execution> {
  const known = error instanceof ServiceError ? error.code : undefined;
  const words = `${known ?? 'GENERIC_INTERNAL_ERROR'}: ${error instanceof Error ? error.message : String(error)}`;
  const kind = known ? { ErrorCategory: 2, ErrorType: errorTypeOf(known) } : { ErrorCategory: 1, ErrorType: 0 };
  return {
    state: 'FAILED',
    stateChangeReason: words,
    error: { ...kind, Retryable: false, ErrorMessage: words },
    completedAt: now,
  };
}
