/** Checks the owner of a bucket: a deleted bucket name may belong to someone else by now. */
import type { S3Client } from '@aws-sdk/client-s3';
import { isAccessDenied, RefusedError } from '../../errors.js';
import type { Place } from '../../s3/address.js';
import { placeOfArn } from '../groups/arn.js';
import type { FeatureGroup } from '../groups/describe.js';

/** The account in the ARN of a group; its bucket belongs to the same account unless set up otherwise. */
export const accountOf = ({ arn }: Pick<FeatureGroup, 'arn'>): string => placeOfArn(arn).account;

/**
 * Whether S3 denies the bucket only to calls that expect this owner.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
 */
export async function isOthers(s3: S3Client, { bucket, owner }: Place): Promise<boolean> {
  const { HeadBucketCommand } = await import('../../sdk/s3.js');
  const isOpen = async (ExpectedBucketOwner?: string) => {
    try {
      await s3.send(new HeadBucketCommand({ Bucket: bucket, ExpectedBucketOwner }));
      return true;
    } catch (error) {
      if (isDenied(error)) return false;
      throw error;
    }
  };
  return owner !== undefined && !(await isOpen(owner)) && (await isOpen());
}

/** Whether S3 denied a call, as a raw error or one of `explainS3`. */
export const isDenied = (error: unknown): boolean =>
  isAccessDenied(error) || isAccessDenied((error as Error).cause ?? {});

export const othersBucket = ({ name }: Pick<FeatureGroup, 'name'>, { bucket, owner }: Place): RefusedError =>
  new RefusedError(
    `The bucket ${bucket} of ${name} does not belong to account ${owner}: nothing was deleted. If you know whose it is: sagemaker-fs clear ${name} --bucket-owner ACCOUNT.`,
  );
