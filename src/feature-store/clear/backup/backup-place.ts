/** Chooses the place of a backup: outside every offline store, where no clear and no query reaches it. */
import type { Context } from '../../../context.js';
import { RefusedError, UsageError } from '../../../errors.js';
import { isS3 } from '../../../s3/address.js';
import { counted } from '../../../utils/quantities.js';
import type { FeatureGroup } from '../../groups/describe.js';
import { listObjects } from '../../../s3/list.js';
import { accountOf, isDenied, isOthers, othersBucket } from '../bucket-owner.js';
import { overlaps, placeOf, uriOf, type Place } from '../../../s3/address.js';
import type { OfflineInput } from '../plan-offline.js';
import type { ClearOptions } from '../options.js';

/** Folder in the bucket of the group, for `--backup-s3` without a value. */
const BACKUP_FOLDER = 'sagemaker-fs-backups';

/**
 * `wanted/<group>/<time>/`, checked to be empty.
 * @param options.backup an address, or `true` for a place beside the offline store
 * @throws RefusedError (exit 6) for a place that overlaps the offline store of a group; UsageError for an invalid
 * address
 */
export async function planBackup(
  context: Context,
  { group, others, notes }: OfflineInput,
  { backup, bucketOwner }: Pick<ClearOptions, 'backup' | 'bucketOwner'>,
): Promise<Place | undefined> {
  if (backup === undefined) return undefined;
  const wanted = backup === true ? besideOffline(group) : backup;
  if (!isS3(wanted)) throw new UsageError(`--backup-s3 takes an address such as s3://bucket/backups, not ${wanted}.`);
  const under = placeOf(wanted);
  for (const { name, offline } of [group, ...others]) {
    const theirs = offline?.resolvedOutputS3Uri && placeOf(offline.resolvedOutputS3Uri.replace(/\/data\/?$/, ''));
    if (theirs && overlaps(under, theirs)) {
      const where = under.prefix.startsWith(theirs.prefix) ? 'is inside' : 'contains';
      throw new RefusedError(
        `The backup ${wanted} ${where} the offline store of ${name} (${uriOf(theirs)}): name a place outside it. Nothing was deleted.`,
      );
    }
  }
  const time = context
    .now()
    .toISOString()
    .replace(/[-:]|\.\d+/g, '');
  const isBeside = group.offline !== undefined && placeOf(group.offline.s3Uri).bucket === under.bucket;
  const owner = (isBeside ? bucketOwner : undefined) ?? accountOf(group);
  const place: Place = { bucket: under.bucket, prefix: `${under.prefix}${group.name}/${time}/`, owner };
  try {
    await refuseTaken(context, place);
    return place;
  } catch (error) {
    if (!isDenied(error) || !(await isOthers(await context.aws.s3(), place))) throw error;
  }
  // Records may only go to an account that was named explicitly.
  if (isBeside) throw othersBucket(group, place);
  notes.push(`The bucket of the backup, ${place.bucket}, does not belong to account ${owner}.`);
  await refuseTaken(context, { ...place, owner: undefined });
  return { ...place, owner: undefined };
}

async function refuseTaken({ aws, signal }: Context, place: Place): Promise<void> {
  for await (const page of listObjects(await aws.s3(), place, signal)) {
    throw new RefusedError(
      `${uriOf(place)} holds ${counted(page.length, 'object')} already, of a run that began in the same second: run this again. Nothing was deleted.`,
    );
  }
}

function besideOffline({ name, offline }: FeatureGroup): string {
  if (offline) return `s3://${placeOf(offline.s3Uri).bucket}/${BACKUP_FOLDER}`;
  throw new UsageError(
    `${name} has no offline store to put a backup beside: name a place, as --backup-s3 s3://bucket/backups.`,
  );
}
