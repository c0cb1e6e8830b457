/** Objects deleted, or versions of them, no more at a time than S3 takes; what it could not do just then is tried again. */
import type { ObjectIdentifier, S3Client } from '@aws-sdk/client-s3';
import { openBackOff } from '../utils/back-off.js';
import { uriOf, type Place } from './address.js';
import { explained } from './errors.js';
import type { StoredObject } from './list.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
export const MAX_KEYS_PER_DELETE = 1000;
const PASSING = /InternalError|SlowDown|ServiceUnavailable|OperationAborted|RequestTimeout/;

export interface FailedKey {
  key: string;
  versionId?: string;
  code: string;
  message: string;
}

/**
 * Deletes at most 1,000 objects, or versions of them where these are named, in one call; what S3 could not do at the
 * time is tried again.
 * @returns the keys that S3 has refused
 */
export async function deleteObjects(
  s3: S3Client,
  { place, objects, retryForSeconds }: { place: Place; objects: StoredObject[]; retryForSeconds: number },
): Promise<FailedKey[]> {
  const { DeleteObjectsCommand } = await import('../sdk/s3.js');
  const outside = objects.find(({ key }) => !key.startsWith(place.prefix));
  // No answer of S3, and no mistake of ours, may lead beyond the prefix that was shown and agreed to.
  if (outside || place.prefix === '') throw new Error(`${outside?.key ?? uriOf(place)} is not below ${uriOf(place)}`);
  const backOff = openBackOff();
  const failed: FailedKey[] = [];
  let rest: ObjectIdentifier[] = objects.map(({ key, versionId }) => ({ Key: key, VersionId: versionId }));
  while (rest.length > 0) {
    const Delete = { Objects: rest, Quiet: true };
    const answer = await explained(uriOf(place), 'DeleteObject', () =>
      s3.send(new DeleteObjectsCommand({ Bucket: place.bucket, ExpectedBucketOwner: place.owner, Delete })),
    );
    const isSpent = backOff.waited() >= retryForSeconds * 1000;
    rest = [];
    for (const { Key = '', VersionId, Code = 'Unknown', Message = '' } of answer.Errors ?? []) {
      if (PASSING.test(Code) && !isSpent) rest.push({ Key, VersionId });
      else failed.push({ key: Key, versionId: VersionId, code: Code, message: Message });
    }
    if (rest.length > 0) await backOff.wait(new AbortController().signal);
  }
  return failed;
}
