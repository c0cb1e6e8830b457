/** Works on batches side by side, a p-limit for each lane: back-pressure, and order for each key. */
import { setMaxListeners } from 'node:events';
import pLimit from 'p-limit';

export interface PoolOptions<T> {
  /** Batches at work at a time. */
  workers: number;
  /** Items handed to a worker at a time. */
  batchSize: number;
  /** Items of one key stay in their order, and are never at work together. */
  keyOf: (item: T) => string;
  /** Once aborted, no item is pulled and no batch begun any more; what is at work is waited for. */
  signal: AbortSignal;
}

export interface Worker<R> {
  /** Hands a result to whoever iterates the pool. */
  emit: (result: R) => void;
  /** Aborted when the run ends early: finish the call in flight, then return. */
  signal: AbortSignal;
}

type Work<T, R> = (batch: T[], worker: Worker<R>) => Promise<void>;

/** Batches that may wait behind the one at work in a lane, before the source has to wait. */
const MAX_WAITING_BATCHES = 1;
/** How long the calls in flight may take to end once another has failed: a connection that is silent is not waited for. */
const GRACE_MS = 500;

/**
 * Pulls items (singly or in arrays, which saves a promise for each), gives those of one key to one lane, and yields what
 * the workers emit, as it comes. A worker that throws ends the run: the others have half a second to finish their call,
 * their results are yielded, then the error is thrown.
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
      // The source may be waiting for room, with no worker left that would tell it.
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

/** The lanes, what came out of them, and how the run stands. */
function openPool<T, R>({ workers, batchSize, keyOf, signal }: PoolOptions<T>, work: Work<T, R>) {
  const lanes: Lane<T>[] = Array.from({ length: workers }, () => ({ limit: pLimit(1), filling: [] }));
  const results: R[] = [];
  const change = openLatch();
  const stopping = new AbortController();
  // Every worker that waits listens to it; Node takes more than ten for a leak and says so on stderr.
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
    // A failure stops the run before the lane can begin its next batch.
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

/** FNV-1a: a key always meets the same lane, which is what keeps its order. */
function laneOf(key: string, lanes: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index += 1) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  return ((hash ^ (hash >>> 15)) >>> 0) % lanes;
}

/** A promise of the next change, for everyone who waits. */
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
