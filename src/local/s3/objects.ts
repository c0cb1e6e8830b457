/** Buckets and objects: an index in lmdb, and one plain file per object. */
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { openBuckets } from './buckets.js';
import { openObjectFiles } from './object-files.js';
import { ServiceError } from '../wire/service-error.js';
import { openUploads } from './uploads.js';
import type { Core } from '../store/core.js';
import type { DeleteMarker, Deletion, ObjectVersion, StoredObject, Target } from './stored-object.js';

export type Objects = ReturnType<typeof openObjects>;

/** A version in lmdb, by bucket and key, newest first; without a path it is a delete marker. */
interface Version extends Omit<StoredObject, 'bucket' | 'key' | 'file'> {
  path?: string;
}

/** Opens the objects: state in lmdb, bytes in `s3/<bucket>/`. */
export function openObjects({ dir, env, now }: Pick<Core, 'dir' | 'env' | 'now'>) {
  const files = openObjectFiles({ dir, env });
  const buckets = openBuckets({ env, now });
  const uploads = openUploads({ env, now, files });
  const index = env.openDB<Version[], Buffer>({ name: 's3-objects', keyEncoding: 'binary' });
  const read = (bucket: string, key: string): Version[] => index.get(indexKey(bucket, key)) ?? [];

  function shape(bucket: string, key: string, version: Version): StoredObject | DeleteMarker {
    const { path, ...rest } = version;
    if (path !== undefined) return { bucket, key, ...rest, file: files.absolute(path) };
    return { bucket, key, lastModified: rest.lastModified, versionId: rest.versionId, deleteMarker: true };
  }

  /** Keeps those versions of a key, and discards the others. */
  function keep(bucket: string, key: string, versions: Version[]): void {
    for (const { path } of read(bucket, key)) {
      if (path !== undefined && !versions.some((kept) => kept.path === path)) files.discard(path);
    }
    if (versions.length === 0) void index.remove(indexKey(bucket, key));
    else void index.put(indexKey(bucket, key), versions);
  }

  /** Adds the newest version; without versioning it replaces the one called `null`. */
  function insert(bucket: string, key: string, content: Omit<Version, 'versionId' | 'lastModified'>): Version {
    const versioned = buckets.get(bucket).versioning === 'Enabled';
    const added = { ...content, versionId: versioned ? newVersionId() : NULL_VERSION, lastModified: now() };
    keep(bucket, key, [added, ...read(bucket, key).filter(({ versionId }) => versionId !== added.versionId)]);
    return added;
  }

  /**
   * Moves a finished file in as an object, replacing one with the same key. Synchronous, for use inside the write
   * transaction of the caller, so that the object appears together with the state that refers to it.
   */
  function adopt({ bucket, key, ...target }: Target, file: string): StoredObject {
    buckets.get(bucket);
    const etag = target.etag ?? md5OfFile(file);
    const { size } = statSync(file);
    const taken = read(bucket, key).map((each) => each.path);
    const path = files.pathOf(bucket, key, taken);
    files.moveTo(path, file);
    return shape(bucket, key, insert(bucket, key, { metadata: {}, ...target, etag, size, path })) as StoredObject;
  }

  function remove(bucket: string, key: string, versionId?: string): Deletion {
    const { versioning } = buckets.get(bucket);
    if (versionId === undefined && versioning !== undefined) {
      return { deleteMarker: true, versionId: insert(bucket, key, { metadata: {}, etag: '', size: 0 }).versionId };
    }
    const versions = read(bucket, key);
    const gone = versions.find((each) => each.versionId === (versionId ?? NULL_VERSION));
    const rest = versions.filter((each) => each !== gone);
    if (gone) keep(bucket, key, rest);
    return { versionId, deleteMarker: gone !== undefined && gone.path === undefined };
  }

  /** A version of a key, by default the newest. */
  function version(bucket: string, key: string, versionId?: string): StoredObject | DeleteMarker | undefined {
    const versions = read(bucket, key);
    const found = versionId === undefined ? versions[0] : versions.find((each) => each.versionId === versionId);
    return found && shape(bucket, key, found);
  }

  function head(bucket: string, key: string): StoredObject | undefined {
    const newest = version(bucket, key);
    return newest && !('deleteMarker' in newest) ? newest : undefined;
  }

  /** `adopt` in its own transaction; `check` gets the replaced object, and may throw. */
  async function publish(
    target: Target,
    file: string,
    check: (current?: StoredObject) => void = () => undefined,
  ): Promise<StoredObject> {
    const stored = await env.transaction(() => {
      check(head(target.bucket, target.key));
      return adopt(target, file);
    });
    await files.sweep();
    return stored;
  }

  /** All versions and delete markers below the prefix, newest first per key; `from` is the start, in bytes of the key. */
  function* listVersions(bucket: string, prefix: string, from?: Uint8Array): Generator<ObjectVersion> {
    const first = indexKey(bucket, prefix);
    const given = from ? Buffer.concat([indexKey(bucket, ''), from]) : first;
    const start = Buffer.compare(given, first) < 0 ? first : given;
    // No byte of UTF-8 is 0xff.
    const end = Buffer.concat([first, Buffer.of(0xff)]);
    for (const { key: bytes, value } of index.getRange({ start, end })) {
      const key = bytes.subarray(bucket.length + 1).toString();
      for (const [place, each] of value.entries()) yield { ...shape(bucket, key, each), isLatest: place === 0 };
    }
  }

  /** Deletes keys or versions of keys in one transaction. */
  async function deleteAll(
    bucket: string,
    targets: readonly { key: string; versionId?: string }[],
  ): Promise<Deletion[]> {
    const deletions = await env.transaction(() => targets.map(({ key, versionId }) => remove(bucket, key, versionId)));
    await files.sweep();
    return deletions;
  }

  return {
    buckets,
    uploads,
    /**
     * The largest object for one CopyObject, and the smallest part but the last; lowered in tests, which should not
     * write gigabytes. AmazonS3/latest/userguide/qfacts.html
     */
    limits: { copyBytes: 5 * 2 ** 30, minPartBytes: 5 * 2 ** 20 },
    /** `bucket/key` → error code: batch deletions, copies and completions report it inside a 200, as S3 may. */
    failKeys: new Map<string, string>(),
    createBucket: buckets.create,
    /** Throws ServiceError NoSuchBucket, BucketNotEmpty. Also removes unfinished uploads. */
    async deleteBucket(bucket: string): Promise<void> {
      await buckets.delete(bucket, () => {
        for (const _ of listVersions(bucket, '')) throw bucketNotEmpty(bucket);
        uploads.list(bucket, '').forEach((upload) => uploads.end(upload));
      });
      await files.sweep();
    },
    /** A new path for a file to be adopted or published. */
    temp: files.temp,
    async put(bucket: string, key: string, body: Uint8Array): Promise<StoredObject> {
      const file = files.temp();
      await writeFile(file, body);
      return publish({ bucket, key, etag: createHash('md5').update(body).digest('hex') }, file);
    },
    adopt,
    publish,
    head,
    version,
    /** Current objects below the prefix, in UTF-8 order of keys; `from` is the start, in bytes of the key. */
    *list(bucket: string, prefix: string, from?: Uint8Array): Generator<StoredObject> {
      for (const each of listVersions(bucket, prefix, from)) if (each.isLatest && !('deleteMarker' in each)) yield each;
    },
    listVersions,
    delete: async (bucket: string, key: string): Promise<void> => void (await deleteAll(bucket, [{ key }])),
    deleteAll,
  };
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
