/** `migrate --clear-target`: what a migration needs of a clear, planned before consent and run once the source is sure to be readable. */
import type { Context } from '../../context.js';
import type { ClearOptions } from '../clear/options.js';
import { checkTableDry, planClear, runClear, type ClearPlan } from '../clear/run.js';
import type { FeatureGroup } from '../groups/describe.js';
import { checkSameGroup } from '../groups/same-group.js';

export interface TargetClearing {
  plan: ClearPlan;
  options: ClearOptions;
  /** For a dry run: whether the caller may write to the group, and how many rows a table has. Changes nothing. */
  check(): Promise<void>;
  /** Throws as runClear does, and before anything is deleted where the caller may not write to the group at all. */
  run(): Promise<void>;
}

/**
 * Plans to empty the target of a migration, with nothing but reads.
 * @param context with the clients of the target's account and region
 * @throws as planClear does
 */
export async function planTargetClearing(
  context: Context,
  group: FeatureGroup,
  options: ClearOptions,
): Promise<TargetClearing> {
  const plan = await planClear(context, group, options);
  return {
    plan,
    options,
    async check() {
      await checkTableDry({ context, plan, options });
      await proveWritable(context, group, options.nameOrArn ?? group.name);
    },
    async run() {
      await checkSameGroup(context.aws, { group, nameOrArn: options.nameOrArn }, context.signal);
      await proveWritable(context, group, options.nameOrArn ?? group.name);
      await runClear(context, plan, options);
    },
  };
}

/**
 * Sends a record without an event time, which the service always refuses: with ValidationError whom it lets write, and with
 * a 403 whom it does not. To know that afterwards, with the target empty, would be too late.
 * @throws the SDK's own error where it is another one than ValidationError
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
