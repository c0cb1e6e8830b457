/** Explains S3 errors in one sentence that names the object and what to do. */
import { CommandError, isAccessDenied, statusOf, UsageError } from '../errors.js';
import { alreadyThere } from '../utils/disk/sinks.js';
import { parseS3 } from './address.js';

/** The attempted action, by its IAM name. */
type S3Action = 'GetObject' | 'PutObject' | 'DeleteObject' | 'ListBucket' | 'ListBucketVersions';

const VERBS: Record<S3Action, string> = {
  GetObject: 'Reading',
  PutObject: 'Writing',
  DeleteObject: 'Deleting',
  ListBucket: 'Listing',
  ListBucketVersions: 'Listing the versions of',
};

/** Runs a call and explains its errors. */
export async function explained<T>(uri: string, action: S3Action, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw explainS3(error, uri, action);
  }
}

/** An error with one sentence that names object and action; unknown errors are returned unchanged. */
export function explainS3(error: unknown, uri: string, action: S3Action): unknown {
  const { name } = error as { name?: string };
  const cause = { cause: error };
  const { Bucket } = parseS3(uri);
  switch (name) {
    case 'NoSuchBucket':
      return new UsageError(`There is no bucket ${Bucket} (${uri}).`, cause);
    case 'PreconditionFailed':
      return action === 'PutObject'
        ? alreadyThere(uri, cause)
        : new CommandError(`${uri} was replaced while it was read: run this again.`, undefined, cause);
    // This is a 403 as well, but not about IAM.
    case 'InvalidObjectState':
      return new UsageError(
        `${uri} is archived (S3 Glacier): restore it with \`aws s3api restore-object\` before it is read.`,
        cause,
      );
    case 'NoSuchKey':
    case 'NotFound':
      return new UsageError(`There is no object ${uri}.`, cause);
  }
  if (name === 'PermanentRedirect' || statusOf(error) === 301) {
    return new UsageError(`The bucket ${Bucket} is in another region (${uri}): pass --region.`, cause);
  }
  if (!isAccessDenied(error)) return error;
  const hint = action === 'GetObject' ? ' (without s3:ListBucket, S3 says the same of what does not exist)' : '';
  return new CommandError(
    `${VERBS[action]} ${uri} is not allowed: it needs the IAM action s3:${action}${hint}.`,
    undefined,
    cause,
  );
}
