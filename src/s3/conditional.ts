/** A small object with several writers: read with its ETag, and replaced only if unchanged since. */
import type { S3Client } from '@aws-sdk/client-s3';
import { statusOf } from '../errors.js';
import { parseS3 } from './address.js';
import { explainS3 } from './errors.js';

interface SmallObject {
  text: string;
  etag?: string;
}

/** On simultaneous writes S3 may answer 409: try again. */
const MAX_ATTEMPTS = 5;

/** Undefined where there is no such object. */
export async function readObject(s3: S3Client, uri: string): Promise<SmallObject | undefined> {
  const { GetObjectCommand } = await import('../sdk/s3.js');
  try {
    const { Body, ETag } = await s3.send(new GetObjectCommand(parseS3(uri)));
    return { text: (await Body?.transformToString()) ?? '', etag: ETag };
  } catch (error) {
    if ((error as Error).name === 'NoSuchKey') return undefined;
    throw explainS3(error, uri, 'GetObject');
  }
}

/**
 * Writes the object only if it is unchanged (or still missing) since it was read.
 * @param text must differ from what any other writer would write, so that a lost answer is not taken for a lost race
 * @returns false where another writer came first
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export async function replaceObject(
  s3: S3Client,
  uri: string,
  { text, read }: { text: string; read: SmallObject | undefined },
): Promise<boolean> {
  const { PutObjectCommand } = await import('../sdk/s3.js');
  const condition = read ? { IfMatch: read.etag } : { IfNoneMatch: '*' };
  const command = new PutObjectCommand({ ...parseS3(uri), ...condition, Body: text });
  for (let attempt = 1; ; attempt += 1) {
    try {
      await s3.send(command);
      return true;
    } catch (error) {
      const status = statusOf(error);
      const isConflict = status === 409 && attempt < MAX_ATTEMPTS;
      const isGone = (error as Error).name === 'NoSuchKey';
      if (status !== 409 && status !== 412 && !isGone) throw explainS3(error, uri, 'PutObject');
      if ((await readObject(s3, uri))?.text === text) return true;
      if (!isConflict) return false;
    }
  }
}
