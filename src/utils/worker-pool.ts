/** Processes batches concurrently in lanes (a p-limit each): with back-pressure, and in order per key. */
import { setMaxListeners } from 'node:events';
import pLimit from 'p-limit';

interface PoolOptions<T> {
  /** Concurrent batches. */
  workers: number;
  batchSize: number;
  /** Items with the same key are processed in order, never concurrently. */
  keyOf: (item: T) => string;
  /** Once aborted, no item is pulled and no batch started; running batches are awaited. */
  signal: AbortSignal;
}

export interface Worker<R> {
  emit: (result: R) => void;
  /** Aborted when the run ends early: finish the current call, then return. */
  signal: AbortSignal;
}

type Work<T, R> = (batch: T[], worker: Worker<R>) => Promise<void>;

/** Batches queued per lane before the source has to wait. */
const MAX_WAITING_BATCHES = 1;
/** How long calls in flight may take once another has failed; a silent connection is not waited for. */
const GRACE_MS = 500;

/**
 * Pulls items (singly, or in arrays, which saves a promise per item), routes each key to one lane, and yields results
 * as the workers emit them. If a worker throws, the others have half a second to finish their call; their results are
 * yielded, then the error is thrown.
 */
export async function* inLanes<T, R>(
  items: AsyncIterable<T | T[]>,
  options: PoolOptions<T>,
  work: Work<T, R>,
): AsyncGenerator<R> {
  const pool = openPool(options, work);
  void pool.feed(items);
  try {
    while (pool.isBusy()) {
      if (pool.results.length === 0) await pool.change.next();
      while (pool.results.length > 0) yield pool.results.shift()!;
      // The source may be waiting for room while no worker is left to wake it.
      pool.change.notify();
    }
  } finally {
    pool.close();
  }
  pool.rethrow();
}

interface Lane<T> {
  limit: ReturnType<typeof pLimit>;
  filling: T[];
}

/** The lanes, their results, and the state of the run. */
function openPool<T, R>({ workers, batchSize, keyOf, signal }: PoolOptions<T>, work: Work<T, R>) {
  const lanes: Lane<T>[] = Array.from({ length: workers }, () => ({ limit: pLimit(1), filling: [] }));
  const results: R[] = [];
  const change = openLatch();
  const stopping = new AbortController();
  // Every waiting worker adds a listener; above ten Node warns of a leak on stderr.
  setMaxListeners(0, stopping.signal);
  let [running, fed] = [0, false];
  let failure: { error: unknown; timer: NodeJS.Timeout } | undefined;
  let isOverdue = false;

  function stop(): void {
    stopping.abort();
    change.notify();
  }

  function fail(error: unknown): void {
    failure ??= { error, timer: setTimeout(leave, GRACE_MS) };
    stop();
  }

  function leave(): void {
    isOverdue = true;
    change.notify();
  }

  function emit(result: R): void {
    results.push(result);
    change.notify();
  }

  function dispatch(lane: Lane<T>): void {
    const batch = lane.filling;
    lane.filling = [];
    running += 1;
    // A failure stops the run before the lane can start its next batch.
    const attempt = async () => {
      if (stopping.signal.aborted) return;
      await work(batch, { emit, signal: stopping.signal }).catch(fail);
    };
    const ended = () => {
      running -= 1;
      change.notify();
    };
    void lane.limit(attempt).finally(ended);
  }

  function add(item: T): void {
    const lane = lanes[laneOf(keyOf(item), lanes.length)]!;
    if (lane.filling.push(item) >= batchSize) dispatch(lane);
  }

  const isFull = () =>
    results.length > 2 * lanes.length || lanes.some(({ limit }) => limit.pendingCount > MAX_WAITING_BATCHES);

  async function pull(items: AsyncIterable<T | T[]>): Promise<void> {
    for await (const item of items) {
      if (Array.isArray(item)) item.forEach(add);
      else add(item);
      while (isFull() && !stopping.signal.aborted) await change.next();
      if (stopping.signal.aborted) return;
    }
    for (const lane of lanes) if (lane.filling.length > 0) dispatch(lane);
  }

  async function feed(items: AsyncIterable<T | T[]>): Promise<void> {
    await pull(items).catch(fail);
    fed = true;
    change.notify();
  }

  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  return {
    feed,
    results,
    change,
    /** A stopped pool does not wait for its source, which may be a silent pipe. */
    isBusy: () => results.length > 0 || (running > 0 && !isOverdue) || !(fed || stopping.signal.aborted),
    close() {
      signal.removeEventListener('abort', stop);
      clearTimeout(failure?.timer);
      stop();
    },
    rethrow() {
      if (failure) throw failure.error;
    },
  };
}

/** FNV-1a: a key always maps to the same lane, which keeps its order. */
function laneOf(key: string, lanes: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index += 1) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  return ((hash ^ (hash >>> 15)) >>> 0) % lanes;
}

/** A promise of the next change, shared by all waiters. */
function openLatch() {
  let open = () => {};
  let changed = new Promise<void>((resolve) => (open = resolve));
  return {
    next: () => changed,
    notify() {
      open();
      changed = new Promise<void>((resolve) => (open = resolve));
    },
  };
}
