/** Checks for objects in S3 Glacier, whose rows Athena silently skips, before it is queried. */
import type { Clients } from '../../config.js';
import { isAccessDenied, RefusedError } from '../../errors.js';
import { placeOf } from '../../s3/address.js';
import { listObjects } from '../../s3/list.js';
import { count } from '../../utils/quantities.js';
import type { FeatureGroup } from '../groups/describe.js';

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
  if (!classes) {
    const unseen = `The objects of ${name} cannot be listed (IAM action s3:ListBucket), so some may be archived in S3 Glacier, which Athena skips silently`;
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

/** Number of objects per storage class; undefined where they cannot be listed. */
async function storageClassesOf(
  aws: Clients,
  { offline }: FeatureGroup,
  signal: AbortSignal,
): Promise<Map<string, number> | undefined> {
  const classes = new Map<string, number>();
  if (!offline?.resolvedOutputS3Uri) return classes;
  try {
    for await (const page of listObjects(await aws.s3(), placeOf(offline.resolvedOutputS3Uri), signal)) {
      for (const { size, storageClass = 'STANDARD' } of page)
        if (size > 0) classes.set(storageClass, (classes.get(storageClass) ?? 0) + 1);
    }
    return classes;
  } catch (error) {
    if (isAccessDenied((error as Error).cause ?? error)) return undefined;
    throw error;
  }
}
