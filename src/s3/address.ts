/** `s3://bucket/key`, and what S3's errors about it mean in words. */
import { CommandError, isAccessDenied, UsageError } from '../errors.js';

export interface S3Address {
  Bucket: string;
  /** Empty for the bucket as a whole. */
  Key: string;
}

export const isS3 = (path: string): boolean => path.startsWith('s3://');

/** @throws UsageError where the text is no address */
export function parseS3(uri: string): S3Address {
  const [, Bucket, Key = ''] = /^s3:\/\/([^/]+)(?:\/(.*))?$/s.exec(uri) ?? [];
  if (Bucket === undefined) throw new UsageError(`${uri} is no S3 address such as s3://bucket/key.`);
  return { Bucket, Key };
}

/** What was meant to be done, for those whom IAM refuses. */
export type S3Action = 'GetObject' | 'PutObject' | 'DeleteObject' | 'ListBucket' | 'ListBucketVersions';

const VERBS: Record<S3Action, string> = {
  GetObject: 'Reading',
  PutObject: 'Writing',
  DeleteObject: 'Deleting',
  ListBucket: 'Listing',
  ListBucketVersions: 'Listing the versions of',
};

/** One sentence that names the object and the action; any other error as it is. */
export function explainS3(error: unknown, uri: string, action: S3Action): unknown {
  const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
  const cause = { cause: error };
  const { Bucket } = parseS3(uri);
  if (name === 'NoSuchBucket') return new UsageError(`There is no bucket ${Bucket} (${uri}).`, cause);
  if (name === 'PreconditionFailed' && action === 'PutObject') {
    return new UsageError(`${uri} exists already: add --overwrite to replace it.`, cause);
  }
  if (name === 'PreconditionFailed')
    return new CommandError(`${uri} was replaced while it was read.`, undefined, cause);
  if (name === 'PermanentRedirect' || $metadata?.httpStatusCode === 301) {
    return new UsageError(`The bucket ${Bucket} is in another region (${uri}): pass --region.`, cause);
  }
  if (name === 'NoSuchKey' || name === 'NotFound') return new UsageError(`There is no object ${uri}.`, cause);
  if (!isAccessDenied(error)) return error;
  const hint = action === 'GetObject' ? ' (without s3:ListBucket, S3 says the same of what does not exist)' : '';
  return new CommandError(
    `${VERBS[action]} ${uri} is not allowed: it needs the IAM action s3:${action}${hint}.`,
    undefined,
    cause,
  );
}
