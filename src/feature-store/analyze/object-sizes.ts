/**
 * Statistics on the objects of an offline store, from its listing: count, size, month, and the effect of compaction.
 */
import type { Clients } from '../../config.js';
import { placeOf } from '../../s3/address.js';
import { listObjects, type StoredObject } from '../../s3/list.js';
import { isArchived } from '../offline/archived.js';

/**
 * Smaller files slow Athena down.
 * https://docs.aws.amazon.com/athena/latest/ug/performance-tuning-data-optimization-techniques.html
 */
export const SMALL_BELOW_BYTES = 128 * 1024 * 1024;

export interface Size {
  objects: number;
  bytes: number;
}

/** `month` (`2026-01`) is that of the event times where the path names it, else that of the last write. */
export interface MonthOfObjects extends Size {
  month: string;
  small: number;
}

export interface ObjectsFound extends Size {
  /** Objects below SMALL_BELOW_BYTES. */
  small: number;
  /** Objects left if each folder were compacted to files of SMALL_BELOW_BYTES. */
  compacted: number;
  /** Oldest first. */
  months: MonthOfObjects[];
  /** In other storage classes than S3 Standard, at other prices. */
  otherClasses: Size;
  /** Objects in S3 Glacier: Athena silently skips their rows. */
  archived: number;
}

/**
 * Lists all objects below the group's own prefix. Memory grows with the number of folders, one per hour of data.
 * @throws as listObjects does
 */
export async function findObjects(aws: Clients, resolvedUri: string, signal: AbortSignal): Promise<ObjectsFound> {
  const found: ObjectsFound = { ...none(), small: 0, compacted: 0, months: [], otherClasses: none(), archived: 0 };
  const [months, folders] = [new Map<string, MonthOfObjects>(), new Map<string, number>()];
  for await (const page of listObjects(await aws.s3(), placeOf(resolvedUri), signal)) {
    for (const object of page) {
      // A marker object, such as Feature Store creates.
      if (object.size === 0) continue;
      const month = monthOf(object);
      const ofMonth = months.get(month) ?? { month, ...none(), small: 0 };
      months.set(month, ofMonth);
      for (const size of [found, ofMonth]) add(size, object);
      if (object.size < SMALL_BELOW_BYTES) for (const size of [found, ofMonth]) size.small += 1;
      if ((object.storageClass ?? 'STANDARD') !== 'STANDARD') add(found.otherClasses, object);
      if (isArchived(object)) found.archived += 1;
      const folder = object.key.slice(0, object.key.lastIndexOf('/'));
      folders.set(folder, (folders.get(folder) ?? 0) + object.size);
    }
  }
  for (const bytes of folders.values()) found.compacted += Math.max(1, Math.ceil(bytes / SMALL_BELOW_BYTES));
  found.months = [...months.values()].sort((a, b) => (a.month < b.month ? -1 : 1));
  return found;
}

const none = (): Size => ({ objects: 0, bytes: 0 });

function add(size: Size, { size: bytes }: StoredObject): void {
  size.objects += 1;
  size.bytes += bytes;
}

function monthOf({ key, modified = '' }: StoredObject): string {
  const [, year, month] = /\/year=(\d{4})\/month=(\d\d?)\//.exec(key) ?? [];
  return year && month ? `${year}-${month.padStart(2, '0')}` : modified.slice(0, 7);
}
