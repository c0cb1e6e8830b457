/** Where something is on S3: `s3://bucket/key`, or all that lies below a prefix. */
import { UsageError } from '../errors.js';

/** In the spelling of the SDK's requests, so that it can be spread into them. */
export interface S3Address {
  Bucket: string;
  /** Empty for the bucket as a whole. */
  Key: string;
}

/** All objects whose keys begin so; a prefix ends in a slash, or `a-1/data` would be taken for `a-1/database`. */
export interface Place {
  bucket: string;
  prefix: string;
  /** The account that the bucket must belong to, so that a namesake is refused; undefined where that is not known. */
  owner?: string;
}

export const isS3 = (path: string): boolean => path.startsWith('s3://');

/** @throws UsageError where the text is not an address */
export function parseS3(uri: string): S3Address {
  const [, Bucket, Key = ''] = /^s3:\/\/([^/]+)(?:\/(.*))?$/s.exec(uri) ?? [];
  if (Bucket === undefined) throw new UsageError(`${uri} is not an S3 address such as s3://bucket/key.`);
  return { Bucket, Key };
}

/** `s3://bucket/a/b` → its bucket and `a/b/`. The bucket as a whole has the empty prefix. */
export function placeOf(uri: string): Place {
  const { Bucket: bucket, Key } = parseS3(uri);
  const path = Key.replace(/\/+$/, '');
  return { bucket, prefix: path === '' ? '' : `${path}/` };
}

export const uriOf = ({ bucket, prefix }: Place): string => `s3://${bucket}/${prefix}`;

/** Whether one lies within the other. */
export function overlaps(a: Place, b: Place): boolean {
  return a.bucket === b.bucket && (a.prefix.startsWith(b.prefix) || b.prefix.startsWith(a.prefix));
}
