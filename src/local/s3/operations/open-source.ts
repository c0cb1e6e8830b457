/** Opens an object for reading; its bytes stay those of its index entry, whatever happens to the key. */
import { open, type FileHandle } from 'node:fs/promises';
import { ServiceError } from '../../wire/service-error.js';
import type { Store } from '../../store/store.js';
import { noSuchKey } from '../request/call.js';
import { isArchived, type StoredObject } from '../stored-object.js';

export interface Wanted {
  bucket: string;
  key: string;
  versionId?: string;
}

/**
 * Finds the requested object or version. Throws ServiceError NoSuchBucket, NoSuchKey, NoSuchVersion, and what `isMarker`
 * makes for a delete marker that is named by its version.
 */
export function findObject(
  { objects }: Store,
  { bucket, key, versionId }: Wanted,
  isMarker = methodNotAllowed,
): StoredObject {
  objects.buckets.get(bucket);
  const found = objects.version(bucket, key, versionId);
  if (!found && versionId !== undefined) {
    throw new ServiceError('NoSuchVersion', 'The specified version does not exist.', {
      status: 404,
      fields: { Key: key, VersionId: versionId },
    });
  }
  if (!found) throw noSuchKey(key);
  if (!('deleteMarker' in found)) return found;
  throw versionId === undefined ? noSuchKey(key) : isMarker();
}

const methodNotAllowed = (): ServiceError =>
  new ServiceError('MethodNotAllowed', 'The specified method is not allowed against this resource.', {
    status: 405,
    fields: { Method: 'GET', ResourceType: 'DeleteMarker' },
  });

/** Throws ServiceError InvalidObjectState. */
export function refuseArchived(object: StoredObject, message: string): void {
  if (!isArchived(object)) return;
  throw new ServiceError('InvalidObjectState', message, {
    status: 403,
    fields: { StorageClass: object.storageClass! },
  });
}

const ATTEMPTS = 10;

/** Finds and opens; the caller closes the handle. If another writer removes the file in between, it tries again. */
export async function openSource(
  store: Store,
  wanted: Wanted,
  isMarker?: () => ServiceError,
): Promise<{ object: StoredObject; handle: FileHandle }> {
  for (let attempt = 1; ; attempt++) {
    const object = findObject(store, wanted, isMarker);
    let handle: FileHandle | undefined;
    try {
      handle = await open(object.file, 'r');
      store.env.resetReadTxn();
      const now = store.objects.version(wanted.bucket, wanted.key, object.versionId);
      if (now && 'file' in now && now.file === object.file && now.etag === object.etag) return { object, handle };
      await handle.close();
    } catch (error) {
      await handle?.close();
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt === ATTEMPTS) throw error;
      store.env.resetReadTxn();
    }
  }
}
