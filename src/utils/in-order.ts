/** Work on what a stream brings, several at a time, results in the stream's order. */

/**
 * Yields `work(item)` for each item, in their order; at most `width` of them are under way or waiting to be taken.
 * An error of the work is thrown when its turn comes.
 */
export async function* inOrder<T, R>(
  items: AsyncIterable<T>,
  width: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const underway: Promise<R>[] = [];
  for await (const item of items) {
    const result = work(item);
    // Awaited in its turn: until then a failure must not count as unhandled.
    result.catch(() => {});
    underway.push(result);
    if (underway.length >= width) yield await underway.shift()!;
  }
  for (const result of underway) yield await result;
}

/** Arrays cut into arrays of at most `size`; each ends where the stream's own does, so that nothing waits to be filled. */
export async function* inChunks<T>(batches: AsyncIterable<T[]>, size: number): AsyncGenerator<T[]> {
  for await (const batch of batches) {
    if (batch.length <= size) yield batch;
    else for (let at = 0; at < batch.length; at += size) yield batch.slice(at, at + size);
  }
}
