/** Athena: query executions, their states and results. The SQL runs in DuckDB, over the Parquet objects. */
import { randomUUID } from 'node:crypto';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { RootDatabase } from 'lmdb';
import pLimit from 'p-limit';
import { hasEnded, openExecutions, type Execution, type Executions, type TokenRequest } from './executions.js';
import type { Objects } from '../s3/objects.js';
import type { OfflineStore } from '../runtime/offline.js';
import { finishResult } from './query-output.js';
import { heedCommitFailure } from '../store/commit-failure.js';
import { ServiceError } from '../wire/service-error.js';
import { withScratch } from '../store/scratch.js';
import { openEngine, type Engine } from './engine/engine.js';
import { errorTypeOf, QueryError } from './language/errors.js';
import { RUN } from './statements/run.js';
import type { ParsedStatement } from './language/statement.js';
import type { Tables } from '../glue/tables.js';
import { openWorkGroups } from './workgroups.js';

export type Queries = ReturnType<typeof openQueries>;

export interface QueriesCore {
  dir: string;
  env: RootDatabase;
  now: () => number;
  objects: Objects;
  offline: OfflineStore;
  tables: Tables;
  /** A silent process is presumed dead after this, milliseconds. */
  leaseMs?: number;
}

/** Concurrent queries; each occupies one of the four threads that Node also uses for the file system. */
const MAX_RUNNING = 2;
const LEASE_MS = 15_000;
const BEATS_PER_LEASE = 5;
/** Interval of checks for cancellation by another process, milliseconds. */
const LOOK_MS = 200;

/** Opens Athena; DuckDB is loaded by the first query. */
export function openQueries(core: QueriesCore) {
  const executions = openExecutions(core.env);
  const engine = openEngine(core);
  const runner = randomUUID();
  const leaseMs = core.leaseMs ?? LEASE_MS;
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
      // Before the execution is visible to others, or they would take it for abandoned.
      await executions.beat(runner);
      const kept = await executions.create(execution, token);
      if (kept.id !== execution.id) return kept;
      // If not even the failure can be stored, the query is abandoned when the lease expires.
      const work = slots(() => execute(core, { executions, engine, execution, statement })).catch(heedCommitFailure);
      pending.set(
        execution.id,
        work.finally(() => settle(execution.id)),
      );
      beating ??= setInterval(beat, leaseMs / BEATS_PER_LEASE).unref();
      return kept;
    },
    /** The current state of an execution; FAILED if its process has died. */
    get: async (region: string, id: string) => {
      const execution = executions.get(region, id);
      if (!execution || hasEnded(execution) || pending.has(id)) return execution;
      if (Date.now() - executions.lastBeat(execution.runner) < leaseMs) return execution;
      const reason = 'GENERIC_INTERNAL_ERROR: the process that ran this query has gone';
      await executions.advance(execution, failed(reason, { category: 1, type: 0, now: core.now() }));
      return executions.get(region, id);
    },
    /** Cancels a running query, in whatever process it runs. */
    stop: async (region: string, id: string) => {
      await executions.advance({ region, id }, cancelled(core.now()));
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

async function execute(core: QueriesCore, work: Work): Promise<void> {
  const { executions, execution } = work;
  if (!(await executions.advance(execution, { state: 'RUNNING', startedAt: core.now() }))) return;
  const connections = new Set<DuckDBConnection>();
  const watcher = watchForCancellation(executions, { execution, connections });
  try {
    await core.offline.flush();
    await withScratch(core.dir, `query-${execution.id}`, (folder) => answer(core, { ...work, folder, connections }));
  } catch (error) {
    await executions.advance(execution, failureOf(error, core.now()));
  } finally {
    clearInterval(watcher);
  }
}

async function answer(
  core: QueriesCore,
  {
    executions,
    engine,
    execution,
    statement,
    folder,
    connections,
  }: Work & { folder: string; connections: Set<DuckDBConnection> },
): Promise<void> {
  const { id, region, database, parameters } = execution;
  const outcome = await RUN[statement.statement.kind]({
    ...statement,
    ...{ id, region, database, parameters, engine, folder },
    watch: (connection) => connections.add(connection),
  });
  const { change, publish } = await finishResult(core, { execution, outcome, folder });
  await executions.advance(execution, { ...change, state: 'SUCCEEDED', completedAt: core.now() }, publish);
}

/** Interrupts repeatedly: a query between two of its statements would miss a single interrupt. */
function watchForCancellation(
  executions: Executions,
  { execution, connections }: { execution: Execution; connections: Set<DuckDBConnection> },
): NodeJS.Timeout {
  return setInterval(() => {
    if (executions.get(execution.region, execution.id)?.state !== 'CANCELLED') return;
    for (const connection of connections) connection.interrupt();
  }, LOOK_MS).unref();
}

function failureOf(error: unknown, now: number): Partial<Execution> {
  if (error instanceof QueryError || error instanceof ServiceError) {
    const code = error instanceof QueryError ? error.reason : error.code;
    return failed(`${code}: ${error.message}`, { category: 2, type: errorTypeOf(code), now });
  }
  const words = error instanceof Error ? error.message : String(error);
  return failed(`GENERIC_INTERNAL_ERROR: ${words}`, { category: 1, type: 0, now });
}

const failed = (
  reason: string,
  { category, type, now }: { category: number; type: number; now: number },
): Partial<Execution> => ({
  state: 'FAILED',
  stateChangeReason: reason,
  error: { ErrorCategory: category, ErrorType: type, Retryable: false, ErrorMessage: reason },
  completedAt: now,
});

const cancelled = (now: number): Partial<Execution> => ({
  state: 'CANCELLED',
  stateChangeReason: 'Query cancelled by user',
  completedAt: now,
});
