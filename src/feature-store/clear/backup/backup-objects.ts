/** Backs up offline objects: copies them concurrently, then compares each copy with its source, in key order. */
import type { S3Client } from '@aws-sdk/client-s3';
import pLimit from 'p-limit';
import type { Context } from '../../../context.js';
import { s3Sink } from '../../../s3/sink.js';
import { openProgress } from '../../../utils/terminal/progress.js';
import { counted } from '../../../utils/quantities.js';
import { copyObject, headCopy, verifyCopy, type Copy, type CopyLimits } from '../../../s3/copy.js';
import { listObjects, type StoredObject } from '../../../s3/list.js';
import { uriOf, type Place } from '../../../s3/address.js';
import type { Held } from './held.js';

export type OfflineCopied = Awaited<ReturnType<typeof verifyOffline>>;

export interface Copying {
  s3: S3Client;
  from: Place;
  to: Place;
  /** Concurrent calls. */
  maxWorkers: number;
  limits?: CopyLimits;
  /** Records each object whose copy has been verified. */
  held: Held;
}

/** Copies all objects; stops at the first failure, after the copies in flight. */
export async function copyOffline(context: Context, copying: Copying): Promise<void> {
  const { signal } = context;
  const progress = openProgress(context, { unit: 'object' });
  const limit = pLimit(copying.maxWorkers);
  let failure: { error: unknown } | undefined;
  try {
    for await (const objects of listObjects(copying.s3, copying.from, signal)) {
      const copies = objects.map((object) =>
        limit(async () => {
          if (failure || signal.aborted) return;
          await copyObject(copying.s3, copyOf(copying, object), copying.limits).catch((error: unknown) => {
            failure ??= { error };
          });
          progress.tally.ok += 1;
        }),
      );
      await Promise.all(copies);
      if (failure) throw failure.error;
      signal.throwIfAborted();
    }
  } finally {
    progress.end();
  }
}

function copyOf({ from, to }: Copying, object: StoredObject): Copy {
  const key = to.prefix + object.key.slice(from.prefix.length);
  return {
    source: { bucket: from.bucket, owner: from.owner, object },
    target: { bucket: to.bucket, owner: to.owner, key },
  };
}

/**
 * Lists source and backup again and compares them: every object must have a copy of the same size and content. Writes
 * the list of verified objects, one per line.
 * @throws CommandError where a copy is missing or differs
 */
export async function verifyOffline(context: Context, copying: Copying, listUri: string) {
  const { s3, from, to } = copying;
  const list = await s3Sink(s3, listUri, { owner: to.owner });
  const verified = { from: uriOf(from), to: uriOf(to), objects: 0, bytes: 0 };
  const findCopy = openMatcher(copying, context.signal);
  const limit = pLimit(copying.maxWorkers);
  try {
    for await (const objects of listObjects(s3, from, context.signal)) {
      const pairs: [StoredObject, StoredObject | undefined][] = [];
      for (const object of objects) pairs.push([object, await findCopy(object)]);
      await Promise.all(pairs.map(([object, copied]) => limit(() => verifyPair(copying, object, copied))));
      for (const [object] of pairs) {
        const { key, size, etag } = object;
        copying.held.noteObject(object);
        await list.write(`${JSON.stringify({ key: key.slice(from.prefix.length), size, etag })}\n`);
        verified.objects += 1;
        verified.bytes += size;
      }
      context.output.live(`backup: ${counted(verified.objects, 'object')} verified`);
    }
    await list.end();
  } catch (error) {
    await list.abort().catch(() => {});
    throw error;
  } finally {
    context.output.live('');
  }
  return verified;
}

/** Folder in the backup for objects that replaced one that was already copied. */
const REPLACED = 'replaced/';

/**
 * Called with the objects about to be deleted, in key order: copies and verifies those that have no copy yet, because
 * they appeared, or replaced another, after the backup was made.
 */
export function lateCopier({ signal }: Context, copying: Copying, copied: (object: StoredObject) => void) {
  let findCopy = openMatcher(copying, signal);
  let last = '';
  return async (objects: StoredObject[]): Promise<void> => {
    // A new pass starts from the first key.
    if (objects[0]!.key <= last) findCopy = openMatcher(copying, signal);
    last = objects.at(-1)!.key;
    for (const object of objects.filter((each) => !each.isOld && !copying.held.hasObject(each))) {
      const isTaken = (await findCopy(object)) !== undefined;
      const folder = `${REPLACED}${(object.etag ?? '').replace(/\W/g, '')}/`;
      const to = isTaken ? { ...copying.to, prefix: copying.to.prefix.replace(/offline\/$/, folder) } : copying.to;
      await verifyPair({ ...copying, to }, object, undefined);
      copying.held.noteObject(object);
      copied(object);
    }
  };
}

/** An object without a copy appeared after the others were copied. */
async function verifyPair(copying: Copying, object: StoredObject, copied: StoredObject | undefined): Promise<void> {
  const copy = copyOf(copying, object);
  if (!copied) await copyObject(copying.s3, copy, copying.limits);
  await verifyCopy(copying.s3, copy, copied ?? (await headCopy(copying.s3, copy)));
}

/** Walks source and backup in parallel: both are listed in key order, with the same relative keys. */
function openMatcher({ s3, from, to }: Copying, signal: AbortSignal) {
  const pages = listObjects(s3, to, signal);
  let page: StoredObject[] = [];
  let at = 0;
  let ended = false;
  return async ({ key }: StoredObject): Promise<StoredObject | undefined> => {
    const wanted = key.slice(from.prefix.length);
    for (;;) {
      if (at >= page.length) {
        if (ended) return undefined;
        const next = await pages.next();
        [page, at, ended] = [next.done ? [] : next.value, 0, next.done === true];
        continue;
      }
      const held = page[at]!;
      const order = Buffer.compare(Buffer.from(held.key.slice(to.prefix.length)), Buffer.from(wanted));
      if (order > 0) return undefined;
      at += 1;
      if (order === 0) return held;
    }
  };
}
