/** Query executions in lmdb, so that every process can query their state. */
import type { RootDatabase } from 'lmdb';

export type QueryState = 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';

export interface Execution {
  id: string;
  region: string;
  workGroup: string;
  sql: string;
  database: string;
  catalog: string;
  parameters?: string[];
  /** The result object: `s3://bucket/prefix/<id>.csv`. */
  outputLocation: string;
  statementType: 'DDL' | 'DML' | 'UTILITY';
  substatementType: string;
  state: QueryState;
  stateChangeReason?: string;
  error?: { ErrorCategory: number; ErrorType: number; Retryable: boolean; ErrorMessage: string };
  /** Milliseconds since the epoch, like the other times. */
  submittedAt: number;
  startedAt?: number;
  completedAt?: number;
  /** Bytes. */
  scanned: number;
  updateCount?: number;
  manifest?: string;
  columns: { name: string; type: string; precision: number; scale: number }[];
  /** The process that runs it. */
  runner: string;
}

/** What must be equal for a repeated request. */
export interface Token {
  id: string;
  fingerprint: string;
}

export type TokenRequest = Omit<Token, 'id'> & { name: string };

export const hasEnded = ({ state }: Pick<Execution, 'state'>): boolean => state !== 'QUEUED' && state !== 'RUNNING';

export type Executions = ReturnType<typeof openExecutions>;

export function openExecutions(env: RootDatabase) {
  const db = env.openDB<unknown, (string | number)[]>({ name: 'queries' });
  const get = (region: string, id: string) => db.get(['execution', region, id]) as Execution | undefined;
  return {
    get,
    /** Newest first. */
    list: (region: string, workGroup: string) => {
      const own = ['listing', region, workGroup];
      const range = { start: [...own, Number.MAX_VALUE], end: own, reverse: true };
      return [...db.getRange(range)].map(({ value }) => value as string);
    },
    token: (region: string, token: string) => db.get(['token', region, token]) as Token | undefined,
    /** Stores a new execution with its token; returns the earlier execution of the token, if there is one.
     * `also` runs in the same transaction. */
    create: (execution: Execution, { name, fingerprint }: TokenRequest, also?: () => void) =>
      db.transaction((): Token => {
        const { region, workGroup, submittedAt, id } = execution;
        const earlier = db.get(['token', region, name]) as Token | undefined;
        if (earlier) return earlier;
        also?.();
        void db.put(['token', region, name], { id, fingerprint });
        void db.put(['execution', region, id], execution);
        void db.put(['listing', region, workGroup, submittedAt, id], id);
        return { id, fingerprint };
      }),
    /**
     * Updates a running execution; `also` runs before it in the same transaction.
     * @returns false if it has ended already: cancelled, or presumed dead
     */
    advance: ({ region, id }: Pick<Execution, 'region' | 'id'>, change: Partial<Execution>, also?: () => void) =>
      db.transaction(() => {
        const execution = get(region, id);
        if (!execution || hasEnded(execution)) return false;
        also?.();
        void db.put(['execution', region, id], { ...execution, ...change });
        return true;
      }),
    /** Heartbeat of a process. */
    beat: (runner: string) => db.put(['alive', runner], Date.now()),
    /** Last heartbeat, milliseconds since the epoch by the system clock. */
    lastBeat: (runner: string) => (db.get(['alive', runner]) as number | undefined) ?? 0,
  };
}
