/**
 * `migrate --clear-target`: a clear of the target, planned before consent and run once the source is known to be
 * readable.
 */
import type { Context } from '../../context.js';
import type { ClearOptions } from '../clear/options.js';
import { checkTableDry, planClear, runClear } from '../clear/run.js';
import { type FeatureGroup, checkSameGroup } from '../groups/describe.js';

export type TargetClearing = Awaited<ReturnType<typeof planTargetClearing>>;

/**
 * Plans the clear of the target. Read-only.
 * @param context with the clients of the account and region of the target
 * @throws as planClear does
 */
export async function planTargetClearing(context: Context, group: FeatureGroup, options: ClearOptions) {
  const plan = await planClear(context, group, options);
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
