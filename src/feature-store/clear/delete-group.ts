/**
 * Deletes a feature group and, on request, its offline objects and table. Data goes first, while the group still proves
 * whose data it is.
 */
import type { Context } from '../../context.js';
import { CommandError, isNotFound, NotFoundError } from '../../errors.js';
import { uriOf, type Place } from '../../s3/address.js';
import { byteSize, counted } from '../../utils/quantities.js';
import { whichStore } from '../access/which-store.js';
import { findFeatureGroup, type FeatureGroup, checkSameGroup } from '../groups/describe.js';
import { reasonOf, waitWhile } from '../groups/wait.js';
import { sweepObjects } from './offline.js';
import { refuseOthersGroup } from '../groups/own.js';
import { isNoTable, liesWithin, locationOf } from '../groups/table-location.js';
import { sharesTable } from './offline-prefix.js';
import { otherGroups } from './other-groups.js';
import { planOffline, type OfflineInput, type OfflinePlan } from './plan-offline.js';

export interface DeletionOptions {
  nameOrArn: string;
  /** Also delete the offline objects and the table. */
  deleteData?: boolean;
  /** Also delete old versions and delete markers. */
  allVersions?: boolean;
  /** If false, return as soon as the service has accepted the deletion. */
  wait?: boolean;
  waitFor: number;
  retryFor: number;
}

export interface DeletionPlan {
  /** Description of the store, for the plan. */
  where: string;
  group: FeatureGroup;
  /** The data to delete; undefined where it stays. */
  offline?: OfflinePlan;
  /** Its table in the Glue catalog, if that is deleted. */
  table?: { database: string; name: string };
  notes: string[];
}

/**
 * Finds what belongs to the group alone. Read-only.
 * @throws RefusedError (exit 6) where its path is shared or not of the form the service creates; CommandError where it
 * is being created or deleted; UsageError where an ARN names a group of another account or region
 */
export async function planDeletion(
  context: Context,
  group: FeatureGroup,
  options: DeletionOptions,
): Promise<DeletionPlan> {
  if (group.status === 'Creating' || group.status === 'Deleting')
    throw new CommandError(`Feature group ${group.name} is ${group.status}: try again once that is over.`);
  const why = 'DeleteFeatureGroup takes a name alone';
  await refuseOthersGroup(context.aws, group, { nameOrArn: options.nameOrArn, why, signal: context.signal });
  const plan: DeletionPlan = { where: await whichStore(context, group.arn), group, notes: [] };
  if (!options.deleteData || !group.offline) return plan;
  const { groups: others, unseen } = await otherGroups(context.aws, group, context.signal);
  if (unseen) plan.notes.push(unseen);
  // As for a backup, what will be deleted must be visible.
  plan.offline = await planOffline(
    context,
    { group, others, notes: plan.notes, isWhole: true },
    { allVersions: options.allVersions, backup: true },
  );
  plan.table = await ownTable(context, { group, others, root: plan.offline.root, notes: plan.notes });
  return plan;
}

/** The table is the group's own if its location is that of the group's objects, and no other group uses it. */
async function ownTable(
  context: Context,
  { group, others, root, notes }: OfflineInput & { root: Place },
): Promise<DeletionPlan['table']> {
  const table = group.offline?.table;
  if (!table) return undefined;
  const { database, name } = table;
  const words = `The table ${database}.${name}`;
  const other = sharesTable(group, others);
  if (other) {
    notes.push(`${words} stays: feature group ${other.name} uses it too.`);
    return undefined;
  }
  const location = await locationOf(context.aws, table, context.signal);
  if (location === undefined) {
    notes.push(`${words} no longer exists.`);
    return undefined;
  }
  if (liesWithin(location, root)) return { database, name };
  notes.push(`${words} stays: its data is in ${location}, outside the group's own path.`);
  return undefined;
}

/**
 * Deletes the objects, the group, objects that appeared in the meantime, and the table. As long as the group exists,
 * running this again completes an interrupted deletion.
 * @throws RefusedError where the group has been replaced; CommandError with the reason of the service
 */
export async function deleteGroup(context: Context, plan: DeletionPlan, options: DeletionOptions): Promise<void> {
  const { output } = context;
  const { group, offline } = plan;
  // Described by name, because it is deleted by name.
  await checkSameGroup(context.aws, { group }, context.signal);
  if (offline) await sweep(context, offline.root, options);
  await sendDeletion(context, group);
  if (options.wait === false && !offline) {
    output.note(`Deleting ${group.name}.`);
    return;
  }
  try {
    await waitUntilGone(context, group, options);
    output.note(`Deleted feature group ${group.name}.`);
    if (!offline) return;
    // The service may have flushed its buffer while the group was being deleted.
    await sweep(context, offline.root, options);
    if (plan.table) await deleteTable(context, plan.table);
  } catch (error) {
    // Once the group is gone, this cannot be run again.
    if (offline) output.warn(`What may be left of ${group.name}: ${leftOf(offline.root, plan.table)}.`);
    throw error;
  }
}

const leftOf = (root: Place, table: DeletionPlan['table']) =>
  `objects under ${uriOf(root)}${table ? `, and the table ${table.database}.${table.name}` : ''}`;

async function sweep(context: Context, root: Place, { retryFor, allVersions }: DeletionOptions): Promise<void> {
  const { objects, bytes } = await sweepObjects(context, root, { retryFor, allVersions });
  if (objects > 0)
    context.output.note(
      `Deleted ${counted(objects, 'object')} (${byteSize(bytes)}): nothing is left under ${uriOf(root)}`,
    );
}

/**
 * Accepts names only, no ARNs. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteFeatureGroup.html
 */
async function sendDeletion({ aws, signal }: Context, { name }: FeatureGroup): Promise<void> {
  const [client, { DeleteFeatureGroupCommand }] = await Promise.all([
    aws.sagemaker(),
    import('../../sdk/sagemaker.js'),
  ]);
  try {
    await client.send(new DeleteFeatureGroupCommand({ FeatureGroupName: name }), { abortSignal: signal });
  } catch (error) {
    // If an answer was lost, the next attempt finds the group gone or being deleted.
    if (isNotFound(error)) return;
    if ((await findFeatureGroup(aws, name, signal))?.status !== 'Deleting') throw error;
  }
}

async function waitUntilGone(context: Context, group: FeatureGroup, { waitFor }: DeletionOptions): Promise<void> {
  try {
    await waitWhile(context, { name: group.name, seconds: waitFor }, ({ status, failureReason, creationTime }) => {
      if (creationTime?.getTime() !== group.creationTime?.getTime()) return undefined;
      if (status === 'DeleteFailed')
        throw new CommandError(
          `${group.name} could not be deleted: ${reasonOf(failureReason)} Run this again once that is fixed.`,
        );
      return status;
    });
  } catch (error) {
    if (!(error instanceof NotFoundError) && !isNotFound(error)) throw error;
  }
}

async function deleteTable(
  { aws, signal, output }: Context,
  { database, name }: { database: string; name: string },
): Promise<void> {
  const [client, { DeleteTableCommand }] = await Promise.all([aws.glue(), import('../../sdk/glue.js')]);
  try {
    await client.send(new DeleteTableCommand({ DatabaseName: database, Name: name }), { abortSignal: signal });
  } catch (error) {
    if (!isNoTable(error)) throw error;
  }
  output.note(`Deleted the table ${database}.${name}.`);
}
