/** Multipart uploads in progress: the future object, and the parts so far. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { ObjectFiles } from './object-files.js';
import { ServiceError } from '../wire/service-error.js';
import type { Core } from '../store/core.js';
import type { Checksum, Target } from './stored-object.js';

export interface Upload extends Omit<Target, 'checksum' | 'etag'> {
  id: string;
  /** Milliseconds since the epoch. */
  initiatedAt: number;
  checksumAlgorithm?: Checksum['algorithm'];
  checksumType?: Checksum['type'];
}

export interface Part {
  number: number;
  size: number;
  /** Hex MD5. */
  etag: string;
  /** Base64, by the algorithm of the upload. */
  checksum?: string;
  /** Milliseconds since the epoch. */
  lastModified: number;
  /** Absolute path of the file that holds the bytes. */
  file: string;
}

type StoredPart = Omit<Part, 'file'> & { path: string };

/** Part numbers start at 1, so an upload sorts before its parts. */
const UPLOAD = 0;

export function openUploads({ env, now, files }: Pick<Core, 'env' | 'now'> & { files: ObjectFiles }) {
  const db = env.openDB<Upload | StoredPart, [string, number]>({ name: 's3-uploads' });
  const folderOf = (id: string): string => `s3-uploads/${id}`;
  const rowsOf = (id: string) => [...db.getRange({ start: [id, UPLOAD], end: [id, Infinity] })];

  const absolute = ({ path, ...part }: StoredPart): Part => ({ ...part, file: files.absolute(path) });

  /** Throws ServiceError NoSuchUpload. */
  function get(bucket: string, key: string, id: string): Upload {
    const upload = db.get([id, UPLOAD]) as Upload | undefined;
    if (upload?.bucket === bucket && upload.key === key) return upload;
    throw new ServiceError('NoSuchUpload', NO_SUCH_UPLOAD, { status: 404, fields: { UploadId: id } });
  }

  /** Removes an upload and its parts. Synchronous, for use inside a write transaction. Throws NoSuchUpload. */
  function end(upload: Upload): void {
    get(upload.bucket, upload.key, upload.id);
    for (const { key } of rowsOf(upload.id)) void db.remove(key);
    files.discard(folderOf(upload.id));
  }

  return {
    async create(begun: Omit<Upload, 'id' | 'initiatedAt'>): Promise<Upload> {
      const upload: Upload = { ...begun, id: randomBytes(24).toString('hex'), initiatedAt: now() };
      await db.put([upload.id, UPLOAD], upload);
      return upload;
    },
    get,
    /** The uploads below the prefix, by key and then by age. */
    list(bucket: string, prefix: string): Upload[] {
      return [...db.getRange()]
        .flatMap(({ key: [, number], value }) => (number === UPLOAD ? [value as Upload] : []))
        .filter((upload) => upload.bucket === bucket && upload.key.startsWith(prefix))
        .sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)) || a.initiatedAt - b.initiatedAt);
    },
    /** Moves a finished file in as a part, replacing one of the same number. */
    async putPart(upload: Upload, { file, ...part }: Omit<Part, 'lastModified'>): Promise<Part> {
      const path = `${folderOf(upload.id)}/${part.number}-${randomUUID()}`;
      const stored = { ...part, path, lastModified: now() };
      await db.transaction(() => {
        get(upload.bucket, upload.key, upload.id);
        const former = db.get([upload.id, part.number]) as StoredPart | undefined;
        if (former) files.discard(former.path);
        files.moveTo(path, file);
        void db.put([upload.id, part.number], stored);
      });
      await files.sweep();
      return absolute(stored);
    },
    /** In order of their numbers. */
    parts: (id: string): Part[] =>
      rowsOf(id).flatMap(({ key: [, number], value }) => (number === UPLOAD ? [] : [absolute(value as StoredPart)])),
    end,
    async abort(upload: Upload): Promise<void> {
      await db.transaction(() => end(upload));
      await files.sweep();
    },
  };
}

const NO_SUCH_UPLOAD =
  'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.';
