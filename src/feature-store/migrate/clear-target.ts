/**
 * `migrate --clear-target`: a clear of the target, planned before consent and run once the source is known to be
 * readable.
 */
import type { Context } from '../../context.js';
import type { ClearOptions } from '../clear/options.js';
import { planClear, type ClearPlan } from '../clear/plan.js';
import { runClear } from '../clear/run.js';
import { checkTableDry } from '../clear/table/steps.js';
import { placeOf } from '../../s3/address.js';
import { RefusedError } from '../../errors.js';
import { counted } from '../../utils/quantities.js';
import { type FeatureGroup, checkSameGroup } from '../groups/describe.js';
import type { MigrationCheckpoint } from './checkpoint.js';
import type { MigrationPlan } from './plan.js';

export type TargetClearing = Awaited<ReturnType<typeof planTargetClearing>>;

/**
 * Plans the clear of the target. Read-only.
 * @param context with the clients of the account and region of the target
 * @param options.carried what is to replace the records
 * @throws as planClear does; RefusedError where that is nothing, or would be cleared itself
 */
export async function planTargetClearing(
  context: Context,
  group: FeatureGroup,
  { carried, ...options }: ClearOptions & { carried: Carried },
) {
  const plan = await planClear(context, group, options);
  refuseNothing(plan, carried);
  refuseResultsWithin(plan, carried);
  return {
    plan,
    options,
    /** For a dry run: checks write access, and counts the rows of an Iceberg table. Changes nothing. */
    async check(): Promise<void> {
      await checkTableDry({ context, plan, options });
      await proveWritable(context, group, options.nameOrArn ?? group.name);
    },
    /** Throws as runClear; before anything is deleted where the caller lacks write access. */
    async run(): Promise<void> {
      await checkSameGroup(context.aws, { group, nameOrArn: options.nameOrArn }, context.signal);
      await proveWritable(context, group, options.nameOrArn ?? group.name);
      await runClear(context, plan, options);
    },
  };
}

type Carried = Pick<MigrationPlan, 'source' | 'toWrite' | 'results'> & { expectCount?: number };

/** More likely, the source has not received its records yet, or has lost them. */
function refuseNothing({ group }: ClearPlan, { source, toWrite, expectCount }: Carried): void {
  if (toWrite > 0 || expectCount === 0) return;
  throw new RefusedError(
    `${source.name} has nothing to migrate, and --clear-target would leave ${group.name} empty: if you mean it, add --expect-count 0. Nothing was changed.`,
  );
}

/** What the clear would remove, nobody could migrate any more. */
function refuseResultsWithin({ group, offline }: ClearPlan, { results = '' }: Carried): void {
  for (const [uri] of results.matchAll(/s3:\/\/[^\s,]+/g)) {
    const { bucket, prefix } = placeOf(uri);
    if (bucket !== offline?.place.bucket || !prefix.startsWith(offline.place.prefix)) continue;
    throw new RefusedError(
      `The result of the query would lie in ${uri}, within the offline store of ${group.name}, which is cleared before the result is read: --athena-output names another place. Nothing was changed.`,
    );
  }
}

interface ClearJob {
  plan: MigrationPlan;
  checkpoint: MigrationCheckpoint;
  clearing?: { run(): Promise<void> };
  stage(name: 'clear' | 'write'): void;
}

/** Clears only once: a resumed run must not remove what the interrupted run has written. */
export async function clearTarget({ clearing, checkpoint, stage }: Omit<ClearJob, 'plan'>): Promise<void> {
  if (!clearing) return;
  stage('clear');
  await clearing.run();
  checkpoint.note({ cleared: true });
  stage('write');
}

/**
 * Between the plan and the query, the source may have lost what was to replace the records of the target.
 * @throws RefusedError (exit 6) where the target is to be cleared for nothing
 */
export async function refuseEmpty(
  { clearing, plan, checkpoint }: ClearJob,
  remove: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  if (!clearing || plan.toWrite === 0) return;
  checkpoint.remove();
  await remove();
  throw new RefusedError(
    `${plan.source.name} had ${counted(plan.toWrite, 'record')} to migrate when the plan was made, and has none now: ${plan.target.name} was not cleared. Nothing was changed.`,
  );
}

/**
 * Sends a record without an event time, which the service always rejects: with ValidationError if the caller may write,
 * with a 403 if not. It would be too late to find out once the target is empty.
 * @throws the SDK's error, unless it is a ValidationError
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_feature_store_PutRecord.html
 */
async function proveWritable(
  { aws, signal }: Context,
  { recordIdentifier }: FeatureGroup,
  FeatureGroupName: string,
): Promise<void> {
  const [runtime, { PutRecordCommand }] = await Promise.all([
    aws.runtime(),
    import('../../sdk/featurestore-runtime.js'),
  ]);
  const Record = [{ FeatureName: recordIdentifier, ValueAsString: '0' }];
  try {
    await runtime.send(new PutRecordCommand({ FeatureGroupName, Record }), { abortSignal: signal });
  } catch (error) {
    if (!/^Validation/.test((error as Error).name)) throw error;
  }
}
