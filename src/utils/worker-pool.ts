/** Works on batches side by side, a p-limit for each lane: back-pressure, and order for each key. */
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

interface Lane<T> {
  limit: ReturnType<typeof pLimit>;
  filling: T[];
}

/** Batches that may wait behind the one at work in a lane, before the source has to wait. */
const MAX_WAITING_BATCHES = 1;

/**
 * Pulls items (singly or in arrays, which saves a promise for each), gives those of one key to one lane, and yields what
 * the workers emit, as it comes. A worker that throws ends the run: the others finish their call, their results are
 * yielded, then the error is thrown.
 */
export async function* inLanes<T, R>(
  items: AsyncIterable<T | T[]>,
  options: PoolOptions<T>,
  work: (batch: T[], worker: Worker<R>) => Promise<void>,
): AsyncGenerator<R> {
  const lanes: Lane<T>[] = Array.from({ length: options.workers }, () => ({ limit: pLimit(1), filling: [] }));
  const results: R[] = [];
  const change = latch();
  const stopping = new AbortController();
  let running = 0;
  let fed = false;
  let failure: { error: unknown } | undefined;

  const stop = () => {
    stopping.abort();
    change.notify();
  };
  const fail = (error: unknown) => {
    failure ??= { error };
    stop();
  };
  const emit = (result: R) => {
    results.push(result);
    change.notify();
  };
  const dispatch = (lane: Lane<T>) => {
    const batch = lane.filling;
    lane.filling = [];
    running += 1;
    const attempt = () => (stopping.signal.aborted ? undefined : work(batch, { emit, signal: stopping.signal }));
    void lane
      .limit(attempt)
      .catch(fail)
      .finally(() => {
        running -= 1;
        change.notify();
      });
  };
  const add = (item: T) => {
    const lane = lanes[laneOf(options.keyOf(item), lanes.length)]!;
    if (lane.filling.push(item) >= options.batchSize) dispatch(lane);
  };
  const isFull = () =>
    results.length > 2 * lanes.length || lanes.some(({ limit }) => limit.pendingCount > MAX_WAITING_BATCHES);
  const feed = async () => {
    for await (const item of items) {
      if (Array.isArray(item)) item.forEach(add);
      else add(item);
      while (isFull() && !stopping.signal.aborted) await change.next();
      if (stopping.signal.aborted) return;
    }
    for (const lane of lanes) if (lane.filling.length > 0) dispatch(lane);
  };

  options.signal.addEventListener('abort', stop);
  if (options.signal.aborted) stop();
  void feed()
    .catch(fail)
    .finally(() => {
      fed = true;
      change.notify();
    });
  try {
    while (results.length > 0 || running > 0 || !(fed || stopping.signal.aborted)) {
      if (results.length === 0) await change.next();
      while (results.length > 0) yield results.shift()!;
    }
  } finally {
    options.signal.removeEventListener('abort', stop);
    stop();
  }
  if (failure) throw failure.error;
}

/** FNV-1a: a key always meets the same lane, which is what keeps its order. */
function laneOf(key: string, lanes: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index += 1) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  return ((hash ^ (hash >>> 15)) >>> 0) % lanes;
}

/** A promise of the next change, for everyone who waits. */
function latch() {
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
