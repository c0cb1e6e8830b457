/** The objects of an offline store, as its listing tells: how many, how large, of which month, and how few would do. */
import type { Clients } from '../../config.js';
import { placeOf } from '../../s3/address.js';
import { listObjects, type StoredObject } from '../../s3/list.js';
import { isArchived } from '../offline/archived.js';

/** Athena reads smaller files at a loss. https://docs.aws.amazon.com/athena/latest/ug/performance-tuning-data-optimization-techniques.html */
export const SMALL_BELOW_BYTES = 128 * 1024 * 1024;

export interface Size {
  objects: number;
  bytes: number;
}

/** `month` is that of the event times, where the path names it, else that of the writing: `2026-01`. */
export interface MonthOfObjects extends Size {
  month: string;
  small: number;
}

export interface ObjectsFound extends Size {
  /** Objects below SMALL_BELOW_BYTES. */
  small: number;
  /** Objects that would do, if those of each folder were put together up to SMALL_BELOW_BYTES. */
  compacted: number;
  /** In the order of time. */
  months: MonthOfObjects[];
  /** In another storage class than S3 Standard, which costs another sum. */
  otherClasses: Size;
  /** Objects that S3 Glacier keeps: Athena passes over their rows without a word. */
  archived: number;
}

/**
 * Lists all objects below the group's own prefix; memory grows with the number of its folders, an hour each.
 * @throws as listObjects does
 */
export async function findObjects(aws: Clients, resolvedUri: string, signal: AbortSignal): Promise<ObjectsFound> {
  const found: ObjectsFound = { ...none(), small: 0, compacted: 0, months: [], otherClasses: none(), archived: 0 };
  const [months, folders] = [new Map<string, MonthOfObjects>(), new Map<string, number>()];
  for await (const page of listObjects(await aws.s3(), placeOf(resolvedUri), signal)) {
    for (const object of page) {
      // A marker, such as Feature Store leaves.
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
