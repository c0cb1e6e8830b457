/** Concurrent work on the items of a stream, with results in stream order. */

/** Yields `work(item)` in item order, at most `width` of them begun; an error is thrown when its turn comes. */
export async function* inOrder<T, R>(
  items: AsyncIterable<T>,
  width: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const underway: Promise<R>[] = [];
  for await (const item of items) {
    const result = work(item);
    // Awaited in its turn; until then a rejection must not count as unhandled.
    result.catch(() => {});
    underway.push(result);
    if (underway.length >= width) yield await underway.shift()!;
  }
  for (const result of underway) yield await result;
}

/** Splits arrays into chunks of at most `size`. Never joins two arrays, so that nothing waits for a chunk to fill. */
export async function* inChunks<T>(batches: AsyncIterable<T[]>, size: number): AsyncGenerator<T[]> {
  for await (const batch of batches) {
    if (batch.length <= size) yield batch;
    else for (let at = 0; at < batch.length; at += size) yield batch.slice(at, at + size);
  }
}
