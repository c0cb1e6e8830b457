/** What a clear is going to remove, found out with nothing but reads; what must not be removed is refused here. */
import type { Context } from '../context.js';
import { CommandError, isAccessDenied, RefusedError, UsageError } from '../errors.js';
import { isS3 } from '../utils/files/s3-address.js';
import { count } from '../utils/progress.js';
import { checkOutput } from './athena-run.js';
import type { IcebergOptions } from './clear-iceberg.js';
import { countIdsFile, type IdentifierSource, type OnlineClearOptions } from './clear-online.js';
import type { CopyLimits } from './copy-objects.js';
import type { FeatureGroup } from './feature-group.js';
import { listIdentifiers, whyNotListed } from './list-records.js';
import { listObjects, listVersions, versioningOf } from './offline-files.js';
import { isSame, overlaps, ownPlace, placeOf, uriOf, type OtherGroup, type Place } from './offline-prefix.js';
import { otherGroups } from './other-groups.js';

export interface ClearOptions extends OnlineClearOptions, Pick<IcebergOptions, 'vacuumAgeSeconds'> {
  /** One store alone; both by default, as far as the group has them. */
  only?: 'online' | 'offline';
  /** Where to copy everything before it is removed; `true` is a place beside the offline store. */
  backup?: string | true;
  /** Identifiers for where ListRecords is not to be had. */
  idsFile?: string;
  /** Refuse to delete more records, or more objects (Iceberg: rows), than this. */
  maxDelete?: number;
  /** Sweep the offline store again after so many seconds. */
  settleSeconds?: number;
  /** Old versions and delete markers too. */
  allVersions?: boolean;
  /** Give the bytes of an Iceberg table back. */
  vacuum?: boolean;
  limits?: CopyLimits;
}

export interface ClearPlan {
  group: FeatureGroup;
  online?: OnlinePlan;
  offline?: OfflinePlan;
  /** Of this one clear: it is empty. */
  backup?: Place;
  /** What could not be seen, or will not be as one might think. */
  notes: string[];
}

export interface OnlinePlan {
  source: IdentifierSource;
  /** Undefined where only deleting them will tell. */
  records?: number;
  /** Soft-deleted records, which are removed too. */
  tombstones?: number;
}

export interface OfflinePlan {
  format: 'Glue' | 'Iceberg';
  /** Of the data objects. */
  place: Place;
  /** That of an Iceberg table with its metadata. */
  root: Place;
  /** Undefined where they cannot be listed. */
  objects?: number;
  bytes?: number;
  versioning?: 'Enabled' | 'Suspended' | 'never';
  /** What a plain GET does not find: undefined where there is none, or none can be seen. */
  old?: { versions: number; markers: number; bytes: number };
}

/** Below the group's own bucket, where `--backup-s3` has no value. */
const BACKUP_FOLDER = 'sagemaker-fs-backups';

/**
 * Counts what there is and checks that it is the group's alone.
 * @throws RefusedError (exit 6) for a path that others share, a backup in a dangerous place, more than `maxDelete`;
 * UsageError for a store that is not there; CommandError where no identifiers are to be had.
 */
export async function planClear(context: Context, group: FeatureGroup, options: ClearOptions): Promise<ClearPlan> {
  checkStores(group, options);
  const { aws, signal } = context;
  const plan: ClearPlan = { group, notes: [] };
  if (group.offline && options.only !== 'online') {
    const { groups, unseen } = await otherGroups(aws, group, signal);
    if (unseen) plan.notes.push(unseen);
    plan.offline = await planOffline(context, { group, others: groups, plan }, options);
    plan.backup = await planBackup(context, { plan, others: groups }, options);
  } else if (options.backup !== undefined) {
    const { groups } = await otherGroups(aws, group, signal);
    plan.backup = await planBackup(context, { plan, others: groups }, options);
  }
  if (group.online && options.only !== 'offline') plan.online = await planOnline(context, plan, options);
  guard(plan, options);
  if (needsAthena(plan)) await checkOutput(aws, { ...options, signal, note: () => {} });
  return plan;
}

/** For identifiers, for the rows of a table, or for the records of a group without an online store. */
function needsAthena({ group, online, offline, backup }: ClearPlan): boolean {
  const exports = backup !== undefined && !group.online && group.offline?.table !== undefined;
  return online?.source.kind === 'Athena' || offline?.format === 'Iceberg' || exports;
}

function checkStores(
  { name, status, online, offline }: FeatureGroup,
  { only, vacuum, allVersions }: ClearOptions,
): void {
  if (status !== 'Created') throw new UsageError(`Feature group ${name} is ${status}, not Created.`);
  if (only === 'online' && !online) throw new UsageError(`Feature group ${name} has no online store.`);
  if (only === 'offline' && !offline) throw new UsageError(`Feature group ${name} has no offline store.`);
  const format = only === 'online' ? undefined : offline?.tableFormat;
  if (vacuum && format !== 'Iceberg')
    throw new UsageError(`--vacuum is for Iceberg tables, and ${name} has none${format ? '' : ' to clear'}.`);
  if (allVersions && format !== 'Glue') {
    const why = format === 'Iceberg' ? 'its table deletes rows, not objects' : 'no objects are to be deleted';
    throw new UsageError(`--all-versions is for objects that are deleted from S3; of ${name}, ${why}.`);
  }
  if (format === 'Iceberg' && !offline?.table)
    throw new UsageError(`The Iceberg table of ${name} is not known (no DataCatalogConfig): it cannot be cleared.`);
}

async function planOnline(context: Context, { group, notes }: ClearPlan, options: ClearOptions): Promise<OnlinePlan> {
  const target = { runtime: await context.aws.bulkRuntime(), group, nameOrArn: options.nameOrArn };
  const { retryForSeconds } = options;
  const countAll = async (includeSoftDeleted: boolean) => {
    let listed = 0;
    const listing = { includeSoftDeleted, retryForSeconds, signal: context.signal };
    for await (const page of listIdentifiers(target, listing)) {
      listed += page.length;
      context.output.live(`counting: ${count(listed)} records`);
    }
    return listed;
  };
  if (group.online?.ttl) {
    notes.push(
      'Records past their time to live are gone for readers already; the service may file their deletion offline for some days.',
    );
  }
  let unlisted: string | undefined;
  let counts = { records: undefined as number | undefined, tombstones: undefined as number | undefined };
  try {
    // Nothing in a listing tells a tombstone from a record; two listings do.
    const [all, records] = await Promise.all([countAll(true), countAll(false)]);
    counts = { records, tombstones: Math.max(0, all - records) };
  } catch (error) {
    unlisted = whyNotListed(error);
    if (!unlisted) throw error;
  } finally {
    context.output.live('');
  }
  if (options.idsFile !== undefined) {
    const named = await countIdsFile(options.idsFile, group, context);
    if (unlisted)
      notes.push(
        `ListRecords ${unlisted}: records that ${options.idsFile} does not name are not found, and that none is left cannot be proved.`,
      );
    return { source: { kind: 'ids-file', file: options.idsFile, unlisted }, records: named };
  }
  if (!unlisted) return { source: { kind: 'ListRecords' }, ...counts };
  if (!group.offline?.table) throw noIdentifiers(group, unlisted);
  notes.push(
    `ListRecords ${unlisted}: identifiers come from the offline store, through Athena. Records that have not arrived there (the last 15 minutes, or written to the online store alone) are not found, and that none is left cannot be proved.`,
  );
  return { source: { kind: 'Athena', unlisted } };
}

const noIdentifiers = ({ name }: FeatureGroup, unlisted: string) =>
  new CommandError(
    `ListRecords ${unlisted}, and ${name} has no offline table to take identifiers from: allow it, or name them with --ids-file.`,
  );

interface OfflineInput {
  group: FeatureGroup;
  others: OtherGroup[];
  plan: ClearPlan;
}

async function planOffline(
  context: Context,
  { group, others, plan }: OfflineInput,
  options: ClearOptions,
): Promise<OfflinePlan> {
  const place = ownPlace(group, others);
  const root = { bucket: place.bucket, prefix: place.prefix.replace(/data\/$/, '') };
  const format = group.offline!.tableFormat;
  if (format === 'Iceberg') refuseSharedTable(group, others);
  const planned: OfflinePlan = { format, place, root };
  try {
    Object.assign(planned, await countObjects(context, place, options));
  } catch (error) {
    // The rows of a table are deleted by Athena; its objects need not be seen for that.
    if (format === 'Glue' || options.backup !== undefined || !isDenied(error)) throw error;
    plan.notes.push('The objects of the table cannot be listed (IAM action s3:ListBucket), so they are not counted.');
  }
  if (planned.versioning === undefined)
    plan.notes.push(
      'Whether the bucket keeps old versions cannot be seen (IAM action s3:GetBucketVersioning): if it does, they stay.',
    );
  return planned;
}

const isDenied = (error: unknown) => isAccessDenied(error) || isAccessDenied((error as Error).cause ?? {});

async function countObjects(
  { aws, signal }: Context,
  place: Place,
  { allVersions }: ClearOptions,
): Promise<Partial<OfflinePlan>> {
  const s3 = await aws.s3();
  const versioning = await versioningOf(s3, place, signal);
  const counted = { objects: 0, bytes: 0 };
  const old = { versions: 0, markers: 0, bytes: 0 };
  const isVersioned = versioning === 'Enabled' || versioning === 'Suspended';
  // What is to be deleted must be seen: with --all-versions, a denial ends it here.
  const seesVersions = allVersions === true || (isVersioned && (await canListVersions()));
  for await (const page of (seesVersions ? listVersions : listObjects)(s3, place, signal)) {
    for (const { size, isOld, isMarker } of page) {
      if (isMarker) old.markers += 1;
      else if (isOld) [old.versions, old.bytes] = [old.versions + 1, old.bytes + size];
      else [counted.objects, counted.bytes] = [counted.objects + 1, counted.bytes + size];
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

/** A table of one's own making may be named by several groups. */
function refuseSharedTable(group: FeatureGroup, others: OtherGroup[]): void {
  const own = group.offline!.table!;
  const other = others.find(
    (each) =>
      !isSame(each, group) && each.offline?.table?.name === own.name && each.offline.table.database === own.database,
  );
  if (other)
    throw new RefusedError(
      `Table ${own.database}.${own.name} is also that of feature group ${other.name}: nothing was deleted.`,
    );
}

async function planBackup(
  { aws, now, signal }: Context,
  { plan, others }: { plan: ClearPlan; others: OtherGroup[] },
  { backup }: ClearOptions,
): Promise<Place | undefined> {
  if (backup === undefined) return undefined;
  const { group } = plan;
  const wanted = backup === true ? besideOffline(group) : backup;
  if (!isS3(wanted)) throw new UsageError(`--backup-s3 takes an address such as s3://bucket/backups, not ${wanted}.`);
  const under = placeOf(wanted);
  for (const { name, offline } of [group, ...others]) {
    const theirs = offline?.resolvedOutputS3Uri && placeOf(offline.resolvedOutputS3Uri.replace(/\/data\/?$/, ''));
    if (theirs && overlaps(under, theirs)) {
      const where = under.prefix.startsWith(theirs.prefix) ? 'lies within' : 'holds';
      throw new RefusedError(
        `The backup ${wanted} ${where} the offline store of ${name} (${uriOf(theirs)}): name a place beside it. Nothing was deleted.`,
      );
    }
  }
  const time = now()
    .toISOString()
    .replace(/[-:]|\.\d+/g, '');
  const place = { bucket: under.bucket, prefix: `${under.prefix}${group.name}/${time}/` };
  for await (const page of listObjects(await aws.s3(), place, signal)) {
    throw new RefusedError(`There are ${count(page.length)} objects in ${uriOf(place)} already: nothing was deleted.`);
  }
  return place;
}

function besideOffline({ name, offline }: FeatureGroup): string {
  if (offline) return `s3://${placeOf(offline.s3Uri).bucket}/${BACKUP_FOLDER}`;
  throw new UsageError(
    `${name} has no offline store to put a backup beside: name a place, as --backup-s3 s3://bucket/backups.`,
  );
}

function guard({ group, online, offline }: ClearPlan, { maxDelete = Infinity, allVersions }: ClearOptions): void {
  const refuse = (found: number, what: string) =>
    new RefusedError(
      `${group.name} has ${count(found)} ${what}, more than --max-delete ${maxDelete}: nothing was deleted.`,
    );
  const records = (online?.records ?? 0) + (online?.tombstones ?? 0);
  if (records > maxDelete) throw refuse(records, 'online records');
  if (offline?.format !== 'Glue') return;
  const { objects = 0, old } = offline;
  const all = objects + (allVersions && old ? old.versions + old.markers : 0);
  if (all > maxDelete) throw refuse(all, allVersions ? 'offline objects and versions' : 'offline objects');
}
