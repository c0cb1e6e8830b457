/** Types of stored objects. */

export interface Checksum {
  algorithm: 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256';
  /** Base64; with `-<parts>` at the end when it is a checksum of checksums. */
  value: string;
  type: 'FULL_OBJECT' | 'COMPOSITE';
}

export interface StoredObject {
  bucket: string;
  key: string;
  size: number;
  /** Hex MD5, or `<hex>-<parts>` for a multipart upload; without the quotes. */
  etag: string;
  /** Milliseconds since the epoch. */
  lastModified: number;
  contentType?: string;
  /** Undefined for STANDARD. */
  storageClass?: string;
  /** Headers given by the client, to be returned: `cache-control`, `content-encoding`, … */
  headers?: Record<string, string>;
  /** User metadata, names without `x-amz-meta-`. */
  metadata: Record<string, string>;
  checksum?: Checksum;
  /** `null` for an object written without versioning. */
  versionId: string;
  /** Absolute path of the file that holds the bytes. */
  file: string;
}

export type DeleteMarker = Pick<StoredObject, 'bucket' | 'key' | 'lastModified' | 'versionId'> & { deleteMarker: true };

export type ObjectVersion = (StoredObject | DeleteMarker) & { isLatest: boolean };

/** An object to write, except its bytes; an ETag avoids reading the file for its MD5. */
export type Target = Pick<StoredObject, 'bucket' | 'key'> &
  Partial<Pick<StoredObject, 'contentType' | 'storageClass' | 'headers' | 'metadata' | 'checksum' | 'etag'>>;

export interface Deletion {
  versionId?: string;
  /** A delete marker was added, or deleted. */
  deleteMarker: boolean;
}

const ARCHIVED = ['GLACIER', 'DEEP_ARCHIVE'];

/** Archived objects can be listed and described, but not read. AmazonS3/latest/userguide/archived-objects.html */
export const isArchived = ({ storageClass = '' }: Pick<StoredObject, 'storageClass'>): boolean =>
  ARCHIVED.includes(storageClass);
