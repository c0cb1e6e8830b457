/** Deletes objects or versions in calls of up to 1,000 keys, and retries keys that failed for a transient reason. */
import type { DeleteObjectsCommand, ObjectIdentifier, S3Client } from '@aws-sdk/client-s3';
import { isPassingCode, isThrottled } from '../utils/patience/failed-calls.js';
import { openPace, type Pace } from '../utils/patience/pace.js';
import { GaveUp, openPatience, Unfinished } from '../utils/patience/patience.js';
import { uriOf, type Place } from './address.js';
import { explained } from './errors.js';
import type { StoredObject } from './list.js';

/**
 * Limit per prefix; it is the keys of a DeleteObjects that count, not the calls.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html
 * https://github.com/fsspec/s3fs/issues/619
 */
const DELETED_KEYS_PER_SECOND = 3_500;

interface FailedKey {
  key: string;
  versionId?: string;
  code: string;
  message: string;
}

interface Deleting {
  place: Place;
  objects: StoredObject[];
  /** How long to retry keys that failed for the moment; the call as a whole is retried by the client. */
  retryFor: number;
  signal?: AbortSignal;
  /** Fail with PreconditionFailed for objects that changed since they were listed. */
  ifUnchanged?: boolean;
}

/**
 * Deletes up to 1,000 objects (or the given versions), a page of a listing, in one call, and retries keys that failed for
 * a transient reason.
 * @returns the keys that S3 refused
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
 */
export async function deleteObjects(s3: S3Client, deleting: Deleting): Promise<FailedKey[]> {
  const { place, objects, retryFor, signal = new AbortController().signal } = deleting;
  const { DeleteObjectsCommand } = await import('../sdk/s3.js');
  const outside = objects.find(({ key }) => !key.startsWith(place.prefix));
  // Whatever S3 answered, and whatever we got wrong: nothing outside the confirmed prefix is deleted.
  if (outside || place.prefix === '') throw new Error(`${outside?.key ?? uriOf(place)} is not below ${uriOf(place)}`);
  const refused: FailedKey[] = [];
  let again: FailedKey[] = [];
  const all: ObjectIdentifier[] = objects.map(({ key, versionId, etag }) => ({
    ...{ Key: key, VersionId: versionId },
    // Versions are immutable.
    ETag: deleting.ifUnchanged && versionId === undefined ? etag : undefined,
  }));
  let rest = all;
  const deleteRest = async () => {
    const Delete = { Objects: rest, Quiet: true };
    const command = new DeleteObjectsCommand({ Bucket: place.bucket, ExpectedBucketOwner: place.owner, Delete });
    paceByKeys(command, { pace: paceOf(s3), keys: rest.length, signal });
    const { Errors = [] } = await explained(uriOf(place), 'DeleteObject', () => s3.send(command));
    const failed = Errors.map(({ Key = '', VersionId, Code = 'Unknown', Message = '' }) => ({
      ...{ key: Key, versionId: VersionId, code: Code, message: Message },
    }));
    again = failed.filter(({ code }) => isPassingCode(code));
    refused.push(...failed.filter(({ code }) => !isPassingCode(code)));
    if (again.length === 0) return;
    const progressed = again.length < rest.length;
    const names = new Set(again.map(nameOf));
    rest = all.filter(({ Key: key = '', VersionId: versionId }) => names.has(nameOf({ key, versionId })));
    throw new Unfinished(`${again[0]!.code} for ${again.length} keys`, { progressed });
  };
  try {
    await openPatience({ retryFor, signal }).attempt('DeleteObjects', deleteRest);
  } catch (error) {
    if (!(error instanceof GaveUp && error.cause instanceof Unfinished)) throw error;
  }
  return [...refused, ...again];
}

const nameOf = ({ key, versionId }: Pick<FailedKey, 'key' | 'versionId'>) => JSON.stringify([key, versionId]);

const paces = new WeakMap<S3Client, Pace>();

function paceOf(s3: S3Client): Pace {
  const pace = paces.get(s3) ?? openPace(DELETED_KEYS_PER_SECOND, { slowest: DELETED_KEYS_PER_SECOND / 10 });
  paces.set(s3, pace);
  return pace;
}

/** Inside the client's retries, so that each retry waits for its turn as well. */
function paceByKeys(
  { middlewareStack }: DeleteObjectsCommand,
  { pace, keys, signal }: { pace: Pace; keys: number; signal: AbortSignal },
): void {
  middlewareStack.add(
    (next) => async (args) => {
      await pace.turn(signal, keys);
      try {
        const result = await next(args);
        const { Errors = [] } = result.output;
        if (Errors.some(({ Code }) => isThrottled({ name: Code }))) pace.throttled();
        else pace.accepted(keys);
        return result;
      } catch (error) {
        if (isThrottled(error as Error)) pace.throttled();
        throw error;
      }
    },
    { step: 'initialize', priority: 'low', name: 'sagemakerFsKeys' },
  );
}
