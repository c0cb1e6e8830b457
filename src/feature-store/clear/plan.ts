/** Plans a clear, read-only: finds what will be removed, and refuses what must not be. */
import type { Context } from '../../context.js';
import { CommandError, RefusedError, UsageError } from '../../errors.js';
import { count, counted } from '../../utils/quantities.js';
import { checkArchived } from '../offline/archived.js';
import { outputPlace } from '../offline/output-place.js';
import { planBackup } from './backup/backup-place.js';
import { countIdsFile } from './identifiers.js';
import type { IdentifierSource } from './online.js';
import { whichStore } from '../access/which-store.js';
import type { FeatureGroup } from '../groups/describe.js';
import { refuseOthersGroup } from '../groups/own.js';
import { checkCreated } from '../groups/writable.js';
import { listIdentifiers } from '../online/list.js';
import { whyUnavailable } from '../../utils/patience/failed-calls.js';
import { planOffline, type OfflinePlan } from './plan-offline.js';
import type { Place } from '../../s3/address.js';
import { otherGroups } from './other-groups.js';
import { refuseTableElsewhere } from './table/location.js';
import type { ClearOptions } from './options.js';

export interface ClearPlan {
  /** Description of the store, for the plan. */
  where: string;
  group: FeatureGroup;
  online?: OnlinePlan;
  offline?: OfflinePlan;
  /** Prefix for the backup of this run; nothing is there yet. */
  backup?: Place;
  /** What the clear cannot find or prove; printed before the plan. */
  warnings: string[];
  /** What was not visible, or may be surprising. */
  notes: string[];
}

export interface OnlinePlan {
  source: IdentifierSource;
  /** Including soft-deleted records, which are removed as well; undefined where only the deletion will tell. */
  records?: number;
}

/**
 * Counts what the group holds, and checks that it is shared with no other group.
 * @throws RefusedError (exit 6) for a shared path, a backup in a dangerous place, more than `maxDelete`; UsageError for
 * a store that does not exist, and where Athena would take another account's table; CommandError where no identifiers
 * are available
 */
export async function planClear(context: Context, group: FeatureGroup, options: ClearOptions): Promise<ClearPlan> {
  checkStores(group, options);
  const { aws, signal } = context;
  const plan: ClearPlan = { where: await whichStore(context, group.arn), group, warnings: [], notes: [] };
  const clearsOffline = group.offline !== undefined && options.only !== 'online';
  if (clearsOffline || options.backup !== undefined) {
    const { groups: others, unseen } = await otherGroups(aws, group, signal);
    if (unseen) plan.notes.push(unseen);
    if (clearsOffline) plan.offline = await planOffline(context, { group, others, notes: plan.notes }, options);
    plan.backup = await planBackup(context, { group, others, notes: plan.notes }, options);
  }
  if (group.online && options.only !== 'offline') plan.online = await planOnline(context, plan, options);
  guard(plan, options);
  for (const line of plan.warnings) context.output.warn(line);
  if (needsAthena(plan)) await checkForAthena(context, plan, options);
  return plan;
}

/** Athena looks for the table by its name, in the catalog of the caller. */
async function checkForAthena(context: Context, { group, offline, notes }: ClearPlan, options: ClearOptions) {
  const { aws, signal } = context;
  const why = 'Athena looks for its table in the catalog of the caller';
  await refuseOthersGroup(aws, group, { nameOrArn: options.nameOrArn, why, signal });
  const unseen = offline?.format === 'Iceberg' && (await refuseTableElsewhere(context, group, offline.root));
  if (unseen) notes.push(unseen);
  await outputPlace(aws, group, { ...options, note: (line) => notes.push(line) });
}

/** For identifiers, for the rows of an Iceberg table, or for the records of a group without an online store. */
export function needsAthena({ group, online, offline, backup }: ClearPlan): boolean {
  const exports = backup !== undefined && !group.online && group.offline?.table !== undefined;
  return online?.source.kind === 'Athena' || offline?.format === 'Iceberg' || exports;
}

function checkStores(group: FeatureGroup, { only, vacuum, allVersions, settle }: ClearOptions): void {
  const { name, online, offline } = group;
  checkCreated(group);
  if (only === 'online' && !online) throw new UsageError(`Feature group ${name} has no online store.`);
  if (only === 'offline' && !offline) throw new UsageError(`Feature group ${name} has no offline store.`);
  const format = only === 'online' ? undefined : offline?.tableFormat;
  if (settle && !format)
    throw new UsageError(
      '--settle waits for records on their way to the offline store, which this run does not clear.',
    );
  if (vacuum && format !== 'Iceberg')
    throw new UsageError(`--vacuum is for Iceberg tables, and ${name} has none${format ? '' : ' to clear'}.`);
  if (allVersions && format !== 'Glue') {
    const why = format === 'Iceberg' ? 'its table deletes rows, not objects' : 'no objects are to be deleted';
    throw new UsageError(`--all-versions is for objects that are deleted from S3; of ${name}, ${why}.`);
  }
  if (format === 'Iceberg' && !offline?.table)
    throw new UsageError(`The Iceberg table of ${name} is not known (no DataCatalogConfig): it cannot be cleared.`);
}

async function planOnline(context: Context, plan: ClearPlan, options: ClearOptions): Promise<OnlinePlan> {
  const { group, notes, warnings } = plan;
  if (group.online?.ttl) {
    notes.push(
      'Records past their time to live can no longer be read, but for some days the service may still write their deletions to the offline store.',
    );
  }
  const { records, unlisted } = await countListed(context, group, options);
  if (unlisted && plan.backup) throw noBackup(group, unlisted);
  const { idsFile, delimiter } = options;
  if (idsFile !== undefined) {
    const { named, bad } = await countIdsFile({ idsFile, delimiter }, group, context);
    if (bad > 0) notes.push(`${counted(bad, 'row')} of ${idsFile} without a valid identifier will fail.`);
    if (unlisted)
      warnings.push(
        `ListRecords ${unlisted}: records that ${idsFile} does not name stay, and nothing proves that none is left.`,
      );
    return {
      source: { kind: 'ids-file', file: idsFile, delimiter, unlisted },
      records: named,
    };
  }
  if (!unlisted) return { source: { kind: 'ListRecords' }, records };
  if (!group.offline?.table) throw noIdentifiers(group, unlisted);
  const type = group.features.find(({ name }) => name === group.recordIdentifier)?.type;
  if (type === 'Fractional') throw textUnknown(group, unlisted);
  notes.push(...(await checkArchived(context.aws, group, { allowArchived: true, signal: context.signal })));
  warnings.push(
    `ListRecords ${unlisted}: identifiers come from the offline store, through Athena. Records that have not arrived there (the last 15 minutes, or written to the online store alone) are not found, and nothing proves that none is left.${type === 'Integral' ? ' Nor are those whose identifier was written as 007 or +7: the offline store keeps the number alone.' : ''}`,
  );
  return { source: { kind: 'Athena', unlisted } };
}

/** Counts the records of ListRecords, or tells why it is not available. */
async function countListed(
  { aws, signal, output }: Context,
  group: FeatureGroup,
  { nameOrArn, retryFor }: ClearOptions,
): Promise<{ records?: number; unlisted?: string }> {
  const target = { runtime: await aws.bulkRuntime(), group, nameOrArn };
  let records = 0;
  try {
    for await (const page of listIdentifiers(target, { includeSoftDeleted: true, retryFor, signal })) {
      records += page.length;
      output.live(`counting: ${counted(records, 'record')}`);
    }
    return { records };
  } catch (error) {
    const unlisted = whyUnavailable(error, 'sagemaker:ListRecords');
    if (!unlisted) throw error;
    return { unlisted };
  } finally {
    output.live('');
  }
}

const noIdentifiers = ({ name }: FeatureGroup, unlisted: string) =>
  new CommandError(
    `ListRecords ${unlisted}, and ${name} has no offline table to take identifiers from: allow it, or name them with --ids-file.`,
  );

/** A backup holds what ListRecords lists: neither Athena nor a file knows all that is online. */
const noBackup = ({ name }: FeatureGroup, unlisted: string) =>
  new CommandError(
    `ListRecords ${unlisted}, and a backup of the online records of ${name} needs it: allow it, or clear without --backup-s3. Nothing was deleted.`,
  );

/** The service accepts a deletion of `1.0` although the record is stored under `1`, and that record stays. */
const textUnknown = ({ name, recordIdentifier }: FeatureGroup, unlisted: string) =>
  new CommandError(
    `ListRecords ${unlisted}, and the record identifier ${recordIdentifier} of ${name} is Fractional: its offline table has one number for 1, 1.0 and 1e0, and does not tell which of them is online. Allow it, or name the records with --ids-file.`,
  );

function guard({ group, online, offline }: ClearPlan, { maxDelete = Infinity, allVersions }: ClearOptions): void {
  const refuse = (found: number, what: string) =>
    new RefusedError(
      `${group.name} has ${count(found)} ${what}, more than --max-delete ${maxDelete}: nothing was deleted.`,
    );
  const records = online?.records ?? 0;
  if (records > maxDelete) throw refuse(records, 'online records');
  if (offline?.format !== 'Glue') return;
  const { objects = 0, old } = offline;
  const all = objects + (allVersions && old ? old.versions + old.markers : 0);
  if (all > maxDelete) throw refuse(all, allVersions ? 'offline objects and versions' : 'offline objects');
}
