/** Buckets and objects: an index in lmdb, and one plain file per object. */
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { openBuckets, requireBucket } from './buckets.js';
import type { Buckets } from './buckets.js';
import { openObjectFiles } from './object-files.js';
import type { Place } from './object-files.js';
import { ServiceError } from '../wire/service-error.js';
import { openUploads } from './uploads.js';
import type { Uploads } from './uploads.js';
import type { Core } from '../store/core.js';
import type { DeleteMarker, Deletion, ObjectVersion, StoredObject, Target } from './stored-object.js';

/** AmazonS3/latest/userguide/qfacts.html */
export interface Limits {
  /** Maximum size for one CopyObject. */
  copyBytes: number;
  /** Minimum size of all parts but the last. */
  minPartBytes: number;
}

export interface Objects {
  readonly buckets: Buckets;
  readonly uploads: Uploads;
  /** The limits of S3, lowered in tests, which should not write gigabytes. */
  readonly limits: Limits;
  /** `bucket/key` → error code: batch deletions, copies and completions report it inside a 200, as S3 may. */
  readonly failKeys: Map<string, string>;
  /** Creates the bucket unless it exists; returns whether it did. */
  createBucket(bucket: string, region: string): Promise<boolean>;
  hasBucket(bucket: string): boolean;
  /** Throws ServiceError NoSuchBucket, BucketNotEmpty. Also removes unfinished uploads. */
  deleteBucket(bucket: string): Promise<void>;
  /** A new path for a file to be adopted or published. */
  temp(): string;
  put(bucket: string, key: string, body: Uint8Array): Promise<StoredObject>;
  /**
   * Moves a finished file in as an object, replacing one with the same key. Synchronous, for use inside the write
   * transaction of the caller, so that the object appears together with the state that refers to it.
   */
  adopt(target: Target, file: string): StoredObject;
  /** `adopt` in its own transaction; `check` gets the replaced object, and may throw. */
  publish(target: Target, file: string, check?: (current?: StoredObject) => void): Promise<StoredObject>;
  head(bucket: string, key: string): StoredObject | undefined;
  /** A version of a key, by default the newest. */
  version(bucket: string, key: string, versionId?: string): StoredObject | DeleteMarker | undefined;
  /** Current objects below the prefix, in UTF-8 order of keys; `from` is the start, in bytes of the key. */
  list(bucket: string, prefix: string, from?: Uint8Array): Iterable<StoredObject>;
  /** All versions and delete markers below the prefix, newest first per key. */
  listVersions(bucket: string, prefix: string, from?: Uint8Array): Iterable<ObjectVersion>;
  delete(bucket: string, key: string): Promise<void>;
  /** Deletes keys or versions of keys in one transaction. */
  deleteAll(bucket: string, targets: readonly { key: string; versionId?: string }[]): Promise<Deletion[]>;
}

/** A version in lmdb, by bucket and key, newest first; without a path it is a delete marker. */
interface Version extends Omit<StoredObject, 'bucket' | 'key' | 'file'> {
  path?: string;
}

/** Opens the objects: state in lmdb, bytes in `s3/<bucket>/`. */
export function openObjects({ dir, env, now }: Pick<Core, 'dir' | 'env' | 'now'>): Objects {
  const files = openObjectFiles({ dir, env });
  const buckets = openBuckets({ env, now });
  const index = env.openDB<Version[], Buffer>({ name: 's3-objects', keyEncoding: 'binary' });
  const read = (bucket: string, key: string): Version[] => index.get(indexKey(bucket, key)) ?? [];
  const placeOf = (bucket: string, key: string, versions: Version[]): Place => ({
    bucket,
    key,
    taken: versions.flatMap(({ path }) => path ?? []),
  });

  function shape(bucket: string, key: string, version: Version): StoredObject | DeleteMarker {
    const { path, ...rest } = version;
    if (path !== undefined) return { bucket, key, ...rest, file: files.absolute(path) };
    return { bucket, key, lastModified: rest.lastModified, versionId: rest.versionId, deleteMarker: true };
  }

  function write(bucket: string, key: string, versions: Version[]): void {
    if (versions.length === 0) void index.remove(indexKey(bucket, key));
    else void index.put(indexKey(bucket, key), versions);
  }

  /** Adds the newest version; without versioning it replaces the one called `null`. */
  function insert(bucket: string, key: string, content: Omit<Version, 'versionId' | 'lastModified'>): Version {
    const versioned = buckets.get(bucket)?.versioning === 'Enabled';
    const former = read(bucket, key);
    const kept = versioned ? former : former.filter(({ versionId }) => versionId !== NULL_VERSION);
    discard(former.filter((version) => !kept.includes(version)));
    const place = placeOf(bucket, key, former);
    const aside = kept.map((version) => {
      if (version.path === undefined || files.isAside(version.path)) return version;
      files.discard(version.path);
      return { ...version, path: files.setAside(place, version.path) };
    });
    const added = { ...content, versionId: versioned ? newVersionId() : NULL_VERSION, lastModified: now() };
    write(bucket, key, [added, ...aside]);
    return added;
  }

  function discard(versions: Version[]): void {
    for (const { path } of versions) if (path !== undefined) files.discard(path);
  }

  function adopt({ bucket, key, ...target }: Target, file: string): StoredObject {
    requireBucket(buckets, bucket);
    const etag = target.etag ?? md5OfFile(file);
    const { size } = statSync(file);
    const path = files.moveIn(placeOf(bucket, key, read(bucket, key)), file);
    return shape(bucket, key, insert(bucket, key, { metadata: {}, ...target, etag, size, path })) as StoredObject;
  }

  function remove(bucket: string, key: string, versionId?: string): Deletion {
    const versions = read(bucket, key);
    const { versioning } = requireBucket(buckets, bucket);
    if (versionId === undefined && versioning !== undefined) {
      return { deleteMarker: true, versionId: insert(bucket, key, { metadata: {}, etag: '', size: 0 }).versionId };
    }
    const gone = versions.filter((version) => version.versionId === (versionId ?? NULL_VERSION));
    const [newest, ...older] = versions.filter((version) => !gone.includes(version));
    discard(gone);
    if (gone.length > 0) write(bucket, key, newest ? [current(newest), ...older] : []);
    return { versionId, deleteMarker: gone.some(({ path }) => path === undefined) };

    function current(version: Version): Version {
      if (version.path === undefined || !files.isAside(version.path)) return version;
      files.discard(version.path);
      return { ...version, path: files.bringBack(placeOf(bucket, key, versions), version.path) };
    }
  }

  function* rows(bucket: string, prefix: string, from?: Uint8Array): Generator<{ key: string; value: Version[] }> {
    const first = indexKey(bucket, prefix);
    const start = from ? Buffer.concat([indexKey(bucket, ''), from]) : first;
    // No byte of UTF-8 is 0xff.
    const end = Buffer.concat([first, Buffer.of(0xff)]);
    for (const { key, value } of index.getRange({ start: Buffer.compare(start, first) < 0 ? first : start, end })) {
      yield { key: key.subarray(bucket.length + 1).toString(), value };
    }
  }

  const objects: Objects = {
    buckets,
    uploads: openUploads({ env, now, files }),
    limits: { copyBytes: 5 * 2 ** 30, minPartBytes: 5 * 2 ** 20 },
    failKeys: new Map(),
    createBucket: (bucket, region) => buckets.create(bucket, region),
    hasBucket: (bucket) => buckets.get(bucket) !== undefined,
    async deleteBucket(bucket) {
      await buckets.delete(bucket, () => {
        for (const _ of rows(bucket, '')) throw bucketNotEmpty(bucket);
        objects.uploads.list(bucket, '').forEach((upload) => objects.uploads.end(upload));
      });
      await files.sweep();
    },
    temp: () => files.temp(),
    async put(bucket, key, body) {
      const file = files.temp();
      await writeFile(file, body);
      return objects.publish({ bucket, key, etag: createHash('md5').update(body).digest('hex') }, file);
    },
    adopt,
    async publish(target, file, check = () => undefined) {
      const stored = await env.transaction(() => {
        check(objects.head(target.bucket, target.key));
        return adopt(target, file);
      });
      await files.sweep();
      return stored;
    },
    head(bucket, key) {
      const newest = objects.version(bucket, key);
      return newest && !('deleteMarker' in newest) ? newest : undefined;
    },
    version(bucket, key, versionId) {
      const versions = read(bucket, key);
      const found = versionId === undefined ? versions[0] : versions.find((version) => version.versionId === versionId);
      return found && shape(bucket, key, found);
    },
    *list(bucket, prefix, from) {
      for (const { key, value } of rows(bucket, prefix, from)) {
        const newest = shape(bucket, key, value[0]!);
        if (!('deleteMarker' in newest)) yield newest;
      }
    },
    *listVersions(bucket, prefix, from) {
      for (const { key, value } of rows(bucket, prefix, from)) {
        for (const [place, version] of value.entries()) {
          yield { ...shape(bucket, key, version), isLatest: place === 0 };
        }
      }
    },
    async delete(bucket, key) {
      await objects.deleteAll(bucket, [{ key }]);
    },
    async deleteAll(bucket, targets) {
      const deletions = await env.transaction(() =>
        targets.map(({ key, versionId }) => remove(bucket, key, versionId)),
      );
      await files.sweep();
      return deletions;
    },
  };
  return objects;
}

const bucketNotEmpty = (bucket: string): ServiceError =>
  new ServiceError('BucketNotEmpty', 'The bucket you tried to delete is not empty', {
    status: 409,
    fields: { BucketName: bucket },
  });

const NULL_VERSION = 'null';
const newVersionId = (): string => randomBytes(24).toString('base64url');

/** Bucket names contain no NUL, so the keys of a bucket are contiguous, in UTF-8 order. */
const indexKey = (bucket: string, key: string): Buffer => Buffer.from(`${bucket}\0${key}`);

function md5OfFile(file: string): string {
  const hash = createHash('md5');
  const chunk = Buffer.allocUnsafe(1 << 20);
  const descriptor = openSync(file, 'r');
  try {
    for (let read; (read = readSync(descriptor, chunk)) > 0;) hash.update(chunk.subarray(0, read));
  } finally {
    closeSync(descriptor);
  }
  return hash.digest('hex');
}
