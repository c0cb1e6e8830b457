/** Writes to an S3 object: with one PutObject if it is small, else a multipart upload. */
import type { CompletedPart, S3Client } from '@aws-sdk/client-s3';
import { randomUUID } from 'node:crypto';
import { UsageError } from '../errors.js';
import { parseS3 } from './address.js';
import { explained, explainS3 } from './errors.js';
import type { Sink } from '../utils/disk/sinks.js';

/** At least the 5 MiB that S3 demands. https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const PART_BYTES = 8 * 1024 * 1024;
/** The part size grows after this many parts: 10,000 parts of one size would end at 80 GB. */
const PARTS_PER_SIZE = 1_000;

/** Metadata by which a run recognizes its own object. */
const MARK = 'sagemaker-fs-write';

interface S3SinkOptions {
  overwrite?: boolean;
  /** Expected owner of the bucket, where known. */
  owner?: string;
}

/**
 * Opens an object for writing; it appears on `end`. One part is in memory and one is being uploaded.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
 */
export async function s3Sink(s3: S3Client, uri: string, { overwrite, owner }: S3SinkOptions): Promise<Sink> {
  const commands = await import('../sdk/s3.js');
  const object = objectAt(uri, owner);
  // S3 decides when the object is created, whatever happened in the meantime.
  const target = { ...object, IfNoneMatch: overwrite ? undefined : '*' };
  const Metadata = { [MARK]: randomUUID() };
  const call = <T>(send: () => Promise<T>) => explained(uri, 'PutObject', send);
  const parts: CompletedPart[] = [];
  let UploadId: string | undefined;
  let filling: Uint8Array[] = [];
  let size = 0;
  let uploading = Promise.resolve();

  /** If the first answer was lost, a retry finds that the object exists, or that its upload is gone. */
  async function appear(send: () => Promise<unknown>): Promise<void> {
    try {
      await send();
    } catch (error) {
      if (!/^(PreconditionFailed|NoSuchUpload)$/.test((error as Error).name) || !(await isOurs())) {
        throw explainS3(error, uri, 'PutObject');
      }
    }
  }

  async function isOurs(): Promise<boolean> {
    const head = await s3.send(new commands.HeadObjectCommand(object)).catch(() => undefined);
    return head?.Metadata?.[MARK] === Metadata[MARK];
  }

  async function upload(Body: Buffer): Promise<void> {
    UploadId ??= (await call(() => s3.send(new commands.CreateMultipartUploadCommand({ ...object, Metadata }))))
      .UploadId;
    const PartNumber = parts.length + 1;
    const part = { ...object, UploadId, PartNumber, Body };
    const { ETag, ChecksumCRC32 } = await call(() => s3.send(new commands.UploadPartCommand(part)));
    parts.push({ PartNumber, ETag, ChecksumCRC32 });
  }

  function take(): Buffer {
    const bytes = Buffer.concat(filling);
    filling = [];
    size = 0;
    return bytes;
  }

  return {
    async write(bytes) {
      const chunk = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
      filling.push(chunk);
      size += chunk.length;
      if (size < PART_BYTES * (1 + Math.floor(parts.length / PARTS_PER_SIZE))) return;
      await uploading;
      uploading = upload(take());
      // The next `write` or `end` reports it.
      uploading.catch(() => {});
    },
    async end() {
      await uploading;
      if (UploadId === undefined) {
        const Body = take();
        // Without a length the SDK warns about empty bodies on stderr.
        const whole = { ...target, Metadata, Body, ContentLength: Body.length };
        await appear(() => s3.send(new commands.PutObjectCommand(whole)));
        return;
      }
      if (size > 0) await upload(take());
      const complete = { ...target, UploadId, MultipartUpload: { Parts: parts } };
      await appear(() => s3.send(new commands.CompleteMultipartUploadCommand(complete)));
      UploadId = undefined;
    },
    async abort() {
      // The error that led to the abort is reported elsewhere.
      await uploading.catch(() => {});
      if (UploadId === undefined) return;
      await call(() => s3.send(new commands.AbortMultipartUploadCommand({ ...object, UploadId })));
      UploadId = undefined;
    },
  };
}

/** Starts and aborts an upload. @throws what keeps the object from being written */
export async function refuseUnwritableObject(s3: S3Client, uri: string, owner?: string): Promise<void> {
  const { AbortMultipartUploadCommand, CreateMultipartUploadCommand } = await import('../sdk/s3.js');
  const object = objectAt(uri, owner);
  await explained(uri, 'PutObject', async () => {
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(object));
    await s3.send(new AbortMultipartUploadCommand({ ...object, UploadId }));
  });
}

function objectAt(uri: string, ExpectedBucketOwner: string | undefined) {
  const address = parseS3(uri);
  if (/^$|\/$/.test(address.Key)) throw new UsageError(`${uri} does not name an object: add a file name.`);
  return { ...address, ExpectedBucketOwner };
}
