/** Checks for objects in S3 Glacier, whose rows Athena silently skips, before it is queried. */
import type { Clients } from '../../config.js';
import { isAccessDenied, RefusedError } from '../../errors.js';
import { overlaps, placeOf, uriOf, type Place } from '../../s3/address.js';
import { listObjects } from '../../s3/list.js';
import { count } from '../../utils/quantities.js';
import type { FeatureGroup } from '../groups/describe.js';
import { liesWithin, locationOf } from '../groups/table-location.js';

/** S3 Glacier Flexible Retrieval and Deep Archive. https://docs.aws.amazon.com/AmazonS3/latest/userguide/archived-objects.html */
const ARCHIVED = ['GLACIER', 'DEEP_ARCHIVE'];
const TIERED = 'INTELLIGENT_TIERING';

export const isArchived = ({ storageClass = '' }: { storageClass?: string }): boolean =>
  ARCHIVED.includes(storageClass);

export interface ArchivedOptions {
  /** `--allow-archived`: proceed without the rows that cannot be read. */
  allowArchived?: boolean;
  /** The target will be cleared, so rows missing from the source would be lost: never proceed without them. */
  clearTarget?: boolean;
}

const RESTORE = 'restore them and copy them to another storage class first';

/**
 * Lists the offline objects of a group, and checks their storage classes.
 * @returns warnings about rows that Athena may miss
 * @throws RefusedError (exit 6) where rows would be missing and --allow-archived is not given
 */
export async function checkArchived(
  aws: Clients,
  group: FeatureGroup,
  { allowArchived, clearTarget, signal }: ArchivedOptions & { signal: AbortSignal },
): Promise<string[]> {
  const { name } = group;
  const classes = await storageClassesOf(aws, group, signal);
  if (typeof classes === 'string') {
    const unseen = `The objects of ${name} cannot be listed (IAM action ${classes}), so some may be archived in S3 Glacier, which Athena skips silently`;
    if (!clearTarget || allowArchived) return [`${unseen}.`];
    throw new RefusedError(
      `${unseen}: --clear-target could remove what only they hold. Allow the action, or add --allow-archived if you know that none is archived. Nothing was changed.`,
    );
  }
  const sum = (numbers: number[]) => numbers.reduce((total, each) => total + each, 0);
  const archived = ARCHIVED.flatMap((each) => (classes.has(each) ? [`${each} ${count(classes.get(each)!)}`] : []));
  const tiered = classes.get(TIERED) ?? 0;
  const all = count(sum([...classes.values()]));
  const warnings =
    tiered === 0
      ? []
      : [
          `S3 Intelligent-Tiering keeps objects of ${name} (${count(tiered)} of ${all}): a listing does not show whether they are in its archive tiers, where they cannot be read until they are restored.`,
        ];
  if (archived.length === 0) return warnings;
  const skipped = `${name} has objects archived in S3 Glacier (${archived.join(', ')}, of ${all}), which Athena skips silently`;
  if (clearTarget) {
    throw new RefusedError(
      `${skipped}: --clear-target could remove what only they hold, so ${RESTORE}. Nothing was changed.`,
    );
  }
  if (!allowArchived)
    throw new RefusedError(
      `${skipped}: ${RESTORE}, or continue without their rows with --allow-archived. Nothing was changed.`,
    );
  return [`${skipped}: their rows are missing.`, ...warnings];
}

/** Number of objects per storage class; the action that is denied where they cannot be listed. */
async function storageClassesOf(
  aws: Clients,
  group: FeatureGroup,
  signal: AbortSignal,
): Promise<Map<string, number> | 's3:ListBucket' | 'glue:GetTable'> {
  const classes = new Map<string, number>();
  let asked: 's3:ListBucket' | 'glue:GetTable' = 'glue:GetTable';
  try {
    const places = await placesOf(aws, group, signal);
    asked = 's3:ListBucket';
    for (const place of places)
      for await (const page of listObjects(await aws.s3(), place, signal)) {
        for (const { size, storageClass = 'STANDARD' } of page)
          if (size > 0) classes.set(storageClass, (classes.get(storageClass) ?? 0) + 1);
      }
    return classes;
  } catch (error) {
    if (isAccessDenied((error as Error).cause ?? error)) return asked;
    throw error;
  }
}

/** Where the service writes, and where the table lies that Athena reads: one of the user's own may be elsewhere. */
async function placesOf(aws: Clients, { offline }: FeatureGroup, signal: AbortSignal): Promise<Place[]> {
  const own = offline?.resolvedOutputS3Uri ? placeOf(offline.resolvedOutputS3Uri) : undefined;
  const location = offline?.table && (await locationOf(aws, offline.table, signal));
  const table = location ? placeOf(location.replace(/^s3[an]:/, 's3:')) : undefined;
  const group = own && { ...own, prefix: own.prefix.replace(/data\/$/, '') };
  if (!table || (group && liesWithin(uriOf(table), group))) return own ? [own] : [];
  return own && !overlaps(own, table) ? [own, table] : [table];
}
