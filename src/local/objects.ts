/** Buckets and objects: an index in lmdb, each object's bytes in a plain file of its own. */
export interface StoredObject {
  bucket: string;
  key: string;
  size: number;
  /** Hex MD5, or `<hex>-<parts>` for a multipart upload; without the quotes. */
  etag: string;
  lastModified: number;
  contentType?: string;
  metadata: Record<string, string>;
  versionId?: string;
  /** Absolute path of the file that holds the bytes. */
  file: string;
}

export interface Objects {
  /** Makes the bucket unless it exists. */
  createBucket(bucket: string, region: string): Promise<void>;
  hasBucket(bucket: string): boolean;
  put(bucket: string, key: string, body: Uint8Array): Promise<StoredObject>;
  /**
   * Moves a finished file in as an object, replacing one of the same key. Synchronous, for use inside the caller's
   * lmdb write transaction, so that the object appears in the same instant as the state that speaks of it.
   */
  adopt(target: { bucket: string; key: string; contentType?: string }, file: string): StoredObject;
  head(bucket: string, key: string): StoredObject | undefined;
  /** Current objects under the prefix, in UTF-8 order of their keys. */
  list(bucket: string, prefix: string): Iterable<StoredObject>;
  delete(bucket: string, key: string): Promise<void>;
}
