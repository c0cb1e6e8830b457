/** S3 buckets: their names, regions, versioning and policies. */
import { ServiceError } from '../wire/service-error.js';
import type { Core } from '../store/core.js';

export interface Bucket {
  name: string;
  region: string;
  /** Milliseconds since the epoch. */
  createdAt: number;
  /** Undefined until versioning is first configured. */
  versioning?: 'Enabled' | 'Suspended';
  /** The JSON as given; stored but not enforced. */
  policy?: string;
}

/** 3 to 63 lower-case letters, digits, dots and hyphens: AmazonS3/latest/userguide/bucketnamingrules.html. */
const BUCKET_NAME = /^(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

export function openBuckets({ env, now }: Pick<Core, 'env' | 'now'>) {
  const db = env.openDB<Bucket, string>({ name: 's3-buckets' });
  /** Throws ServiceError NoSuchBucket. */
  const get = (name: string): Bucket => {
    const bucket = db.get(name);
    if (bucket) return bucket;
    throw new ServiceError('NoSuchBucket', 'The specified bucket does not exist', {
      status: 404,
      fields: { BucketName: name },
    });
  };
  return {
    get,
    /** In order of their names. */
    list: () => [...db.getRange()].map(({ value }) => value),
    /** Unless there is one of the name; returns whether it was free. Throws ServiceError InvalidBucketName. */
    async create(name: string, region: string): Promise<boolean> {
      if (db.doesExist(name)) return false;
      if (!BUCKET_NAME.test(name)) {
        throw new ServiceError('InvalidBucketName', 'The specified bucket is not valid.', {
          fields: { BucketName: name },
        });
      }
      return db.transaction(() => {
        if (db.doesExist(name)) return false;
        void db.put(name, { name, region, createdAt: now() });
        return true;
      });
    },
    async change(name: string, change: Pick<Bucket, 'versioning' | 'policy'>): Promise<void> {
      await db.transaction(() => void db.put(name, { ...get(name), ...change }));
    },
    /** Runs `check` in the same transaction; it may throw. */
    async delete(name: string, check: () => void): Promise<void> {
      await db.transaction(() => {
        get(name);
        check();
        void db.remove(name);
      });
    },
  };
}
