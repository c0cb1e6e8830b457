/** The location of an offline row: its partition by event time, and the name of its file. */
import { createHash } from 'node:crypto';
import type { Layout } from './offline-buffer.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/**
 * Lengths of the random parts of offline object names (developer guide, "Use Amazon SageMaker Feature Store offline
 * store").
 */
const FILE_MARK = 16;
const FOLDER_MARK = 8;

/** Event time as `yyyyMMdd'T'HHmmss'Z'`, UTC. */
export function stampOf(eventTime: string, fractional: boolean): string {
  const iso = fractional ? isoOfSeconds(Number(eventTime)) : eventTime;
  return `${iso.slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}

/** The part of the stamp shared by the rows of a file: the hour, or the day for Iceberg. */
export const partitionOf = (stamp: string, layout: Layout): string =>
  stamp.slice(0, layout.tableFormat === 'Iceberg' ? 'yyyyMMdd'.length : 'yyyyMMddTHH'.length);

/** The day of a stamp, as in `truncate[10]` of Iceberg. */
export const dayOf = (stamp: string): string => stamp.replace(/^(\d{4})(\d\d)(\d\d).*$/, '$1-$2-$3');

/**
 * Key of the object below `ResolvedOutputS3Uri`. The parts that are random on AWS are derived from the claim, so that a
 * flush repeated after a crash replaces its own files.
 */
export function keyOf(
  layout: Layout,
  { latest, claimId, part }: { latest: string; claimId: string; part: string },
): string {
  const seed = `${claimId}/${part}`;
  const name = `${latest}_${mark(seed, FILE_MARK)}.parquet`;
  const [year, month, day, hour] = [latest.slice(0, 4), latest.slice(4, 6), latest.slice(6, 8), latest.slice(9, 11)];
  return layout.tableFormat === 'Iceberg'
    ? `${mark(`${seed}/folder`, FOLDER_MARK)}/${layout.eventTime}_trunc=${dayOf(latest)}/${name}`
    : `year=${year}/month=${month}/day=${day}/hour=${hour}/${name}`;
}

/** Letters and digits, determined by the seed. */
export const mark = (seed: string, length: number): string =>
  Array.from(
    createHash('sha256').update(seed).digest().subarray(0, length),
    (byte) => ALPHABET[byte % ALPHABET.length],
  ).join('');

function isoOfSeconds(seconds: number): string {
  const date = new Date(Math.floor(seconds) * 1000);
  return Number.isNaN(date.getTime()) ? '0000-00-00T00:00:00' : date.toISOString();
}
