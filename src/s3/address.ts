/** S3 locations: the address of an object, `s3://bucket/key`, or a prefix. */
import { UsageError } from '../errors.js';

/** Named as in SDK requests, to be spread into them. */
interface S3Address {
  Bucket: string;
  /** Empty for the whole bucket. */
  Key: string;
}

/** A prefix. Always ends in a slash: `a-1/data` would also match `a-1/database`. */
export interface Place {
  bucket: string;
  prefix: string;
  /** The expected owner of the bucket, which guards against a bucket of the same name; undefined where unknown. */
  owner?: string;
}

export const isS3 = (path: string): boolean => path.startsWith('s3://');

/** @throws UsageError where the text is not an address */
export function parseS3(uri: string): S3Address {
  const [, Bucket, Key = ''] = /^s3:\/\/([^/]+)(?:\/(.*))?$/s.exec(uri) ?? [];
  if (Bucket === undefined) throw new UsageError(`${uri} is not an S3 address such as s3://bucket/key.`);
  return { Bucket, Key };
}

/** `s3://bucket/a/b` → the bucket and `a/b/`; the whole bucket is the empty prefix. */
export function placeOf(uri: string): Place {
  const { Bucket: bucket, Key } = parseS3(uri);
  const path = Key.replace(/\/+$/, '');
  return { bucket, prefix: path === '' ? '' : `${path}/` };
}

export const uriOf = ({ bucket, prefix }: Place): string => `s3://${bucket}/${prefix}`;

/** Whether one contains the other. */
export function overlaps(a: Place, b: Place): boolean {
  return a.bucket === b.bucket && (a.prefix.startsWith(b.prefix) || b.prefix.startsWith(a.prefix));
}
