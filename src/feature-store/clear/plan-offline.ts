/** What a clear will remove from an offline store: whose it is, how much, and what remains. */
import type { Context } from '../../context.js';
import { RefusedError } from '../../errors.js';
import { accountOf, isDenied, isOthers, othersBucket } from './bucket-owner.js';
import type { FeatureGroup } from '../groups/describe.js';
import { listObjects, listVersions, versioningOf } from '../../s3/list.js';
import type { Place } from '../../s3/address.js';
import { isArchived } from '../offline/archived.js';
import { count } from '../../utils/quantities.js';
import { isPlaceholder, ownPlace, refuseSharedPlace, sharesTable, type OtherGroup } from './offline-prefix.js';
import type { ClearOptions } from './options.js';

export interface OfflinePlan {
  format: 'Glue' | 'Iceberg';
  /** Prefix of the data objects. */
  place: Place;
  /** Prefix of an Iceberg table including its metadata. */
  root: Place;
  /** Undefined where they cannot be listed. */
  objects?: number;
  bytes?: number;
  /** Objects in S3 Glacier. */
  archived?: number;
  versioning?: 'Enabled' | 'Suspended' | 'never';
  /** Old versions and delete markers; undefined where there are none or they are not visible. */
  old?: { versions: number; markers: number; bytes: number };
}

export interface OfflineInput {
  group: FeatureGroup;
  others: OtherGroup[];
  /** Receives what is not visible. */
  notes: string[];
  /** Whether everything below the root will be deleted, not just the data. */
  isWhole?: boolean;
}

/** @throws RefusedError where the objects or the table are shared, or the bucket belongs to another account */
export async function planOffline(
  context: Context,
  { group, others, notes, isWhole = false }: OfflineInput,
  options: Pick<ClearOptions, 'allVersions' | 'backup' | 'bucketOwner'>,
): Promise<OfflinePlan> {
  const place = { ...ownPlace(group, others), owner: options.bucketOwner ?? accountOf(group) };
  const root = { ...place, prefix: place.prefix.replace(/data\/$/, '') };
  const format = group.offline!.tableFormat;
  if (format === 'Iceberg') refuseSharedTable(group, others);
  if (isWhole) refuseSharedPlace(root, group, others);
  const planned: OfflinePlan = { format, place, root };
  try {
    Object.assign(planned, await countObjects(context, isWhole ? root : place, options));
  } catch (error) {
    if (isDenied(error) && (await isOthers(await context.aws.s3(), place))) throw othersBucket(group, place);
    // Athena deletes the rows of an Iceberg table, for which its objects need not be visible.
    if (format === 'Glue' || options.backup !== undefined || !isDenied(error)) throw error;
    notes.push('The objects of the table cannot be listed (IAM action s3:ListBucket), so they are not counted.');
  }
  if (planned.archived && options.backup !== undefined)
    throw new RefusedError(
      `Archived in S3 Glacier, ${count(planned.archived)} of ${count(planned.objects!)} objects of ${group.name} cannot be copied: restore them first, or clear without --backup-s3. Nothing was deleted.`,
    );
  if (planned.archived) notes.push(`Archived in S3 Glacier: ${count(planned.archived)} of the objects.`);
  if (planned.versioning === undefined)
    notes.push(
      'Whether the bucket keeps old versions cannot be seen (IAM action s3:GetBucketVersioning): if it does, they stay.',
    );
  return planned;
}

async function countObjects(
  { aws, signal }: Context,
  place: Place,
  { allVersions }: Pick<ClearOptions, 'allVersions'>,
): Promise<Partial<OfflinePlan>> {
  const s3 = await aws.s3();
  const versioning = await versioningOf(s3, place, signal);
  const counted = { objects: 0, bytes: 0, archived: 0 };
  const old = { versions: 0, markers: 0, bytes: 0 };
  const isVersioned = versioning === 'Enabled' || versioning === 'Suspended';
  // What will be deleted must be visible, so with --all-versions a denial is fatal.
  const seesVersions = allVersions === true || (isVersioned && (await canListVersions()));
  for await (const page of (seesVersions ? listVersions : listObjects)(s3, place, signal)) {
    for (const object of page) {
      const { size, isOld, isMarker, storageClass } = object;
      if (isPlaceholder(object)) continue;
      if (isMarker) old.markers += 1;
      else if (isOld) [old.versions, old.bytes] = [old.versions + 1, old.bytes + size];
      else [counted.objects, counted.bytes] = [counted.objects + 1, counted.bytes + size];
      if (!isOld && isArchived({ storageClass })) counted.archived += 1;
    }
  }
  return { ...counted, versioning, old: seesVersions && versioning !== 'never' ? old : undefined };

  async function canListVersions(): Promise<boolean> {
    try {
      await listVersions(s3, place, signal).next();
      return true;
    } catch (error) {
      if (isDenied(error)) return false;
      throw error;
    }
  }
}

function refuseSharedTable(group: FeatureGroup, others: OtherGroup[]): void {
  const other = sharesTable(group, others);
  if (!other) return;
  const { database, name } = other.offline!.table!;
  throw new RefusedError(`Feature group ${other.name} uses the table ${database}.${name} too: nothing was deleted.`);
}
