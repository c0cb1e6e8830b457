/** Backs up a group to S3: records as JSON lines, a copy of its offline objects, and a manifest of both. */
import type { S3Client } from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import type { Context } from '../../../context.js';
import { CommandError } from '../../../errors.js';
import { s3Bytes, type S3ReadOptions } from '../../../s3/ranges.js';
import { refuseUnwritableObject, s3Sink } from '../../../s3/sink.js';
import { count, counted, countedWith } from '../../../utils/quantities.js';
import { abandon } from '../../../utils/disk/sinks.js';
import { copyOffline, verifyOffline, type OfflineCopied } from './backup-objects.js';
import type { AthenaOptions } from '../../offline/athena-run.js';
import type { CopyLimits } from '../../../s3/copy.js';
import type { FeatureGroup } from '../../groups/describe.js';
import { uriOf, type Place } from '../../../s3/address.js';
import { liveRows } from '../../offline/offline-store.js';
import { readRecords } from '../../online/read.js';
import { listIdentifiers } from '../../online/list.js';
import type { Effort } from '../../online/types.js';
import type { Held } from './held.js';
import { fromRecord } from '../../records/record-rows.js';
import type { Row } from '../../../utils/json.js';

export interface BackupOptions
  extends Pick<AthenaOptions, 'workgroup' | 'athenaOutput'>, Pick<Effort, 'maxWorkers' | 'retryFor'> {
  nameOrArn?: string;
  limits?: CopyLimits;
}

export interface Backup {
  /** `s3://…/<group>/<time>/` */
  uri: string;
  /** Input for `bulk-put`; undefined where no record could be exported. */
  records?: RecordsFile & { from: 'online' | 'offline' };
  /** Records written after the backup began, copied before they were deleted; a folder of files. */
  late?: { uri: string; files: number; count: number; bytes: number };
  offline?: OfflineCopied;
}

/** A file of JSON lines, read back and verified. */
type RecordsFile = Awaited<ReturnType<typeof writeRecords>>;

export interface BackupJob {
  group: FeatureGroup;
  /** Destination: an empty prefix outside any offline store. */
  to: Place;
  /** The group's offline objects, if they are to be deleted. */
  offline?: Place;
  /** Whether the online store is to be deleted. */
  online: boolean;
  /** Records everything that the backup contains. */
  held: Held;
}

/** Concurrent BatchGetRecord calls, of a hundred records each. */
const MAX_READERS = 8;
/** Size of a write to S3. */
const WRITE_BYTES = 64 * 1024;

/**
 * Copies everything, verifies it, and writes the manifest last: a backup without a manifest is incomplete.
 * @throws CommandError where anything is missing or differs; the reason of the signal; errors of the service
 */
export async function makeBackup(context: Context, job: BackupJob, options: BackupOptions): Promise<Backup> {
  const s3 = await context.aws.s3();
  // Reading all records may take hours, so check first that they can be written.
  await refuseUnwritableObject(s3, `${uriOf(job.to)}manifest.json`, job.to.owner);
  const records = await exportRecords(context, job, options);
  let offline: OfflineCopied | undefined;
  if (job.offline) {
    const copying = { s3, from: job.offline, to: offlinePlace(job.to), held: job.held, ...options };
    await copyOffline(context, copying);
    offline = await verifyOffline(context, copying, `${uriOf(job.to)}objects.jsonl`);
  }
  const backup: Backup = { uri: uriOf(job.to), records, offline };
  await writeManifest(s3, job, { backup, madeAt: context.now() });
  return backup;
}

export const offlinePlace = (place: Place): Place => ({ ...place, prefix: `${place.prefix}offline/` });

/** @param backup.offline also counts objects that appeared after the backup and were copied before their deletion */
export async function writeManifest(
  s3: S3Client,
  { group, to }: BackupJob,
  { backup, madeAt }: { backup: Backup; madeAt: Date },
): Promise<void> {
  const { name, arn, recordIdentifier, eventTime, features } = group;
  const manifest = {
    format: 'sagemaker-fs backup 1',
    madeAt: madeAt.toISOString(),
    group: { name, arn, recordIdentifier, eventTime, features },
    ...backup,
  };
  const sink = await s3Sink(s3, `${uriOf(to)}manifest.json`, { overwrite: true, owner: to.owner });
  await sink.write(`${JSON.stringify(manifest, null, 2)}\n`);
  await sink.end();
}

/** Exports the records of the online store, or else the live records of the offline table. */
async function exportRecords(context: Context, job: BackupJob, options: BackupOptions): Promise<Backup['records']> {
  const { group, online } = job;
  const place = { uri: `${uriOf(job.to)}records.jsonl`, owner: job.to.owner };
  if (online) {
    const rows = noted(job.held, onlineRows(context, group, options));
    return { ...(await writeRecords(context, place, rows)), from: 'online' };
  }
  if (group.online || !group.offline?.table) return undefined;
  return { ...(await writeRecords(context, place, offlineRows(context, group, options))), from: 'offline' };
}

async function* onlineRows(context: Context, group: FeatureGroup, options: BackupOptions): AsyncGenerator<Row[]> {
  const { aws, signal, output } = context;
  const target = { runtime: await aws.bulkRuntime(), group, nameOrArn: options.nameOrArn };
  const reading = { ...options, signal, note: output.note, maxWorkers: Math.min(options.maxWorkers, MAX_READERS) };
  let vanished = 0;
  const identifiers = listIdentifiers(target, reading);
  for await (const page of readRecords(target, identifiers, { ...reading, batchSize: 100 })) {
    vanished += page.identifiers.filter((identifier) => !page.records.has(identifier)).length;
    yield [...page.records.values()].map(fromRecord);
  }
  signal.throwIfAborted();
  if (vanished > 0)
    output.warn(`${countedWith(vanished, 'record', ['was', 'were'])} deleted or expired during the backup.`);
}

async function* offlineRows({ aws, signal, output }: Context, group: FeatureGroup, options: BackupOptions) {
  const asking = { ...options, signal, note: output.note };
  for await (const batch of liveRows(aws, group, asking)) yield batch.map(({ row }) => row);
}

async function* noted(held: Held, pages: AsyncIterable<Row[]>): AsyncGenerator<Row[]> {
  for await (const rows of pages) {
    rows.forEach(held.noteRow);
    yield rows;
  }
}

/**
 * Writes rows to a new object, and reads them back.
 * @throws CommandError where it does not contain what was written
 */
export async function writeRecords(
  { aws, output, signal }: Context,
  { uri, owner }: { uri: string; owner?: string },
  rows: AsyncIterable<Row[]> | Iterable<Row[]>,
) {
  const s3 = await aws.s3();
  const sink = await s3Sink(s3, uri, { owner });
  const hash = createHash('sha256');
  const written = { count: 0, bytes: 0 };
  try {
    let waiting = '';
    const flush = async () => {
      const bytes = Buffer.from(waiting);
      waiting = '';
      written.bytes += bytes.length;
      hash.update(bytes);
      await sink.write(bytes);
    };
    for await (const batch of rows) {
      for (const row of batch) waiting += `${JSON.stringify(row)}\n`;
      written.count += batch.length;
      if (waiting.length >= WRITE_BYTES) await flush();
      output.live(`backup: ${counted(written.count, 'record')}`);
    }
    await flush();
    await sink.end();
  } catch (error) {
    await abandon(error, sink);
  } finally {
    output.live('');
  }
  const sha256 = hash.digest('hex');
  const read = await readBack(s3, uri, { signal, owner });
  if (read.sha256 !== sha256 || read.lines !== written.count || read.bytes !== written.bytes) {
    throw new CommandError(
      `The backup ${uri} does not hold what was written to it: ${count(read.lines)} of ${count(written.count)} records, ${count(read.bytes)} of ${count(written.bytes)} bytes.`,
    );
  }
  return { uri, ...written, sha256 };
}

async function readBack(s3: S3Client, uri: string, options: S3ReadOptions) {
  const hash = createHash('sha256');
  const read = { lines: 0, bytes: 0 };
  for await (const bytes of s3Bytes(s3, uri, options)) {
    hash.update(bytes);
    read.bytes += bytes.length;
    for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) read.lines += 1;
  }
  return { ...read, sha256: hash.digest('hex') };
}
